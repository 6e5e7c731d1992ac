"""Interactions: their initial responses, and the messages made by their tokens.

https://discord.com/developers/docs/interactions/receiving-and-responding.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from simulator.discord import objects
from simulator.discord.calls import (
    Call,
    Route,
    Upload,
    done,
    invalid,
    json_response,
    refused,
    route,
    shown,
)
from simulator.discord.files import Files
from simulator.discord.limits import refusal
from simulator.discord.messages import Messages, changed_by, pinged
from simulator.discord.objects import JSON, Channel, Person, dump, failure
from simulator.discord.record import Record
from simulator.discord.world import World

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 1, 2, 3, 4, 5
REPLY, DEFERRED_REPLY, DEFERRED_UPDATE, UPDATE, CHOICES, SHOW_MODAL = 4, 5, 6, 7, 8, 9
ALLOWED = {
    COMMAND: frozenset({REPLY, DEFERRED_REPLY, SHOW_MODAL}),
    COMPONENT: frozenset({REPLY, DEFERRED_REPLY, DEFERRED_UPDATE, UPDATE, SHOW_MODAL}),
    AUTOCOMPLETE: frozenset({CHOICES}),
    MODAL: frozenset({REPLY, DEFERRED_REPLY, DEFERRED_UPDATE, UPDATE}),
}
EPHEMERAL, LOADING = 1 << 6, 1 << 7
ACKNOWLEDGE_WITHIN = timedelta(seconds=3)
TOKEN_HOLDS = timedelta(minutes=15)
MOST_CHOICES = 25
UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10008, 10015, 10062
ACKNOWLEDGED, BAD_TOKEN = 40060, 50027
BY_COMMAND = 20


@dataclass(slots=True, eq=False, kw_only=True)
class Interaction:
    """One use of a command, a component or a modal.

    `acknowledged` is the type of the initial response, `original` the id of its message, `source`
    the message that held the component. `refusals` has the codes of what was refused, and what a
    person was shown instead of a response.
    """

    id: str
    token: str = field(repr=False)
    kind: int
    person: Person
    channel: Channel
    payload: JSON
    began: datetime
    source: str | None = None
    acknowledged: int | None = None
    original: str | None = None
    modal: JSON | None = None
    choices: Sequence[JSON] | None = None
    refusals: list[int | str] = field(default_factory=list)


class Interactions:
    """All of them. What only one person sees is kept in `hidden`, by message id."""

    def __init__(self, world: World, messages: Messages, files: Files, record: Record) -> None:
        self.begun: dict[str, Interaction] = {}
        self.hidden: dict[str, JSON] = {}
        self._world = world
        self._messages = messages
        self._files = files
        self._record = record
        self._by_token: dict[str, Interaction] = {}

    def routes(self) -> Sequence[Route]:
        """What is served, to whoever has a token."""
        message = "/webhooks/{#}/{}/messages/{}"
        return (
            route("POST", "/interactions/{#}/{}/callback", self._callback, needs_token=False),
            route("POST", "/webhooks/{#}/{}", self._follow_up, needs_token=False),
            route("GET", message, self._get, needs_token=False),
            route("PATCH", message, self._edit, needs_token=False),
            route("DELETE", message, self._delete, needs_token=False),
        )

    def begin(
        self,
        kind: int,
        data: Mapping[str, Any],
        *,
        person: Person,
        channel: Channel,
        source: JSON | None = None,
    ) -> Interaction:
        """Let a person use something; the payload is not delivered yet."""
        token = secrets.token_urlsafe(48)
        place = self._place(person, channel)
        if source is not None:
            place["message"] = source
        payload = objects.interaction(
            identifier=self._world.next_id(),
            kind=kind,
            token=token,
            bot=self._world.bot.id,
            data=data,
            place=place,
        )
        begun = Interaction(
            id=payload["id"],
            token=token,
            kind=kind,
            person=person,
            channel=channel,
            payload=payload,
            began=self._world.now(),
            source=source["id"] if source else None,
        )
        self.begun[begun.id] = self._by_token[token] = begun
        return begun

    def message(self, channel: Channel, message_id: str) -> JSON | None:
        """A message, also one that only one person sees."""
        return self.hidden.get(message_id) or self._world.message(channel, message_id)

    def of(self, token: str) -> Interaction | None:
        """The interaction that a token is for."""
        return self._by_token.get(token)

    def respond(
        self, begun: Interaction, said: Any, uploads: Sequence[Upload] = ()
    ) -> tuple[int, JSON] | None:
        """Take an initial response; status and body of the refusal, None when it was taken."""
        problem = self._refusal(begun, said, uploads)
        if problem is not None:
            begun.refusals.append(problem[1].get("code", 0))
            return problem
        begun.acknowledged = said["type"]
        if self._world.witness is not None:
            self._world.witness.acknowledged(begun.id)
        content = said.get("data") or {}
        kind = said["type"]
        if kind in (REPLY, DEFERRED_REPLY):
            made = self._make(begun, content, uploads, is_loading=kind == DEFERRED_REPLY)
            begun.original = made["id"]
        elif kind in (DEFERRED_UPDATE, UPDATE):
            begun.original = begun.source
            if kind == UPDATE:
                self._change(begun, str(begun.source), content, uploads)
        elif kind == CHOICES:
            begun.choices = content.get("choices") or []
        else:
            begun.modal = content
        return None

    def _refusal(
        self, begun: Interaction, said: Any, uploads: Sequence[Upload]
    ) -> tuple[int, JSON] | None:
        if begun.acknowledged is not None:
            text = "Interaction has already been acknowledged."
            return 400, failure(text, ACKNOWLEDGED)
        if self._world.now() - begun.began > ACKNOWLEDGE_WITHIN:
            return 404, failure("Unknown interaction", UNKNOWN_INTERACTION)
        kind = said.get("type") if isinstance(said, dict) else None
        if kind not in ALLOWED[begun.kind]:
            return 400, invalid("type", "BASE_TYPE_CHOICES")
        content = said.get("data") or {}
        if kind == CHOICES and len(content.get("choices") or ()) > MOST_CHOICES:
            return 400, invalid("choices", "BASE_TYPE_BAD_LENGTH")
        if kind == SHOW_MODAL and not (content.get("custom_id") and content.get("title")):
            return 400, invalid("data", "BASE_TYPE_REQUIRED")
        problem = None
        if kind in (REPLY, UPDATE):
            problem = refusal(content, has_files=bool(uploads), may_be_empty=kind == UPDATE)
        return (400, problem) if problem else None

    def _callback(self, call: Call) -> web.Response:
        begun = self.begun.get(call.parts[0])
        if begun is None or not secrets.compare_digest(begun.token, call.parts[1]):
            return refused(404, "Unknown interaction", UNKNOWN_INTERACTION)
        problem = self.respond(begun, call.said, call.uploads)
        if problem is not None:
            return json_response(dump(problem[1]), status=problem[0])
        if call.query.get("with_response") not in ("1", "true"):
            return done()
        return shown(self._as_resource(begun))

    def _as_resource(self, begun: Interaction) -> JSON:
        about: JSON = {"id": begun.id, "type": begun.kind}
        resource: JSON = {"type": begun.acknowledged}
        message = self.message(begun.channel, begun.original) if begun.original else None
        if message is not None:
            about |= {
                "response_message_id": message["id"],
                "response_message_loading": bool(message["flags"] & LOADING),
                "response_message_ephemeral": bool(message["flags"] & EPHEMERAL),
            }
            resource["message"] = message
        return {"interaction": about, "resource": resource}

    def _follow_up(self, call: Call) -> web.Response:
        begun = self._known(call)
        if isinstance(begun, web.Response):
            return begun
        problem = refusal(call.said, has_files=bool(call.uploads))
        if problem is not None:
            return json_response(dump(problem), status=400)
        original = self._original(begun)
        if original is not None and original["flags"] & LOADING:
            # The first followup takes the place of "thinking", and stays as private as that was.
            return shown(self._change(begun, original["id"], call.said, call.uploads))
        return shown(self._make(begun, call.said, call.uploads))

    def _get(self, call: Call) -> web.Response:
        found = self._addressed(call)
        return found if isinstance(found, web.Response) else shown(found[1])

    def _edit(self, call: Call) -> web.Response:
        found = self._addressed(call)
        if isinstance(found, web.Response):
            return found
        problem = refusal(call.said, has_files=bool(call.uploads), may_be_empty=True)
        if problem is not None:
            return json_response(dump(problem), status=400)
        return shown(self._change(found[0], found[1]["id"], call.said, call.uploads))

    def _delete(self, call: Call) -> web.Response:
        found = self._addressed(call)
        if isinstance(found, web.Response):
            return found
        begun, message = found
        self._record.deleted.append(message["id"])
        if self.hidden.pop(message["id"], None) is None:
            self._messages.remove(begun.channel, message["id"])
        elif self._world.witness is not None:
            self._world.witness.removed(message["id"])
        return done()

    def _known(self, call: Call) -> Interaction | web.Response:
        begun = self._by_token.get(call.parts[1])
        if begun is None or call.parts[0] != self._world.bot.id or begun.acknowledged is None:
            return refused(404, "Unknown Webhook", UNKNOWN_WEBHOOK)
        if self._world.now() - begun.began > TOKEN_HOLDS:
            return refused(401, "Invalid Webhook Token", BAD_TOKEN)
        return begun

    def _addressed(self, call: Call) -> tuple[Interaction, JSON] | web.Response:
        begun = self._known(call)
        if isinstance(begun, web.Response):
            return begun
        wanted = begun.original if call.parts[2] == "@original" else call.parts[2]
        message = self.message(begun.channel, wanted) if wanted else None
        if message is None:
            return refused(404, "Unknown Message", UNKNOWN_MESSAGE)
        return begun, message

    def _original(self, begun: Interaction) -> JSON | None:
        return self.message(begun.channel, begun.original) if begun.original else None

    def _make(
        self,
        begun: Interaction,
        said: JSON,
        uploads: Sequence[Upload],
        *,
        is_loading: bool = False,
    ) -> JSON:
        world = self._world
        is_hidden = bool(int(said.get("flags") or 0) & EPHEMERAL)
        message = world.compose(begun.channel, world.bot, (said.get("content") or "").strip())
        message |= {
            "type": BY_COMMAND if begun.kind == COMMAND and begun.original is None else 0,
            "flags": int(said.get("flags") or 0) | (LOADING if is_loading else 0),
            "embeds": said.get("embeds") or [],
            "components": said.get("components") or [],
            "attachments": self._files.keep(begun.channel.id, uploads, said, is_private=is_hidden),
            "webhook_id": world.bot.id,
            "application_id": world.bot.id,
            "interaction_metadata": _metadata(begun),
        }
        if is_hidden:
            self._whisper(begun, message)
        else:
            world.keep(begun.channel, message)
            self._messages.tell("MESSAGE_CREATE", begun.channel, message)
        if not is_loading:
            self._show(begun, message, said)
        return message

    def _change(
        self, begun: Interaction, identifier: str, said: JSON, uploads: Sequence[Upload]
    ) -> JSON:
        message = self.message(begun.channel, identifier) or {}
        is_new = bool(message.get("flags", 0) & LOADING)
        flags = message.get("flags", 0) & ~LOADING
        changed = {**changed_by(said, message, self._world), "flags": flags}
        is_hidden = identifier in self.hidden
        changed["attachments"] = [
            *changed["attachments"],
            *self._files.keep(begun.channel.id, uploads, said, is_private=is_hidden),
        ]
        if is_hidden:
            self._whisper(begun, changed)
        else:
            self._world.rewrite(begun.channel, changed)
            self._messages.tell("MESSAGE_UPDATE", begun.channel, changed)
        if is_new:
            self._show(begun, changed, said)
        else:
            self._record.change(changed)
        return changed

    def _whisper(self, begun: Interaction, message: JSON) -> None:
        self.hidden[message["id"]] = message
        if self._world.witness is not None:
            self._world.witness.whispered(begun.channel, message, begun.person)

    def _show(self, begun: Interaction, message: JSON, said: JSON) -> None:
        is_hidden = message["id"] in self.hidden
        self._record.pinged.extend(pinged(said))
        self._record.show(
            message, reply_to=begun.id, visible_to=begun.person.name if is_hidden else None
        )

    def _place(self, person: Person, channel: Channel) -> JSON:
        place: JSON = {"channel": channel.to_json(), "channel_id": channel.id}
        if channel.guild is None:
            owners = {"0": "0"}
            return {
                **place,
                "user": person.to_json(),
                "context": 1,
                "authorizing_integration_owners": owners,
            }
        permissions = str(self._world.permissions(person))
        return {
            **place,
            "guild_id": channel.guild,
            "guild": {"id": channel.guild, "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": {**self._world.member(person), "permissions": permissions},
            "context": 0,
            "authorizing_integration_owners": {"0": channel.guild},
        }


def _metadata(begun: Interaction) -> JSON:
    return {
        "id": begun.id,
        "type": begun.kind,
        "user": begun.person.to_json(),
        "authorizing_integration_owners": begun.payload["authorizing_integration_owners"],
    }
