"""`trialogue troubles`: what was given up."""

import asyncio
import json
from pathlib import Path

from bots.embedded import Addresses
from tests.bots.commands import trialogue
from tests.stores.replica import open_replica, slack_message


async def test_what_was_given_up_is_listed_with_its_place_and_reason(
    addresses: Addresses, tmp_path: Path
) -> None:
    variables = {"POSTGRES_DSN": addresses.postgres_dsn}
    async with open_replica(addresses) as replica:
        admitted = await replica.admit(slack_message(1, text="a secret question"))
        [posting] = (await replica.settle(admitted, "a secret answer")).postings
        await replica.outbox.dead(posting, "channel_not_found")
    listed = await asyncio.to_thread(trialogue, tmp_path, "troubles", **variables)
    first, second = listed.stdout.splitlines()
    assert first.endswith(f"posting  {posting.conversation.key}")
    assert second == "    channel_not_found"
    given = await asyncio.to_thread(trialogue, tmp_path, "troubles", "--json", **variables)
    [one] = json.loads(given.stdout)
    assert (one["id"], one["kind"], one["is_letter"]) == (str(posting.id), "posting", False)
    assert "secret" not in listed.stdout + given.stdout
