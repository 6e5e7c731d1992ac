"""What `/usage` says, to a person and to an admin."""

from collections.abc import Iterator, Mapping

from core.accounts import Account, Pool, Resource
from core.ports.usage import TeamUsage, Use
from core.usage.notices import spelled
from core.wording import counted

ADMINS_ONLY = (
    "Only admins of your organization can see what the whole team has used. `/usage` shows what you"
    " have used yourself."
)
NAMES = {
    Resource.MESSAGES: "messages",
    Resource.TASKS: "tasks",
    Resource.STORAGE: "of storage",
    Resource.KNOWLEDGE_ENTRIES: "knowledge entries",
    Resource.COMPLETIONS: "language model calls",
}
SINGLE = {
    Resource.MESSAGES: "message",
    Resource.TASKS: "task",
    Resource.KNOWLEDGE_ENTRIES: "knowledge entry",
    Resource.COMPLETIONS: "language model call",
}
UNITS = ("bytes", "KB", "MB", "GB", "TB")
UNIT = 1024


def own_usage(account: Account, others: Mapping[Resource, Use]) -> str:
    """What a person has used this month, of messages and of `others`."""
    if not account.tracked:
        return f"Your messages are not counted (plan: {account.plan})."
    used = _of(account.quota_used, account.quota_limit)
    lines = [f"You have used {used} this month (plan: {account.plan})."]
    if also := [_own_use(one, use) for one, use in others.items() if one is not Resource.MESSAGES]:
        lines.append(f"Besides: {', '.join(also)}.")
    if account.pool:
        pool = account.pool
        lines.append(f"Your organization has used {_of(pool.used, pool.limit)} together.")
    if account.period_ends:
        lines.append(f"The count begins anew on {spelled(account.period_ends)}.")
    return "\n".join(lines)


def team_usage(team: TeamUsage) -> str:
    """What an organization has used this month, and who wrote the most."""
    return "\n".join(_team_lines(team))


def amount(resource: Resource, quantity: int) -> str:
    """A quantity of a resource in words: 12 tasks, 3.5 MB of storage."""
    name = NAMES[resource]
    if quantity == 1 and resource is not Resource.STORAGE:
        name = SINGLE[resource]
    return f"{_number(resource, quantity)} {name}"


def _team_lines(team: TeamUsage) -> Iterator[str]:
    yield f"Your team this month, {counted(team.people, 'person', 'people')}:"
    for resource, used in team.used.items():
        yield f"- {_team_line(resource, used, team.pools.get(resource))}"
    if team.top:
        yield "\nMost messages:"
    several = len({person.platform for person in team.top}) > 1
    for place, person in enumerate(team.top, start=1):
        platform = person.platform.capitalize() if several and person.platform else ""
        # Who has no name is called by their platform already.
        told = not platform or person.name.startswith(f"{platform} ")
        where = "" if told else f" ({platform})"
        yield f"{place}. {plain_name(person.name)}{where}: {person.messages:,}"
    yield f"\nThe count begins anew on {spelled(team.period_ends)}."


def _own_use(resource: Resource, use: Use) -> str:
    if use.limit is None:
        return amount(resource, use.used)
    return f"{_number(resource, use.used)} of {amount(resource, use.limit)}"


def _team_line(resource: Resource, used: int, pool: Pool | None) -> str:
    if pool is None:
        return amount(resource, used)
    return f"{_number(resource, used)} of {amount(resource, pool.limit)}"


def plain_name(name: str) -> str:
    """A name that people gave themselves, without what would format, link or call somebody."""
    kept = "".join(letter for letter in name if letter.isalnum() or letter in " .'-")
    return " ".join(kept.split())[:60] or "(no name)"


def _of(used: int, limit: int | None) -> str:
    """So many messages, or so many of those that there are."""
    if limit is None:
        return counted(used, "message")
    return f"{used:,} of {counted(limit, 'message')}"


def _number(resource: Resource, quantity: int) -> str:
    if resource is not Resource.STORAGE:
        return f"{quantity:,}"
    size, place = float(quantity), 0
    while size >= UNIT and place < len(UNITS) - 1:
        size, place = size / UNIT, place + 1
    return f"{size:.3g} {UNITS[place]}"
