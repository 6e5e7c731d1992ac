"""What people do in a Discord server."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from simulator.discord import DiscordStandIn
from simulator.discord.commands import PATIENCE, to_data
from simulator.discord.gateway import ALWAYS
from simulator.discord.interactions import (
    ACKNOWLEDGE_WITHIN,
    BY_COMMAND,
    COMMAND,
    COMPONENT,
    EPHEMERAL,
    Interaction,
)
from simulator.discord.limits import BUTTON, LINK_STYLE, label
from simulator.discord.objects import JSON, Channel, Person, dump
from simulator.playground.discord import show, writing
from simulator.playground.discord.memory import Entry
from simulator.playground.discord.onlooker import Onlooker
from simulator.playground.values import ClickOn, PlaygroundError, React, Say, UseCommand
from simulator.standin import Asked

COPIES = 3
LONGEST_EMOJI = 64
IN_GUILD, WITH_BOT = 0, 1
NO_RESPONSE = {COMMAND: "The application did not respond", COMPONENT: "This interaction failed"}


class Acts:
    """Lets people write, click and use commands. `is_doubled`: the next event comes three times."""

    def __init__(self, stand_in: DiscordStandIn, onlooker: Onlooker) -> None:
        self.is_doubled = False
        self._stand_in = stand_in
        self._onlooker = onlooker

    def say(self, say: Say) -> Asked:
        """Write a message."""
        person, channel = self._in_channel(say.person, say.channel)
        writing.check(say)
        world = self._stand_in.world
        replied = self._replied(say, channel) if say.reply_to else None
        message = writing.compose(world, channel, person, say.text, reply_to=replied)
        uploads = writing.to_uploads(say.files)
        message["attachments"] = self._stand_in.files.keep(channel.id, uploads, {})
        copies = self._copies(message["id"])
        return self._stand_in.write(channel, message, say.text, copies)

    def command(self, use: UseCommand) -> Asked:
        """Use a command that is shown to the person here."""
        person, channel = self._in_channel(use.person, use.channel)
        usable = self._usable(person, channel)
        text = use.text.strip()
        name = text.removeprefix("/").partition(" ")[0]
        if name not in usable:
            raise PlaygroundError(_instead(name, tuple(usable)))
        try:
            chosen = to_data(usable[name], text, None)
        except LookupError as error:
            raise PlaygroundError(f"Add what /{name} needs: {error}.") from error
        begun = self._stand_in.interactions.begin(COMMAND, chosen, person=person, channel=channel)
        return self._use(begun, text)

    def click(self, click: ClickOn) -> Asked:
        """Click a button that the person sees."""
        person, channel = self._in_channel(click.person, click.channel)
        entry = self._seen(click.message, channel, person)
        shown = show.clickable(entry.message["components"])
        place = int(click.button) if click.button.isdecimal() else len(shown)
        if place >= len(shown):
            raise PlaygroundError("There is no such button: look at the message again.")
        button = shown[place]
        if button.get("style") == LINK_STYLE:
            raise PlaygroundError("This button only opens a page: click another one.")
        if button.get("disabled"):
            raise PlaygroundError("This button is switched off: click another one.")
        chosen = {"custom_id": button["custom_id"], "component_type": BUTTON}
        begun = self._stand_in.interactions.begin(
            COMPONENT, chosen, person=person, channel=channel, source=entry.message
        )
        return self._use(begun, label(button))

    def react(self, react: React) -> None:
        """Give an emoji to a message, or take it back."""
        person, channel = self._in_channel(react.person, react.channel)
        entry = self._seen(react.message, channel, person)
        emoji = react.emoji.strip()
        if not emoji or len(emoji) > LONGEST_EMOJI:
            raise PlaygroundError("Choose an emoji to react with.")
        if entry.visible_to is not None:
            raise PlaygroundError("Nobody can react to what only you see: choose another message.")
        adds = not self._onlooker.memory.has_reacted(entry.id, emoji, person.name)
        self._stand_in.messages.react(channel, entry.id, emoji, person, adds=adds)

    def _in_channel(self, name: str, channel_id: str) -> tuple[Person, Channel]:
        person = self._stand_in.world.people.get(name)
        if person is None:
            raise PlaygroundError(f"There is nobody called {name} here: choose somebody else.")
        channel = self._stand_in.world.channels.get(channel_id)
        if channel is None:
            raise PlaygroundError("There is no such channel: choose another one.")
        if channel.person not in (None, person):
            raise PlaygroundError("This conversation is somebody else's: choose your own.")
        return person, channel

    def _seen(self, message_id: str, channel: Channel, person: Person) -> Entry:
        entry = self._onlooker.memory.entries.get(message_id)
        is_here = entry is not None and entry.channel == channel.id and not entry.is_loading
        if entry is None or not is_here or entry.visible_to not in (None, person.name):
            raise PlaygroundError("There is no such message: look at the channel again.")
        return entry

    def _replied(self, say: Say, channel: Channel) -> JSON:
        person = self._stand_in.world.people[say.person]
        entry = self._seen(str(say.reply_to), channel, person)
        if entry.visible_to is not None:
            raise PlaygroundError("Discord cannot reply to what only you see: just write.")
        return entry.message

    def _usable(self, person: Person, channel: Channel) -> dict[str, JSON]:
        """The commands that somebody is offered in a channel, by name."""
        place = IN_GUILD if channel.guild else WITH_BOT
        allowed = self._stand_in.world.permissions(person)
        registered = self._stand_in.guilds.commands.values()
        return {
            one["name"]: one
            for known in registered
            for one in known
            if place in (one.get("contexts") or (place,))
            and not int(one.get("default_member_permissions") or 0) & ~allowed
        }

    def _copies(self, identifier: str) -> int:
        if not self.is_doubled:
            return 1
        self.is_doubled = False
        self._onlooker.note(identifier, "made to come three times")
        return COPIES

    def _use(self, begun: Interaction, text: str) -> Asked:
        asked = self._stand_in.record.ask(begun.id, begun.channel.id, text)
        self._stand_in.background.run(self._deliver(begun, self._copies(begun.id)))
        return asked

    async def _deliver(self, begun: Interaction, copies: int) -> None:
        """Deliver an interaction, and say so when the bot does not respond to it."""
        gateway, world = self._stand_in.gateway, self._stand_in.world
        # Nobody would be told of it while no session is connected: people try again then.
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await gateway.has_connected(1)
        begun.began = world.now()
        for _ in range(copies):
            gateway.dispatch("INTERACTION_CREATE", dump(begun.payload), intent=ALWAYS)
        await asyncio.sleep(ACKNOWLEDGE_WITHIN.total_seconds())
        if begun.acknowledged is None:
            self._onlooker.unanswered(begun)
            self._onlooker.whispered(begun.channel, self._failure(begun), begun.person)

    def _failure(self, begun: Interaction) -> JSON:
        world = self._stand_in.world
        message = world.compose(begun.channel, world.bot, NO_RESPONSE[begun.kind])
        return {
            **message,
            "type": BY_COMMAND if begun.kind == COMMAND else 0,
            "flags": EPHEMERAL,
            "interaction_metadata": {"id": begun.id},
        }


def _instead(name: str, usable: Sequence[str]) -> str:
    if not usable:
        return "The bot has not announced its commands yet: try again in a moment."
    shown = [f"/{one}" for one in usable]
    known = f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else shown[0]
    return f"There is no /{name} here. Try {known}."
