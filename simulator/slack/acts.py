"""What people do in Slack, as the bot hears of it.

Shapes of the rarer events: https://docs.slack.dev/reference/events.
"""

import time
from typing import Protocol

import orjson

from simulator.slack import interactions
from simulator.slack.api import WebApi
from simulator.slack.deliveries import Channel, Parcel
from simulator.slack.interactions import Actor
from simulator.slack.workspace import BOT_USER, TEAM, Json, Workspace, to_message
from simulator.standin import Asked, Posted


class PeopleActs(Protocol):
    """The acts, over what the stand-in holds."""

    asked: list[Asked]
    both_events: bool
    workspace: Workspace
    api: WebApi

    def announce(self, event: Json, *, copies: int = 1) -> str:
        """Deliver an event."""

    def hand_in(self, parcel: Parcel, response_url: str, *, copies: int = 1) -> None:
        """Deliver a command or an interaction."""

    async def ask(
        self,
        text: str,
        *,
        channel: str = "general",
        person: str = "ada",
        copies: int = 1,
        thread: Asked | None = None,
    ) -> Asked:
        """Mention the bot, in the thread of another message where one is given."""
        place = self.workspace.channel(channel)
        asked, message = self._write(text, place, person, thread=thread, mention=True)
        self._announce_mention(message, copies)
        return asked

    async def tell(self, text: str, *, person: str = "ada", copies: int = 1) -> Asked:
        """Write to the bot directly."""
        place = self.workspace.direct(person)
        asked, message = self._write(text, place, person, thread=None, mention=False)
        self.announce({**message, "type": "message", "channel_type": "im"}, copies=copies)
        return asked

    async def command(
        self, text: str, *, channel: str = "general", person: str = "ada", copies: int = 1
    ) -> Asked:
        """Use a slash command in a channel; `direct` as its name is the person's own with the bot.

        Slack delivers a command once: copies are what no platform promises to rule out.
        """
        direct = channel == "direct"
        place = self.workspace.direct(person) if direct else self.workspace.channel(channel)
        actor = self._actor(person, place)
        name = interactions.name_of_channel(self.workspace, place)
        form = interactions.command(text, actor, channel=place, channel_name=name)
        parcel = Parcel(id=actor.trigger, channel=Channel.COMMAND, payload=form)
        self.hand_in(parcel, actor.response_url, copies=copies)
        return self._ask(actor.trigger, place, text)

    async def click(
        self, posted: Posted, button: str, *, person: str = "ada", copies: int = 1
    ) -> Asked:
        """Click a button, by its label, below a posting."""
        place = posted.channel, posted.id
        hidden = self.workspace.ephemeral.get(place)
        message = hidden or self.workspace.messages[place]
        found = interactions.find_button(message, button)
        actor = self._actor(person, posted.channel, message=posted.id)
        payload = interactions.click(
            found, actor, channel=posted.channel, message=message, ephemeral=hidden is not None
        )
        parcel = Parcel(id=actor.trigger, channel=Channel.INTERACTION, payload=payload)
        self.hand_in(parcel, actor.response_url, copies=copies)
        return self._ask(actor.trigger, posted.channel, str(found.get("value", "")))

    async def submit(self, view_id: str, values: Json, *, person: str = "ada") -> Asked:
        """Submit a modal that is open."""
        actor = self._actor(person, "")
        payload = interactions.submission(self.api.views.shown[view_id], actor, values)
        parcel = Parcel(id=actor.trigger, channel=Channel.INTERACTION, payload=payload)
        self.hand_in(parcel, actor.response_url)
        return self._ask(actor.trigger, "", "")

    async def share(
        self, name: str, content: bytes, *, text: str = "", channel: str = "general",
        person: str = "ada",
    ) -> Asked:  # fmt: skip
        """Upload a file, mentioning the bot."""
        place, user = self.workspace.channel(channel), self.workspace.person(person)
        file = self.api.files.keep(name, len(content), user)
        file.content, file.arrived = content, True
        asked, message = self._write(text, place, person, thread=None, mention=True)
        message |= {"files": [file.about], "upload": False, "subtype": "file_share"}
        self._announce_mention(message, 1)
        return asked

    async def react(self, posted: Posted, emoji: str, *, person: str = "ada") -> None:
        """Put an emoji below a message of the bot."""
        user = self.workspace.person(person)
        self.api.reactions.give((posted.channel, posted.id), emoji, user)
        item = {"type": "message", "channel": posted.channel, "ts": posted.id}
        self.announce(
            {
                "type": "reaction_added",
                "user": user,
                "reaction": emoji,
                "item": item,
                "item_user": BOT_USER,
                "event_ts": self.workspace.next_ts(),
            }
        )

    async def open_app(self, *, tab: str = "messages", person: str = "ada") -> None:
        """Open the app, at its `home` or `messages` tab."""
        user = self.workspace.person(person)
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": self.workspace.direct(person),
            "tab": tab,
            "event_ts": self.workspace.next_ts(),
        }
        if user in self.api.views.homes:
            event["view"] = self.api.views.homes[user]
        self.announce(event)

    async def join(self, *, channel: str = "general", person: str = "ada") -> None:
        """Come into a channel."""
        place, user = self.workspace.channel(channel), self.workspace.person(person)
        self.workspace.join(place, user)
        self.announce(
            {
                "type": "member_joined_channel",
                "user": user,
                "channel": place,
                "channel_type": "C",
                "team": TEAM,
                "event_ts": self.workspace.next_ts(),
            }
        )

    async def uninstall(self) -> None:
        """Remove the app: both events, in no promised order, and a token that is dead."""
        self.api.token_error = "account_inactive"  # noqa: S105 - the word for a dead one
        tokens = {"oauth": [], "bot": [BOT_USER]}
        self.announce({"type": "tokens_revoked", "tokens": tokens})
        self.announce({"type": "app_uninstalled"})

    def _announce_mention(self, message: Json, copies: int) -> None:
        mention = {key: value for key, value in message.items() if key != "subtype"}
        self.announce({**mention, "type": "app_mention"}, copies=copies)
        if self.both_events:
            self.announce({**message, "type": "message", "channel_type": "channel"}, copies=copies)

    def _write(
        self, text: str, channel: str, person: str, *, thread: Asked | None, mention: bool
    ) -> tuple[Asked, Json]:
        ts, user = self.workspace.next_ts(), self.workspace.person(person)
        root = self.workspace.roots[thread.channel, thread.id] if thread else None
        message = to_message(text, user=user, ts=ts, thread=root, mention=mention)
        message["channel"] = channel
        self.workspace.join(channel, user)
        self.workspace.add(channel, message, root or ts)
        return self._ask(ts, channel, text), message

    def _actor(self, person: str, channel: str, *, message: str | None = None) -> Actor:
        user, trigger = self.workspace.person(person), self.api.triggers.issue()
        if channel and message is None:
            self.workspace.join(channel, user)
        url = self.api.responses.issue(trigger, channel, user, message=message) if channel else ""
        return Actor(name=person, user=user, trigger=trigger, response_url=url)

    def _ask(self, identifier: str, channel: str, text: str) -> Asked:
        asked = Asked(id=identifier, channel=channel, text=text, at=time.perf_counter())
        self.asked.append(asked)
        return asked

    def _show_answer(self, parcel: Parcel, response_url: str, answer: bytes) -> None:
        """Show what a bot put into its acknowledgement of a command."""
        if parcel.channel is not Channel.COMMAND or not answer:
            return
        try:
            given = orjson.loads(answer)
        except orjson.JSONDecodeError:
            given = {"text": answer.decode(errors="replace")}
        if isinstance(given, dict) and given:
            self.api.responses.answer(response_url, given)
            if self.api.on_change is not None:
                self.api.on_change()
