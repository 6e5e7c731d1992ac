"""Channels and their messages: https://discord.com/developers/docs/resources/message."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import unquote

from aiohttp import web

from simulator.discord.calls import (
    Call,
    Route,
    done,
    invalid,
    json_response,
    refused,
    route,
    shown,
)
from simulator.discord.files import Files
from simulator.discord.gateway import (
    DIRECT_MESSAGES,
    DIRECT_REACTIONS,
    GUILD_MESSAGES,
    GUILD_REACTIONS,
    GUILDS,
    Gateway,
)
from simulator.discord.limits import refusal
from simulator.discord.objects import JSON, Channel, Person, dump
from simulator.discord.record import Record
from simulator.discord.world import World

LONGEST_PAGE = 100
NONCE_SECONDS = 180.0
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, MISSING_ACCESS = 10003, 10008, 50001
NOT_THE_AUTHOR, CANNOT_SEND, THREAD_EXISTS = 50005, 50007, 160004
PINGS = re.compile(r"@(everyone|here)|<@!?([0-9]+)>|<@&([0-9]+)>")
CHANGEABLE = ("content", "embeds", "components", "flags")


class Messages:
    """The routes below `/channels`. `nonce_seconds` is how long a nonce is remembered."""

    def __init__(self, world: World, gateway: Gateway, files: Files, record: Record) -> None:
        self.nonce_seconds = NONCE_SECONDS
        self._world = world
        self._gateway = gateway
        self._files = files
        self._record = record
        self._nonces: OrderedDict[str, tuple[datetime, bytes]] = OrderedDict()

    def routes(self) -> Sequence[Route]:
        """What is served."""
        message = "/channels/{#}/messages/{#}"
        return (
            route("POST", "/channels/{#}/messages", self._post),
            route("GET", "/channels/{#}/messages", self._read),
            route("GET", "/channels/{#}", self._channel),
            route("POST", "/channels/{#}/typing", self._type),
            route("GET", message, self._get),
            route("PATCH", message, self._edit),
            route("DELETE", message, self._delete),
            route("PUT", message + "/reactions/{}/@me", self._react),
            route("DELETE", message + "/reactions/{}/@me", self._react),
            route("POST", message + "/threads", self._thread),
        )

    def tell(self, event: str, channel: Channel, message: JSON) -> None:
        """Tell the sessions of a new or changed message of the bot."""
        self._gateway.dispatch(
            event, dump(self._world.as_event(channel, message)), intent=intent_of(channel)
        )

    def _post(self, call: Call) -> web.Response:
        channel = self._world.channels.get(call.parts[0])
        if channel is None:
            return _unknown_channel()
        if channel.is_hidden:
            return refused(403, "Missing Access", MISSING_ACCESS)
        if channel.person and channel.person.id in self._world.closed:
            return refused(403, "Cannot send messages to this user", CANNOT_SEND)
        problem = self._refusal(call, channel)
        if problem is not None:
            return json_response(dump(problem), status=400)
        return json_response(self._accept(call, channel))

    def _refusal(self, call: Call, channel: Channel) -> JSON | None:
        problem = refusal(call.said, has_files=bool(call.uploads))
        if problem is not None:
            return problem
        reference = call.said.get("message_reference") or {"fail_if_not_exists": False}
        exists = self._world.has(channel, str(reference.get("message_id", "")))
        if reference.get("fail_if_not_exists", True) and not exists:
            return invalid("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE")
        return None

    def _accept(self, call: Call, channel: Channel) -> bytes:
        """Show a message, or return the one that has its nonce."""
        said = call.said
        nonce = str(said["nonce"]) if said.get("nonce") else None
        earlier = self._earlier(nonce) if nonce and said.get("enforce_nonce") else None
        if earlier is not None:
            return earlier
        reply_to = str((said.get("message_reference") or {}).get("message_id", "")) or None
        exists = reply_to is not None and self._world.has(channel, reply_to)
        composed = self._world.compose(
            channel,
            self._world.bot,
            (said.get("content") or "").strip(),
            reply_to=reply_to if exists else None,
        )
        composed |= {name: said[name] for name in CHANGEABLE[1:] if said.get(name)}
        composed["attachments"] = self._files.keep(channel.id, call.uploads, said)
        kept = self._world.keep(channel, composed)
        if nonce:
            composed["nonce"] = said["nonce"]
            kept = dump(composed)
            self._nonces[nonce] = (self._world.now(), kept)
        self._record.pinged.extend(pinged(said))
        self.tell("MESSAGE_CREATE", channel, composed)
        self._record.show(composed, reply_to=reply_to)
        return kept

    def _earlier(self, nonce: str) -> bytes | None:
        oldest = self._world.now() - timedelta(seconds=self.nonce_seconds)
        while self._nonces and next(iter(self._nonces.values()))[0] < oldest:
            self._nonces.popitem(last=False)
        found = self._nonces.get(nonce)
        return found[1] if found else None

    def _read(self, call: Call) -> web.Response:
        channel = self._world.channels.get(call.parts[0])
        if channel is None:
            return _unknown_channel()
        if channel.is_hidden:
            return refused(403, "Missing Access", MISSING_ACCESS)
        after, before = call.query.get("after"), call.query.get("before")
        page = self._world.read(
            channel,
            after=int(after) if after else None,
            before=int(before) if before else None,
            limit=min(int(call.query.get("limit", "50")), LONGEST_PAGE),
        )
        return json_response(page)

    def _channel(self, call: Call) -> web.Response:
        channel = self._world.channels.get(call.parts[0])
        if channel is None:
            return _unknown_channel()
        if channel.is_hidden:
            return refused(403, "Missing Access", MISSING_ACCESS)
        return json_response(dump(channel.to_json()))

    def _type(self, call: Call) -> web.Response:
        if call.parts[0] not in self._world.channels:
            return _unknown_channel()
        self._record.typed.append(call.parts[0])
        if self._world.witness is not None:
            self._world.witness.typed(call.parts[0])
        return web.Response(status=204)

    def _get(self, call: Call) -> web.Response:
        found = self._found(call)
        return shown(found[1]) if found else _unknown_message()

    def _edit(self, call: Call) -> web.Response:
        found = self._found(call)
        if found is None:
            return _unknown_message()
        channel, message = found
        if message["author"]["id"] != self._world.bot.id:
            return refused(403, "Cannot edit a message authored by another user", NOT_THE_AUTHOR)
        problem = refusal(call.said, has_files=bool(call.uploads), may_be_empty=True)
        if problem is not None:
            return json_response(dump(problem), status=400)
        changed = changed_by(call.said, message, self._world)
        changed["attachments"] = [
            *changed["attachments"],
            *self._files.keep(channel.id, call.uploads, call.said),
        ]
        self._record.pinged.extend(pinged({"content": "", **call.said}))
        kept = self._world.rewrite(channel, changed)
        self.tell("MESSAGE_UPDATE", channel, changed)
        self._record.change(changed)
        return json_response(kept)

    def _delete(self, call: Call) -> web.Response:
        found = self._found(call)
        if found is None:
            return _unknown_message()
        self._record.deleted.append(call.parts[1])
        self.remove(found[0], call.parts[1])
        return done()

    def remove(self, channel: Channel, message_id: str) -> None:
        """Take a message out of the history, and tell the sessions."""
        self._world.forget(channel, message_id)
        event = {"id": message_id, "channel_id": channel.id}
        if channel.guild:
            event["guild_id"] = channel.guild
        self._gateway.dispatch("MESSAGE_DELETE", dump(event), intent=intent_of(channel))

    def _react(self, call: Call) -> web.Response:
        found = self._found(call)
        if found is None:
            return _unknown_message()
        emoji = unquote(call.parts[2])
        if call.method == "PUT":
            self._record.reactions.append((call.parts[1], emoji))
        elif (call.parts[1], emoji) in self._record.reactions:
            self._record.reactions.remove((call.parts[1], emoji))
        self.react(found[0], call.parts[1], emoji, self._world.bot, adds=call.method == "PUT")
        return done()

    def react(
        self, channel: Channel, message_id: str, emoji: str, person: Person, *, adds: bool
    ) -> None:
        """Tell the sessions of a reaction that came or went."""
        if self._world.witness is not None:
            self._world.witness.reacted(message_id, emoji, person, adds=adds)
        name, _, identifier = emoji.partition(":")
        event: JSON = {
            "user_id": person.id,
            "channel_id": channel.id,
            "message_id": message_id,
            "emoji": {"id": identifier or None, "name": name},
            "burst": False,
            "type": 0,
        }
        if channel.guild:
            event |= {"guild_id": channel.guild, "member": self._world.member(person)}
        intent = GUILD_REACTIONS if channel.guild else DIRECT_REACTIONS
        name = "MESSAGE_REACTION_ADD" if adds else "MESSAGE_REACTION_REMOVE"
        self._gateway.dispatch(name, dump(event), intent=intent)

    def _thread(self, call: Call) -> web.Response:
        found = self._found(call)
        if found is None:
            return _unknown_message()
        if call.parts[1] in self._world.channels:
            return refused(400, "A thread has already been created", THREAD_EXISTS)
        name = str((call.said or {}).get("name") or "")
        if not 1 <= len(name) <= 100:
            return json_response(dump(invalid("name", "BASE_TYPE_BAD_LENGTH")), status=400)
        thread = self._world.start_thread(found[0], name, identifier=call.parts[1])
        event = {**thread.to_json(), "newly_created": True}
        self._gateway.dispatch("THREAD_CREATE", dump(event), intent=GUILDS)
        return json_response(dump(thread.to_json()), status=201)

    def _found(self, call: Call) -> tuple[Channel, JSON] | None:
        channel = self._world.channels.get(call.parts[0])
        message = self._world.message(channel, call.parts[1]) if channel else None
        return (channel, message) if channel and message else None


def intent_of(channel: Channel) -> int:
    """What a session must have asked for to hear of a channel's messages."""
    return GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES


