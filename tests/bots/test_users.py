"""`trialogue users`: people are let in before they have written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bots.embedded import Addresses
from core.accounts import Access
from core.ports.inbox import Verdict
from tests.stores.replica import open_replica, slack_message, telegram_direct_message

REPOSITORY = Path(__file__).parents[2]


def trialogue(addresses: Addresses, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "POSTGRES_DSN": addresses.postgres_dsn}
    return subprocess.run(
        [sys.executable, "-m", "bots", *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


async def test_an_invited_person_may_ask(addresses: Addresses) -> None:
    first = trialogue(addresses, "users", "invite", "telegram", "42")
    again = trialogue(addresses, "users", "invite", "telegram", "42")
    slack = trialogue(addresses, "users", "invite", "slack", "U9", "--space", "T1")

    assert (first.returncode, first.stdout) == (0, "42 may ask now.\n")
    assert (again.returncode, again.stdout) == (0, "42 could ask already.\n")
    assert slack.returncode == 0
    async with open_replica(addresses, access=Access.INVITE) as replica:
        assert (await replica.admit(telegram_direct_message(1, user="42"))).verdict is Verdict.NEW
        assert (await replica.admit(slack_message(2, user="U9"))).verdict is Verdict.NEW
        stranger = await replica.admit(telegram_direct_message(3, user="43"))
        assert stranger.verdict is Verdict.REFUSED


def test_misuse_says_what_to_do(addresses: Addresses) -> None:
    without_team = trialogue(addresses, "users", "invite", "slack", "U9")
    nowhere = trialogue(addresses, "users", "invite", "discord", "1", "--org", "nobody")

    assert without_team.returncode == 2
    assert "--space" in without_team.stderr
    assert nowhere.returncode == 1
    assert "There is: default" in nowhere.stderr


async def test_a_person_gets_a_plan_and_a_role(addresses: Addresses) -> None:
    async with open_replica(addresses) as replica:
        await replica.admit(slack_message(1, user="U1"))
        slack = ("slack", "U1", "--space", "T1")
        plan = trialogue(addresses, "users", "plan", *slack, "pro", "--until", "2199-12-31")
        assert plan.stdout == "U1 is on the plan pro until 2199-12-31.\n", plan.stderr
        person = (await replica.admit(slack_message(2))).account
        assert person
        assert (person.plan, person.quota_limit) == ("pro", 20_000)

        own = ("enterprise", "--limit", "messages=5000", "--limit", "tasks=none")
        assert trialogue(addresses, "users", "plan", *slack, *own).returncode == 0
        person = (await replica.admit(slack_message(3))).account
        assert person
        assert (person.plan, person.quota_limit) == ("enterprise", 5000)

        role = trialogue(addresses, "users", "role", *slack, "admin")
        assert role.stdout == "U1 is an admin now.\n"
        assert await replica.one("SELECT role FROM memberships") == "admin"


def test_plans_are_shown_and_pools_set(addresses: Addresses) -> None:
    shown = trialogue(addresses, "plans", "--pool", "messages=50000", "--pool", "storage=1048576")
    assert shown.stdout.splitlines() == [
        (
            "guest: messages are not counted, no tasks, no storage, no knowledge entries,"
            " no language model calls"
        ),
        (
            "free: 1,000 messages, 20 tasks, 100 MB of storage, 500 knowledge entries,"
            " 50 language model calls"
        ),
        (
            "pro: 20,000 messages, 500 tasks, 10 GB of storage, 20,000 knowledge entries,"
            " 2,000 language model calls"
        ),
        "enterprise: no limits",
        "the organization together: 50,000 messages, 1 MB of storage",
    ]
    assert '"messages": 50000' in trialogue(addresses, "plans", "--json").stdout
    taken = trialogue(addresses, "plans", "--pool", "messages=none", "--pool", "storage=none")
    assert taken.stdout.endswith("the organization together: no limits\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("invite", "telegram", "abc"), 2, "'abc' is no id. Telegram's user ids are numbers"),
        (("invite", "telegram", "@ada"), 2, "Telegram's user ids are numbers, and no @names"),
        (("invite", "discord", "ada"), 2, "'ada' is no id. Discord's user ids are numbers"),
        (("invite", "slack", "7", "--space", "T1"), 2, "Slack's user ids begin with U or W"),
        (("invite", "slack", "U1", "--space", "acme"), 2, "Slack's teams begin with T or E"),
        (("plan", "telegram", "9", "pro"), 1, "Nobody with the id 9"),
        (("role", "telegram", "9", "admin"), 1, "Nobody with the id 9"),
        (("plan", "telegram", "9", "gold"), 2, "gold"),
        (("plan", "telegram", "9", "pro", "--until", "2020-01-01"), 2, "over"),
        (("plan", "telegram", "9", "pro", "--limit", "tasks=5"), 2, "enterprise"),
        (("plan", "telegram", "9", "enterprise", "--limit", "cakes=5"), 2, "none of messages"),
        (("plan", "telegram", "9", "enterprise", "--limit", "tasks=-5"), 2, "tasks=5000"),
    ],
)
def test_what_cannot_be_done_is_said(
    addresses: Addresses, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = trialogue(addresses, "users", *arguments)
    assert result.returncode == code
    assert said in " ".join(result.stderr.replace("│", "").split())


def test_retention_is_shown_and_set(addresses: Addresses) -> None:
    times = ("--set", "conversations=3y", "--set", "audit=18mo")
    shown = trialogue(addresses, "retention", *times, "--yes")
    assert shown.stdout.splitlines() == [
        "conversations: 3 years",
        "analytics: 2 years",
        "audit: 1 year 6 months",
        "sessions: 30 days",
    ]
    wrong = trialogue(addresses, "retention", "--set", "conversations=soon")
    assert wrong.returncode == 2
    assert "18mo" in wrong.stderr


async def test_a_shorter_time_is_asked_about_first(addresses: Addresses) -> None:
    day = ("retention", "--set", "conversations=1d")
    asked = trialogue(addresses, *day)
    assert asked.returncode == 1
    assert "Conversations, and the votes on them, from before" in asked.stderr
    assert "Go on?" in asked.stderr
    assert "conversations: 1 day" not in trialogue(addresses, "retention").stdout
    assert trialogue(addresses, *day, "--yes").stdout.startswith("conversations: 1 day\n")
    longer = trialogue(addresses, "retention", "--set", "conversations=2d")
    assert longer.stdout.startswith("conversations: 2 days\n")
    assert longer.stderr == ""


async def test_who_is_in_is_listed_and_can_be_let_out(addresses: Addresses) -> None:
    trialogue(addresses, "users", "invite", "telegram", "42")
    async with open_replica(addresses, access=Access.INVITE) as replica:
        await replica.settle(await replica.admit(telegram_direct_message(1, user="42")), "yes")
        listed = trialogue(addresses, "users", "list")
        assert listed.stdout == ("telegram 42: member, free, 1 message this month\n")
        [one] = json.loads(trialogue(addresses, "users", "list", "--json").stdout)
        assert (one["platform"], one["id"], one["messages"]) == ("telegram", "42", 1)

        removed = trialogue(addresses, "users", "remove", "telegram", "42")
        again = trialogue(addresses, "users", "remove", "telegram", "42")
        assert removed.stdout.startswith("42 may not ask any more where ACCESS=invite.")
        assert "ACCESS=members" in removed.stdout
        assert again.stdout == "42 was not in.\n"
        stranger = await replica.admit(telegram_direct_message(2, user="42"))
        assert stranger.verdict is Verdict.REFUSED
    assert trialogue(addresses, "users", "list").stdout == "Nobody yet.\n"
