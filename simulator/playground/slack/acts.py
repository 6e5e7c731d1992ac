"""What people do in the playground's Slack, and what Slack tells the bot of it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.playground.slack import speech
from simulator.playground.slack.emoji import to_name
from simulator.playground.slack.seed import to_message
from simulator.playground.slack.used import Used
from simulator.playground.values import (
    ClickOn,
    CommandShown,
    File,
    PlaygroundError,
    React,
    Say,
    UseCommand,
)
from simulator.slack import SlackStandIn, interactions, postings
from simulator.slack.deliveries import Channel, Parcel
from simulator.slack.interactions import Actor
from simulator.slack.workspace import Json, Workspace
from simulator.standin import Asked

LONGEST_TEXT = 40_000
NO_MESSAGE = "That message is not there any more: choose another one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """People's acts in one team, in which the bot has `commands`; `used` remembers them."""

    stand_in: SlackStandIn
    commands: Sequence[CommandShown]
    used: Used

    @property
    def workspace(self) -> Workspace:
        """Where all this happens."""
        return self.stand_in.workspace

    def say(self, say: Say) -> Asked:
        """Write; the bot hears what calls it, and all that is written to it directly."""
        user = self._enter(say.person, say.channel)
        if not say.text.strip() and not say.files:
            raise PlaygroundError("There is nothing to send: write something first.")
        if len(say.text) > LONGEST_TEXT:
            raise PlaygroundError(f"Slack takes {LONGEST_TEXT:,} characters: write less.")
        markup, root = speech.to_text(say.text), self._root(say)
        message = to_message(
            markup,
            user=user,
            channel=say.channel,
            ts=self.workspace.next_ts(),
            root=root,
            files=[self._keep(file, user) for file in say.files],
        )
        self.workspace.add(say.channel, message, root or str(message["ts"]))
        self._deliver(message)
        return _asked(str(message["ts"]), say.channel, say.text)

    def command(self, use: UseCommand) -> Asked:
        """Use a command, in a channel or directly."""
        user = self._enter(use.person, use.channel)
        text = use.text.strip()
        self._check_command(text)
        actor = self._actor(use.person, user, use.channel)
        display = self.workspace.displays.get(use.person, use.person)
        self.used.ask(actor.trigger, display, text)
        name = interactions.name_of_channel(self.workspace, use.channel)
        form = interactions.command(text, actor, channel=use.channel, channel_name=name)
        parcel = Parcel(id=actor.trigger, channel=Channel.COMMAND, payload=form)
        self.stand_in.hand_in(parcel, actor.response_url)
        return _asked(actor.trigger, use.channel, text)

    def click(self, click: ClickOn) -> Asked:
        """Click a button below a message, an ephemeral one included."""
        user, place = self._enter(click.person, click.channel), (click.channel, click.message)
        hidden = self.workspace.audience.get(place) == user
        source = self.workspace.ephemeral if hidden else self.workspace.messages
        if place not in source:
            raise PlaygroundError(NO_MESSAGE)
        message = source[place]
        button = _button(message, click.button)
        actor = self._actor(click.person, user, click.channel, message=click.message)
        payload = interactions.click(
            button,
            actor,
            channel=click.channel,
            message=message,
            ephemeral=hidden,
            channel_name=interactions.name_of_channel(self.workspace, click.channel),
        )
        parcel = Parcel(id=actor.trigger, channel=Channel.INTERACTION, payload=payload)
        self.stand_in.hand_in(parcel, actor.response_url)
        return _asked(actor.trigger, click.channel, postings.label(button))

    def react(self, react: React) -> None:
        """Give an emoji, or take it back."""
        user, place = self._enter(react.person, react.channel), (react.channel, react.message)
        name, reactions = to_name(react.emoji), self.stand_in.api.reactions
        if place not in self.workspace.messages:
            raise PlaygroundError("Slack takes no reactions to this message: choose another one.")
        given = user in reactions.given.get(place, {}).get(name, [])
        (reactions.take if given else reactions.give)(place, name, user)
        self.stand_in.announce(
            {
                "type": "reaction_removed" if given else "reaction_added",
                "user": user,
                "reaction": name,
                "item": {"type": "message", "channel": react.channel, "ts": react.message},
                "item_user": self.workspace.messages[place]["user"],
                "event_ts": self.workspace.next_ts(),
            }
        )

    def _deliver(self, message: Json) -> None:
        """Tell the bot what it has subscribed to: mentions in channels, and direct messages.

        https://docs.slack.dev/reference/events/app_mention: there are none in direct messages.
        """
        if str(message["channel"]).startswith("D"):
            self.stand_in.announce({**message, "channel_type": "im"})
        elif speech.mentions_bot(str(message["text"])):
            mention = {name: value for name, value in message.items() if name != "subtype"}
            self.stand_in.announce({**mention, "type": "app_mention"})

    def _enter(self, person: str, channel: str) -> str:
        """The id of a person who may act in a channel."""
        workspace = self.workspace
        if person not in workspace.people:
            raise PlaygroundError(f"There is nobody called {person} here.")
        user = workspace.person(person)
        if not workspace.has_channel(channel):
            raise PlaygroundError("There is no such channel here: choose one of the list.")
        if user not in workspace.members.get(channel, set()):
            raise PlaygroundError("Nobody else can write in this conversation: choose your own.")
        return user

    def _root(self, say: Say) -> str | None:
        """The message that began the thread in which somebody writes."""
        below = say.thread or say.reply_to
        if below is None:
            return None
        root = self.workspace.roots.get((say.channel, below))
        if root is None:
            raise PlaygroundError("Nobody can reply to this message: begin a new one.")
        return root

    def _keep(self, file: File, user: str) -> Json:
        kept = self.stand_in.api.files.keep(file.name, len(file.content), user)
        kept.content, kept.arrived = file.content, True
        kept.about["mimetype"] = file.content_type
        return kept.about

    def _actor(self, person: str, user: str, channel: str, *, message: str | None = None) -> Actor:
        api = self.stand_in.api
        trigger = api.triggers.issue()
        url = api.responses.issue(trigger, channel, user, message=message)
        return Actor(name=person, user=user, trigger=trigger, response_url=url)

    def _check_command(self, text: str) -> None:
        name = text.partition(" ")[0]
        known = [f"/{command.name}" for command in self.commands]
        if name not in known:
            raise PlaygroundError(f"There is no {name or 'such command'} here. {_proposal(known)}")


def _proposal(names: Sequence[str]) -> str:
    if len(names) < 2:
        return f"Try {names[0]}." if names else "The bot has no commands."
    return f"Try {', '.join(names[:-1])} or {names[-1]}."


def _button(message: Json, identifier: str) -> Mapping[str, object]:
    buttons = postings.buttons(postings.read_blocks(message))
    if not identifier.isdecimal() or int(identifier) >= len(buttons):
        raise PlaygroundError("That button is not there any more: choose another one.")
    return buttons[int(identifier)]


def _asked(identifier: str, channel: str, text: str) -> Asked:
    return Asked(id=identifier, channel=channel, text=text, at=time.perf_counter())
