"""`trialogue privacy`: what is kept about a person is printed, and forgotten when that is meant."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bots.embedded import Addresses
from tests.bots.commands import environment, trialogue
from tests.ports import free_port
from tests.stores.replica import Replica, open_replica, slack_message

ADA = ("slack", "U1", "--space", "T1")
SECRET = "where is my secret?"


async def say(replica: Replica) -> None:
    """One message that is answered."""
    await replica.settle(await replica.admit(slack_message(1, text=SECRET)), "Here.")


async def export(directory: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    result = await asyncio.to_thread(trialogue, directory, "privacy", "export", *ADA, **variables)
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


async def test_a_person_is_given_everything_and_forgotten_when_that_is_confirmed(
    addresses: Addresses, tmp_path: Path
) -> None:
    variables = {"POSTGRES_DSN": addresses.postgres_dsn, "REDIS_URL": addresses.redis_url}
    async with open_replica(addresses) as replica:
        await say(replica)
        [said] = (await export(tmp_path, variables))["conversations"].values()
        assert [one["text"] for one in said] == [SECRET, "Here."]

        declined = await asyncio.to_thread(answer, "n\n", tmp_path, variables)
        assert (declined.returncode, "cannot be taken back" in declined.stdout) == (1, True)
        assert (await export(tmp_path, variables))["conversations"] != {}

        confirmed = await asyncio.to_thread(answer, "y\n", tmp_path, variables)
        assert confirmed.returncode == 0
        assert "U1 is forgotten." in confirmed.stdout
        after = await export(tmp_path, variables)
        assert (after["conversations"], after["complete"]) == ({}, True)


async def test_a_store_that_is_away_is_named_and_left_to_the_bot(
    addresses: Addresses, tmp_path: Path
) -> None:
    variables = {
        "POSTGRES_DSN": addresses.postgres_dsn,
        "REDIS_URL": addresses.redis_url,
        "SCYLLA_HOST": "127.0.0.1",
        "SCYLLA_PORT": str(free_port()),
    }
    async with open_replica(addresses) as replica:
        await say(replica)
        result = await asyncio.to_thread(
            trialogue, tmp_path, "privacy", "erase", *ADA, "--yes", **variables
        )
        assert result.returncode == 0
        assert "ScyllaDB is away: a running bot deletes what is there" in result.stdout
        assert await replica.one("SELECT count(*) FROM erasures WHERE done = '{redis}'") == 1
        assert await replica.one("SELECT answer FROM inbox") == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("export", "slack", "U1"), 2, "give --space there"),
        (("erase", "telegram", "77", "--yes"), 1, "Nobody with the id 77 is known on telegram"),
    ],
)
def test_who_is_not_known_is_said(
    addresses: Addresses, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    variables = {"POSTGRES_DSN": addresses.postgres_dsn, "REDIS_URL": addresses.redis_url}
    result = trialogue(tmp_path, "privacy", *arguments, **variables)
    assert (result.returncode, said in result.stderr) == (code, True)


def answer(
    words: str, directory: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Answer the question whether that is meant."""
    return subprocess.run(
        [sys.executable, "-m", "bots", "privacy", "erase", *ADA],
        cwd=directory,
        env=environment(variables),
        input=words,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
