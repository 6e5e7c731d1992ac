"""Which command a public answer belongs to, as Slack shows it above the answer."""

from dataclasses import dataclass, field

from simulator.slack.workspace import Workspace

Place = tuple[str, str]

MOST = 200
"""Commands that wait for a public answer; most never get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """`asked` has what was used by the trigger of each command, `lines` by the answer's place.

    https://docs.slack.dev/interactivity/implementing-slash-commands#responding_response_url: with
    `in_channel` the command is shown to everybody too.
    """

    asked: dict[str, str] = field(default_factory=dict)
    lines: dict[Place, str] = field(default_factory=dict)

    def ask(self, trigger: str, display: str, text: str) -> None:
        """Somebody uses a command."""
        self.asked[trigger] = f"{display} used {text}"
        if len(self.asked) > MOST:
            del self.asked[next(iter(self.asked))]

    def answer(self, trigger: str, place: Place, workspace: Workspace) -> None:
        """The bot answers; only what everybody sees, and the first of it, shows the command."""
        if trigger in self.asked and place in workspace.messages:
            self.lines[place] = self.asked.pop(trigger)
