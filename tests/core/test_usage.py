"""What people are what_came_of of their use."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from core.accounts import Account, Pool, Resource
from core.clicks import AskForMore, Stale, more_button
from core.commands import Command, Usage, understand
from core.messages import IncomingMessage, Kind, Platform
from core.ports.inbox import Admitted
from core.ports.usage import Asked, PersonUsage, TeamUsage, Use
from core.usage.more import ASKED_BEFORE, NOBODY_TO_ASK, RequestMore, what_came_of
from core.usage.notices import notices_for
from core.usage.reports import amount, own_usage, plain_name, team_usage
from tests.core.memory import admitted

ENDS = date(2026, 12, 1)
OTHERS = {
    Resource.COMPLETIONS: Use(used=3, limit=50),
    Resource.MESSAGES: Use(used=1_200, limit=1_000),
    Resource.STORAGE: Use(used=2_097_152, limit=None),
}


def account(
    limit: int | None = 1000, used: int = 0, *, pool: Pool | None = None, tracked: bool = True
) -> Account:
    return Account(
        user_id=uuid4(),
        organization_id=uuid4(),
        plan="free",
        quota_limit=limit,
        quota_left=None,
        knowledge_revision=0,
        quota_used=used,
        tracked=tracked,
        pool=pool,
        period_ends=ENDS,
    )


@pytest.mark.parametrize(
    ("limit", "counts"),
    [(1000, [800, 1000]), (20, [16, 20]), (3, [3]), (1, [1]), (0, []), (None, [])],
)
def test_notices_are_at_four_fifths_and_at_the_end(limit: int | None, counts: list[int]) -> None:
    notices = notices_for(account(limit))
    assert [notice.at for notice in notices] == counts
    assert not any(notice.pool for notice in notices)
    assert [notice.at for notice in notices if notice.buttons] == counts[-1:]


def test_a_pool_has_notices_of_its_own() -> None:
    notices = notices_for(account(None, pool=Pool(limit=50, used=0)))
    assert [(notice.at, notice.pool) for notice in notices] == [(40, True), (50, True)]
    assert notices[0].text.startswith("Your organization has used 40 of 50 messages this month.")


def test_guests_have_no_notices_and_are_told_that_nothing_is_counted() -> None:
    guest = account(tracked=False)
    assert notices_for(guest) == ()
    assert own_usage(guest, {}) == "Your messages are not counted (plan: free)."


def test_own_use_names_limit_plan_pool_and_the_end_of_the_month() -> None:
    assert own_usage(
        account(1000, 1200, pool=Pool(limit=5000, used=4999)), OTHERS
    ).splitlines() == [
        "You have used 1,200 of 1,000 messages this month (plan: free).",
        "Besides: 3 of 50 language model calls, 2 MB of storage.",
        "Your organization has used 4,999 of 5,000 messages together.",
        "The count begins anew on 1 December.",
    ]
    assert own_usage(account(None, 7), {}).startswith("You have used 7 messages this month")


def test_a_team_is_shown_by_resource_and_by_person() -> None:
    team = TeamUsage(
        used={Resource.MESSAGES: 1500, Resource.STORAGE: 3_670_016},
        pools={Resource.MESSAGES: Pool(limit=5000, used=1500)},
        people=1,
        top=[PersonUsage(name="*Ada* <@everyone> [x](http://y)", messages=900)],
        period_ends=ENDS,
    )
    assert team_usage(team).splitlines() == [
        "Your team this month, 1 person:",
        "- 1,500 of 5,000 messages",
        "- 3.5 MB of storage",
        "",
        "Most messages:",
        "1. Ada everyone xhttpy: 900",
        "",
        "The count begins anew on 1 December.",
    ]


def test_people_of_several_platforms_are_told_apart() -> None:
    top = [
        PersonUsage(name="Ada", messages=3, platform=Platform.SLACK),
        PersonUsage(name="Ada", messages=2, platform=Platform.TELEGRAM),
        PersonUsage(name="Bob", messages=1),
    ]
    team = TeamUsage(used={}, pools={}, people=3, top=top, period_ends=ENDS)
    assert team_usage(team).splitlines()[3:6] == [
        "1. Ada (Slack): 3",
        "2. Ada (Telegram): 2",
        "3. Bob: 1",
    ]


def test_amounts_are_spelled_with_their_unit() -> None:
    assert amount(Resource.STORAGE, 12) == "12 bytes of storage"
    assert amount(Resource.STORAGE, 10 * 1024**3) == "10 GB of storage"
    assert amount(Resource.KNOWLEDGE_ENTRIES, 20_000) == "20,000 knowledge entries"


def test_a_name_of_signs_alone_is_no_name() -> None:
    assert plain_name("<!channel>") == "channel"
    assert plain_name("***") == "(no name)"


def message(text: str, kind: Kind = Kind.MESSAGE) -> IncomingMessage:
    return replace(admitted(text).message, kind=kind)


@pytest.mark.parametrize(
    ("text", "kind", "command"),
    [
        ("/usage", Kind.COMMAND, Usage()),
        ("/usage Team", Kind.MESSAGE, Usage(team=True)),
        ("/usage everything", Kind.MESSAGE, Usage()),
        (more_button(Resource.TASKS).value, Kind.CLICK, AskForMore(resource=Resource.TASKS)),
        ("more:cakes", Kind.CLICK, Stale()),
    ],
)
def test_what_asks_for_usage_is_understood(text: str, kind: Kind, command: Command) -> None:
    assert understand(message(text, kind)) == command


class Office:
    """Admins who keep their letters."""

    def __init__(self, *, admins: int, before: bool = False) -> None:
        self.answer = Asked(admins=admins, before=before)
        self.letters: list[str] = []

    async def ask_for_more(self, admitted: Admitted, resource: Resource, text: str) -> Asked:
        self.letters.append(text)
        return self.answer


@pytest.mark.parametrize(
    ("admins", "before", "answer"),
    [
        (0, False, NOBODY_TO_ASK),
        (2, True, ASKED_BEFORE),
        (1, False, "I have asked your admin for more."),
        (3, False, "I have asked 3 admins of your organization for more."),
    ],
)
async def test_who_asks_for_more_hears_what_came_of_it(
    admins: int, before: bool, answer: str
) -> None:
    office = Office(admins=admins, before=before)
    asking = admitted("more:messages")
    slack = replace(asking.message.author, platform=Platform.SLACK, scope="T1", name="<Ada>")
    asking = replace(asking, message=replace(asking.message, author=slack))
    asked = await RequestMore(admins=office)(asking, account(1000, 1000), Resource.MESSAGES)
    assert what_came_of(asked) == answer
    [letter] = office.letters
    assert letter.startswith("Ada has used 1,000 messages this month (plan: free)")
    assert "`trialogue users plan slack 3 pro --space T1`" in letter
