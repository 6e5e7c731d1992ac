"""How long an answer is kept in the cache, by what it is made of.

It is never older than the knowledge: each change makes the answers from before unreachable. Its
lifetime is for what changes without anybody writing it down.
"""

from datetime import timedelta
from typing import Final

from core.entries import Answer

VOLATILE: Final = timedelta(minutes=5)
"""With an entry that is tagged `volatile`: a price, a date, who is on duty."""
ORDINARY: Final = timedelta(hours=1)
WRITTEN: Final = timedelta(hours=24)
"""By a language model: it is costly, and the same knowledge would be put into words again."""


def lifetime_of(answer: Answer) -> timedelta:
    """How long an answer is kept."""
    if any(passage.volatile for passage in answer.passages):
        return VOLATILE
    return WRITTEN if answer.model else ORDINARY
