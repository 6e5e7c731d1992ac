"""`trialogue users`: people are let in before they have written."""

import os
import subprocess
import sys
from pathlib import Path

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
        timeout=60,
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
