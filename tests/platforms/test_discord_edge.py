"""The endpoint for Discord's signed requests."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from nacl.signing import SigningKey

from simulator.discord import DiscordStandIn
from simulator.discord.endpoint import Endpoint, EndpointRefusedError
from tests.platforms.discord import Received, adapter_for, listening, serving

PING = b'{"id":"1","application_id":"2","type":1,"token":"t","version":1}'


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
async def endpoint(discord: DiscordStandIn) -> AsyncIterator[Endpoint]:
    async with listening(discord, Received()) as adapter, serving(adapter) as url:
        await discord.verify_endpoint(url)
        yield discord.endpoint


async def test_statement_07_a_ping_is_answered_and_a_wrong_signature_is_not(
    discord: DiscordStandIn, endpoint: Endpoint
) -> None:
    pong = await endpoint.post(PING)

    assert pong == (200, "application/json", b'{"type":1}')
    other = SigningKey.generate().sign(b"1700000000" + PING).signature.hex()
    for wrong in (None, other, "00" * 64, "00", "zz" * 64, "é" * 64, "00" * 1_000):
        status, _, body = await endpoint.post(PING, signature=wrong)
        assert (status, body) == (401, b"")


async def test_statement_07_a_signature_is_good_for_its_body_and_time_alone(
    discord: DiscordStandIn, endpoint: Endpoint
) -> None:
    now = str(int(discord.world.now().timestamp()))
    signature = endpoint.sign(now, PING)

    assert (await endpoint.post(PING, signature=signature, timestamp=now))[0] == 200
    assert (await endpoint.post(PING + b" ", signature=signature, timestamp=now))[0] == 401
    later = str(int(now) + 1)
    assert (await endpoint.post(PING, signature=signature, timestamp=later))[0] == 401


@pytest.mark.parametrize(("off", "status"), [(-301, 401), (-295, 200), (295, 200), (305, 401)])
async def test_statement_08_a_timestamp_of_more_than_five_minutes_is_refused(
    endpoint: Endpoint, off: int, status: int
) -> None:
    endpoint.seconds_off = off

    assert (await endpoint.post(PING))[0] == status


@pytest.mark.parametrize("timestamp", ["", "abc", "-1", "1e9", "٣", "9" * 40])
async def test_a_timestamp_that_is_none_is_refused(endpoint: Endpoint, timestamp: str) -> None:
    assert (await endpoint.post(PING, timestamp=timestamp))[0] == 401


async def test_nothing_that_is_signed_is_a_fault_of_ours(endpoint: Endpoint) -> None:
    unknown = {"id": "1", "application_id": "2", "token": "t", "channel_id": "3"}
    for body in (
        b"",
        b"not json",
        b"[]",
        b'{"type":1',
        b'{"type":null}',
        b"[" * 100_000,
        b"\xff\xfe",
        json.dumps({**unknown, "type": 2}).encode(),
        json.dumps({**unknown, "type": 2, "data": {"name": "ask"}}).encode(),
        json.dumps({**unknown, "type": 99, "data": {}, "user": {"id": "5"}}).encode(),
    ):
        assert (await endpoint.post(body))[0] == 400


async def test_a_large_body_is_refused_unread(endpoint: Endpoint) -> None:
    assert (await endpoint.post(b" " * ((1 << 20) + 1)))[0] == 413


async def test_before_listening_people_are_asked_to_try_again(discord: DiscordStandIn) -> None:
    async with listening(discord, Received()) as adapter:
        await discord.guilds.registered("help")
    async with serving(adapter) as url:
        await discord.verify_endpoint(url)
        asked = await discord.command("/help")
        await discord.answered(1, timeout=60)

    assert discord.interaction(asked).acknowledged == 4
    assert discord.posted[0].visible_to == "ada"


async def test_an_address_that_lets_wrong_signatures_pass_is_not_taken(
    discord: DiscordStandIn,
) -> None:
    async with adapter_for(discord, public_key="00" * 32) as adapter, serving(adapter) as url:
        with pytest.raises(EndpointRefusedError):
            await discord.verify_endpoint(url)

    assert discord.endpoint.url == ""


async def test_many_at_once_are_each_answered(discord: DiscordStandIn, endpoint: Endpoint) -> None:
    answers = await asyncio.gather(*(endpoint.post(PING) for _ in range(50)))

    assert {status for status, _, _ in answers} == {200}
