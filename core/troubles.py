"""Tell the admins of an organization what the bot had to give up."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from core.answers.compose import escaped
from core.ports.troubles import GivenUp, Trouble, Troubles
from core.sender import Sender
from core.wording import counted

PAUSE = timedelta(hours=1)
"""Between two letters of an organization: what happens meanwhile is in the next one."""
MOST_REASONS = 5
LONGEST_REASON = 150

log = structlog.get_logger(service="troubles")


@dataclass(frozen=True, slots=True, kw_only=True)
class TellOfTroubles:
    """Every replica looks; one of them writes."""

    troubles: Troubles
    sender: Sender
    pause: timedelta = PAUSE

    async def __call__(self) -> None:
        """Write to the admins of every organization that has had trouble since the last letter."""
        for due in await self.troubles.due(pause=self.pause):
            found = await self.troubles.of(due.organization_id, due.since, due.until)
            given_up = [one for one in found if not one.is_letter]
            letters = await self.troubles.tell(due, letter(given_up))
            if letters is None:
                continue
            self.sender.put(letters.postings)
            log.warning(
                "given_up",
                organization_id=str(due.organization_id),
                troubles=len(given_up),
                admins=letters.admins,
            )


def letter(troubles: Sequence[Trouble]) -> str:
    """What the admins read, the most frequent reasons first."""
    return "\n".join(
        (
            "Some of what I had to do here did not work, and I have given it up:\n",
            *(f"- {line}" for line in _lines(troubles)),
            "\nWhoever runs this bot finds where and when with `trialogue troubles`.",
        )
    )


def _lines(troubles: Sequence[Trouble]) -> Iterator[str]:
    failed = sum(one.kind is GivenUp.MESSAGE for one in troubles)
    if failed:
        yield f"{counted(failed, 'message')} could not be handled: whoever wrote was told so"
    reasons = Counter(
        (one.conversation.partition(":")[0].capitalize(), _plain(one.reason))
        for one in troubles
        if one.kind is GivenUp.POSTING
    )
    for (platform, reason), number in reasons.most_common(MOST_REASONS):
        yield f"{platform} did not take {counted(number, 'reply', 'replies')}: {reason}"
    left = sum(reasons.values()) - sum(n for _, n in reasons.most_common(MOST_REASONS))
    if left:
        yield f"{counted(left, 'more reply', 'more replies')}, for other reasons"


def _plain(reason: str) -> str:
    line = " ".join(reason.split()) or "no reason given"
    return escaped(line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON - 1]}…")
