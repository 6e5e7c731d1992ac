"""What people do."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from simulator.discord.background import Background
from simulator.discord.calls import Upload
from simulator.discord.commands import PATIENCE, find, to_data
from simulator.discord.endpoint import Endpoint
from simulator.discord.files import Files
from simulator.discord.gateway import ALWAYS, GUILDS, Gateway
from simulator.discord.guilds import Guilds
from simulator.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL,
    Interaction,
    Interactions,
)
from simulator.discord.limits import buttons, label
from simulator.discord.messages import Messages, intent_of
from simulator.discord.objects import JSON, Channel, dump
from simulator.discord.record import Record
from simulator.discord.world import World
from simulator.standin import Asked, Posted

BUTTON, SELECT, LABELLED = 2, 3, 18


class People:
    """Lets people write, click and use commands."""

    world: World
    gateway: Gateway
    files: Files
    record: Record
    messages: Messages
    guilds: Guilds
    interactions: Interactions
    endpoint: Endpoint
    background: Background

    async def ask(
        self, text: str, *, channel: str = "general", person: str = "ada", copies: int = 1
    ) -> Asked:
        """Mention the bot in a text channel."""
        content = f"<@{self.world.bot.id}> {text}"
        return self.say(content, channel=channel, person=person, copies=copies, text=text)

    async def tell(self, text: str, *, person: str = "ada", copies: int = 1) -> Asked:
        """Write to the bot directly."""
        author = self.world.person(person)
        composed = self.world.compose(self.world.direct_channel(author), author, text)
        return self.write(self.world.direct_channel(author), composed, text, copies)

    def say(
        self,
        content: str,
        *,
        channel: str = "general",
        person: str = "ada",
        copies: int = 1,
        text: str | None = None,
        **changes: Any,
    ) -> Asked:
        """Write in a text channel just so; `changes` replace fields of the message object."""
        place = self.text_channel(channel)
        composed = self.world.compose(place, self.world.person(person), content)
        return self.write(place, {**composed, **changes}, text or content, copies)

    def upload(
        self,
        filename: str,
        content: bytes,
        text: str = "",
        *,
        channel: str | None = "general",
        person: str = "ada",
        content_type: str = "application/octet-stream",
    ) -> Asked:
        """Mention the bot in a message with a file; without a `channel` write to it directly."""
        author = self.world.person(person)
        place = self.text_channel(channel) if channel else self.world.direct_channel(author)
        kept = self.files.keep(place.id, [_upload(filename, content, content_type)], {})
        said = f"<@{self.world.bot.id}> {text}".strip() if channel else text
        composed = self.world.compose(place, author, said)
        return self.write(place, {**composed, "attachments": kept}, text, 1)

    def reply(self, content: str, to: Posted, *, person: str = "ada", ping: bool = True) -> Asked:
        """Reply to a message of the bot."""
        place = self.world.channels[to.channel]
        author = self.world.person(person)
        composed = self.world.compose(place, author, content, reply_to=to.id)
        if ping:
            composed["mentions"] = [*composed["mentions"], self.world.bot.to_json()]
        return self.write(place, composed, content, 1)

    def edit(self, asked: Asked, content: str) -> None:
        """Change a message's words."""
        place = self.world.channels[asked.channel]
        composed = self.world.compose(place, self.world.person("ada"), content)
        composed |= {"id": asked.id, "edited_timestamp": composed["timestamp"]}
        event = dump(self.world.as_event(place, composed))
        self.gateway.dispatch("MESSAGE_UPDATE", event, intent=intent_of(place))

    def delete(self, asked: Asked) -> None:
        """Delete a person's message."""
        self.messages.remove(self.world.channels[asked.channel], asked.id)

    def react(
        self, to: Posted | Asked, emoji: str, *, person: str = "ada", adds: bool = True
    ) -> None:
        """Add a reaction, or take it away."""
        place, author = self.world.channels[to.channel], self.world.person(person)
        self.messages.react(place, to.id, emoji, author, adds=adds)

    async def command(
        self,
        text: str,
        *,
        channel: str | None = "general",
        person: str = "ada",
        copies: int = 1,
        options: Mapping[str, Any] | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> Asked:
        """Use a slash command; without a `channel` in the direct channel with the bot.

        What follows the name is the first option's value, unless `options` has the values. A
        `file`, its name and content, is that of the option `file`.
        `LookupError` when the bot has not registered the command, after a moment's patience.
        """
        author = self.world.person(person)
        place = self.text_channel(channel) if channel else self.world.direct_channel(author)
        known = await find(self.guilds, text, permissions=self.world.permissions(author))
        kept = [] if file is None else self.files.keep(place.id, [_upload(*file)], {})
        given = {"file": kept[0]["id"], **(options or {})} if kept else options
        data = to_data(known, text, given)
        data |= {"resolved": {"attachments": {one["id"]: one for one in kept}}} if kept else {}
        begun = self.interactions.begin(COMMAND, data, person=author, channel=place)
        return await self._use(begun, text, copies)

    async def autocomplete(
        self, text: str, *, channel: str = "general", person: str = "ada"
    ) -> Asked:
        """Type a command without sending it; the bot's choices are in `interaction`."""
        author = self.world.person(person)
        known = await find(self.guilds, text, permissions=self.world.permissions(author))
        data = to_data(known, text, None)
        for option in data["options"][-1:]:
            option["focused"] = True
        place = self.text_channel(channel)
        begun = self.interactions.begin(AUTOCOMPLETE, data, person=author, channel=place)
        return await self._use(begun, text, 1)

    async def click(
        self, posted: Posted, button: str, *, person: str = "ada", copies: int = 1
    ) -> Asked:
        """Click a button, by its label. `LookupError`: they do not see such a button."""
        place, message = self._seen(posted, person)
        found = next(
            (one for one in buttons(message.get("components") or ()) if label(one) == button), None
        )
        if found is None or found.get("disabled") or "custom_id" not in found:
            raise LookupError(f"there is no button {button!r} to click")
        data = {"custom_id": found["custom_id"], "component_type": BUTTON}
        return await self._component(data, button, message, place, person, copies)

    async def select(
        self, posted: Posted, custom_id: str, *values: str, person: str = "ada"
    ) -> Asked:
        """Choose from a menu of texts."""
        place, message = self._seen(posted, person)
        data = {"custom_id": custom_id, "component_type": SELECT, "values": list(values)}
        return await self._component(data, ", ".join(values), message, place, person, 1)

    async def submit(self, asked: Asked, values: Mapping[str, str]) -> Asked:
        """Fill in the modal that the bot showed, by the fields' custom ids, and send it."""
        shown = self.interaction(asked)
        if shown.modal is None:
            raise LookupError("the bot showed no modal")
        rows = [_filled(row, values) for row in shown.modal.get("components") or ()]
        data = {"custom_id": shown.modal["custom_id"], "components": rows}
        begun = self.interactions.begin(MODAL, data, person=shown.person, channel=shown.channel)
        return await self._use(begun, shown.modal["custom_id"], 1)

    def interaction(self, asked: Asked) -> Interaction:
        """How far the use of a command, a component or a modal has come."""
        return self.interactions.begun[asked.id]

    def text_channel(self, name: str) -> Channel:
        """A channel of the server by name, or by a thread's name."""
        thread = next(
            (one for one in self.world.text_channels if one.parent and one.name == name), None
        )
        if thread is not None:
            return thread
        channel, is_new = self.world.text_channel(name)
        if is_new:
            self.gateway.dispatch("CHANNEL_CREATE", dump(channel.to_json()), intent=GUILDS)
        return channel

    async def _component(
        self, data: JSON, text: str, message: JSON, place: Channel, person: str, copies: int
    ) -> Asked:
        author = self.world.person(person)
        begun = self.interactions.begin(
            COMPONENT, data, person=author, channel=place, source=message
        )
        return await self._use(begun, text, copies)

    async def _use(self, begun: Interaction, text: str, copies: int) -> Asked:
        asked = self.record.ask(begun.id, begun.channel.id, text)
        if not self.endpoint.url:
            # Nobody would be told of it while no session is connected: people try again then.
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self.gateway.has_connected(1)
            begun.began = self.world.now()
        for _ in range(copies):
            if self.endpoint.url:
                self.background.run(self.endpoint.deliver(begun))
            else:
                payload = dump(begun.payload)
                self.gateway.dispatch("INTERACTION_CREATE", payload, intent=ALWAYS)
        return asked

    def _seen(self, posted: Posted, person: str) -> tuple[Channel, JSON]:
        place = self.world.channels[posted.channel]
        message = self.interactions.message(place, posted.id)
        if message is None or posted.visible_to not in (None, person):
            raise LookupError(f"{person} does not see this message")
        return place, message

    def write(self, channel: Channel, composed: JSON, text: str, copies: int = 1) -> Asked:
        """Write a message that was composed; `copies` delivers it several times."""
        self.world.keep(channel, composed)
        event = self.world.as_event(channel, composed)
        whole = dump(event)
        shown = self.world.as_shown(channel, event)
        seen = whole if shown is event else dump(shown)
        asked = self.record.ask(composed["id"], channel.id, text)
        for _ in range(copies):
            self.gateway.dispatch("MESSAGE_CREATE", seen, intent=intent_of(channel), whole=whole)
        return asked


def _filled(row: JSON, values: Mapping[str, str]) -> JSON:
    if row.get("type") == LABELLED:
        return {"type": LABELLED, "id": 1, "component": _field(row["component"], values)}
    fields = [_field(one, values) for one in row.get("components") or ()]
    return {"type": row.get("type"), "id": 1, "components": fields}


def _field(component: JSON, values: Mapping[str, str]) -> JSON:
    custom_id = component["custom_id"]
    return {
        "type": component["type"],
        "id": 2,
        "custom_id": custom_id,
        "value": values.get(custom_id, component.get("value") or ""),
    }


def _upload(name: str, content: bytes, kind: str = "application/octet-stream") -> Upload:
    return Upload(field="files[0]", filename=name, content=content, content_type=kind)
