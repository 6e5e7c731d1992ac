"""What no platform takes comes to the admins, on the platform where it happened."""

from pathlib import Path

from bots.embedded import Addresses
from tests.journeys.history import at_rest
from tests.journeys.knowledge import teach
from tests.journeys.test_gaps import ADMINS, WITHIN, everywhere, meet_bob
from tests.process import running_bot
from tests.stores.people import open_owner

# As if the platforms had refused the answers a minute ago: a sweep leaves what is fresher alone.
REFUSED = """
UPDATE outbox SET state = 'dead', reason = 'channel is gone', ended_at = now() - interval '1 minute'
 WHERE text LIKE '%Source:%'
"""


async def test_an_admin_hears_on_each_platform_what_it_did_not_take(
    addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    async with everywhere(addresses) as (standins, environment), open_owner(addresses) as owner:
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            places = [await meet_bob(one) for one in standins]
            await owner.run(ADMINS)
            for place in places:
                await place.stand_in.ask("how can I reset my password?", person="ada")
                await place.sees("Source:")
            await at_rest(addresses, within=WITHIN)
            assert await bot.stop() == 0
        await owner.run(REFUSED)
        async with running_bot(environment, tmp_path / "again.log") as bot:
            for place, platform in zip(places, ("Slack", "Discord", "Telegram"), strict=True):
                letter = await place.sees("I have given it up", f"{platform} did not take 1 reply")
                assert place.is_for_bob(letter)
                assert "channel is gone" in letter.text
            await at_rest(addresses, within=WITHIN)
            assert await bot.stop() == 0
