"""All that the page shows and does, behind its routes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from simulator.playground.bot import Bot
from simulator.playground.live import Live
from simulator.playground.requests import Act, Saying
from simulator.playground.scene import Scene
from simulator.playground.traces import Trace, Traces
from simulator.playground.values import FaultKind, File, Pane, Person, PlaygroundError, Say
from simulator.standin import Asked

FAULTS = (
    (
        FaultKind.DUPLICATE,
        "Deliver the next event three times",
        "You get one answer: the bot knows each event by its id before it does anything.",
    ),
    (
        FaultKind.RATE_LIMIT,
        "Answer the next posting with 429",
        "The posting waits as long as the platform says, then goes out. Nothing is dropped.",
    ),
    (
        FaultKind.CUT_OFF,
        "Cut the connection after the next posting",
        "The bot cannot know if people see it. It looks where it can; Telegram may show it twice.",
    ),
    (
        FaultKind.DISCONNECT,
        "Cut every connection now",
        "The bot connects again and hears of what was written in the meantime.",
    ),
    (
        FaultKind.OUTAGE,
        "Refuse connections for five seconds",
        "What people write reaches the bot when the platform is back.",
    ),
)

Acting = Callable[[], Awaitable[Asked]]


@dataclass(slots=True, kw_only=True)
class Playground:
    """The scenes by platform, the people in them, and the bot.

    `changes` counts how often a pane may have looked different.
    """

    scenes: Mapping[str, Scene]
    people: Sequence[Person]
    suggestions: Sequence[str]
    bot: Bot
    changes: int = 0
    live: Live = field(init=False)
    _owners: dict[tuple[str, str], str | None] = field(default_factory=dict)
    traces: Traces = field(init=False)

    def __post_init__(self) -> None:
        self.live = Live(pane=self.pane, trace=self._trace, bot=self.bot.state)
        self.traces = Traces(changed=self.live.trace_changed, direct_of=self._direct_of)
        self.bot.watch(changed=self.live.bot_changed, logged=self.traces.read)
        for name, scene in self.scenes.items():
            changed = partial(self._changed, name)
            scene.watch(changed=changed, heard=self.traces.hear)

    def pane(self, platform: str) -> Pane:
        """What people see of a platform now."""
        return self.scene(platform).pane()

    def scene(self, platform: str) -> Scene:
        """A platform's scene by its name."""
        scene = self.scenes.get(platform)
        if scene is None:
            known = ", ".join(self.scenes)
            raise PlaygroundError(f"There is no platform {platform!r} here, but: {known}.")
        return scene

    def state(self) -> dict[str, object]:
        """Everything, for a page that is opened."""
        return {
            "people": self.people,
            "suggestions": self.suggestions,
            "faults": [
                {"kind": kind, "label": label, "about": about} for kind, label, about in FAULTS
            ],
            "bot": self.bot.state(),
            "panes": [scene.pane() for scene in self.scenes.values()],
            "traces": self.traces.all(),
        }

    async def say(self, body: Saying, *files: File) -> int:
        """Write as a person; the id of the trace."""
        say = Say(
            channel=body.channel,
            person=body.person,
            text=body.text,
            thread=body.thread or None,
            reply_to=body.reply_to or None,
            files=files,
        )
        scene = self.scene(body.platform)
        return await self.act(body, "say", body.text, lambda: scene.say(say))

    async def act(self, act: Act, kind: str, text: str, acting: Acting) -> int:
        """Do something as a person, and follow it; the id of its trace."""
        if act.person not in {person.name for person in self.people}:
            raise PlaygroundError(f"There is nobody called {act.person!r} here.")
        followed = self.traces.begin(
            platform=act.platform, channel=act.channel, person=act.person, kind=kind, text=text
        )
        try:
            followed.asked = (await acting()).id
        except BaseException:
            self.traces.give_up(followed)
            raise
        return followed.trace.id

    def _changed(self, platform: str) -> None:
        self.changes += 1
        self.live.pane_changed(platform)

    def _trace(self, number: int) -> Trace | None:
        return self.traces.one(number)

    def _direct_of(self, platform: str, channel: str) -> str | None:
        """Whose direct conversation a channel is: looked up once, as it never changes."""
        if (platform, channel) not in self._owners:
            for shown in self.scenes[platform].pane().channels:
                self._owners[platform, shown.id] = shown.person
        return self._owners.get((platform, channel))