def changed_by(said: JSON, message: JSON, world: World) -> JSON:
    """A message after an edit, with its old files as far as the edit keeps them."""
    changes = {name: said[name] for name in CHANGEABLE if name in said}
    if "content" in changes:
        changes["content"] = (changes["content"] or "").strip()
    kept = message["attachments"]
    if said.get("attachments") is not None:
        wanted = {str(one.get("id")) for one in said["attachments"]}
        kept = [one for one in kept if one["id"] in wanted]
    return {
        **message,
        **{
            name: value or [] if name in ("embeds", "components") else value
            for name, value in changes.items()
        },
        "attachments": kept,
        "edited_timestamp": world.now().isoformat(),
    }


def pinged(said: JSON) -> list[str]:
    """Whom a message notifies: everybody it names, unless it says otherwise."""
    allowed = said.get("allowed_mentions") or {"parse": ["everyone", "users", "roles"]}
    parsed = allowed.get("parse", [])
    found = []
    if said.get("message_reference") and allowed.get("replied_user"):
        found.append("replied_user")
    for mention in PINGS.finditer(said.get("content") or ""):
        everyone, user, role = mention.groups()
        if everyone and "everyone" in parsed:
            found.append(everyone)
        elif user and ("users" in parsed or user in allowed.get("users", [])):
            found.append(user)
        elif role and ("roles" in parsed or role in allowed.get("roles", [])):
            found.append(role)
    return found


def _unknown_channel() -> web.Response:
    return refused(404, "Unknown Channel", UNKNOWN_CHANNEL)


def _unknown_message() -> web.Response:
    return refused(404, "Unknown Message", UNKNOWN_MESSAGE)
