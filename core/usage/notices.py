"""When a person is told that their messages, or their organization's, come to an end."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from core.accounts import Account, Resource
from core.clicks import more_button
from core.ports.inbox import UsageNotice

ACCOUNTS = 1024  # different limits whose notices are kept in memory


def notices_for(account: Account) -> tuple[UsageNotice, ...]:
    """The notices of an account, one of which its next message may make due."""
    if not account.tracked:
        return ()
    pool = account.pool.limit if account.pool else None
    return _notices(account.quota_limit, pool, account.period_ends)


def own_notices(limit: int | None, ends: date | None) -> tuple[UsageNotice, ...]:
    """Those of a person's own limit."""
    return _notices(limit, None, ends)


@lru_cache(maxsize=ACCOUNTS)
def _notices(own: int | None, pool: int | None, ends: date | None) -> tuple[UsageNotice, ...]:
    return (*_of(own, ends, pool=False), *_of(pool, ends, pool=True))


def _of(limit: int | None, ends: date | None, *, pool: bool) -> Iterator[UsageNotice]:
    if not limit:
        return
    who = "Your organization has" if pool else "You have"
    until = f"until {spelled(ends)}" if ends else "until next month"
    every = "the only message" if limit == 1 else f"all {limit:,} messages"
    soon = -(-limit * 4 // 5)
    if soon < limit:
        yield UsageNotice(
            at=soon,
            pool=pool,
            text=f"{who} used {soon:,} of {limit:,} messages this month. After the last of them I"
            " go on answering from what your team has written down; what costs more waits"
            f" {until}.",
        )
    yield UsageNotice(
        at=limit,
        pool=pool,
        text=f"{who} used {every} of this month. I go on answering from what your"
        f" team has written down; what costs more waits {until}, unless an admin gives you more.",
        buttons=(more_button(Resource.MESSAGES),),
    )


def spelled(day: date) -> str:
    """A day as people read it: 1 December."""
    return f"{day.day} {day:%B}"
