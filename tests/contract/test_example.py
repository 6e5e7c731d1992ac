"""The platform of docs/add-a-platform.md keeps the promises of the port, and the core serves it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import uuid4

import pytest

from adapters.stores.postgres.recovery import PostgresRecovery
from bots.embedded import Addresses
from bots.opening import open_stores
from bots.platforms import Platforms
from bots.settings import Settings
from bots.wiring import wire
from core.errors import (
    ConfigurationError,
    NotPostedError,
    PlatformError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnconfirmedError,
)
from core.messages import Platform
from docs.examples.platform.adapter import CourierAdapter
from docs.examples.platform.config import CourierConfig
from docs.examples.platform.standin import CourierStandIn
from simulator.standin import StandIn
from tests.contract import test_listening, test_receiving, test_sending
from tests.contract.inbox import until
from tests.contract.postings import answer_to
from tests.contract.transports import Transport

PROMISES: tuple[Callable[[Transport], Awaitable[None]], ...] = (
    test_listening.test_it_ends_at_once_when_it_is_cancelled_and_leaves_no_task,
    test_listening.test_it_can_begin_again_after_it_ended,
    test_receiving.test_a_mention_arrives_in_its_own_words,
    test_receiving.test_a_direct_message_arrives_in_its_own_words,
    test_receiving.test_a_command_begins_with_its_name,
    test_receiving.test_an_address_can_be_stored,
    test_receiving.test_two_people_are_told_apart_and_one_is_known_again,
    test_receiving.test_copies_of_a_message_have_one_key,
    test_receiving.test_copies_of_a_command_have_one_key,
    test_receiving.test_a_conversation_is_handed_over_in_order,
    test_sending.test_a_reply_to_a_mention_lands_below_it,
    test_sending.test_a_reply_to_a_command_lands_in_its_channel,
    test_sending.test_a_second_posting_lands_in_the_same_conversation,
    test_sending.test_a_long_answer_arrives_in_parts_and_in_order,
)


@pytest.fixture
async def courier() -> AsyncIterator[CourierStandIn]:
    async with CourierStandIn() as courier:
        yield courier


def adapter_for(courier: CourierStandIn) -> CourierAdapter:
    settings = courier.environment
    config = CourierConfig(token=settings["COURIER_TOKEN"], api_url=settings["COURIER_API_URL"])
    return CourierAdapter(config)


@pytest.fixture
async def transport(courier: CourierStandIn) -> AsyncIterator[Transport]:
    async def ready() -> None:
        await asyncio.sleep(0)

    async with adapter_for(courier) as adapter:
        stand_in = cast("StandIn", courier)  # it has what these promises ask of one
        yield Transport(name="http", stand_in=stand_in, adapter=adapter, ready=ready)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
async def test_it_keeps_the_promises_of_the_port(
    transport: Transport, promise: Callable[[Transport], Awaitable[None]]
) -> None:
    await promise(transport)


async def test_what_could_not_be_committed_comes_again(transport: Transport) -> None:
    transport.inbox.available = False
    async with transport.listening():
        await transport.stand_in.tell("how?")
        await until(lambda: transport.inbox.refused)
        transport.inbox.available = True
        assert (await transport.inbox.next()).text == "how?"


async def test_others_words_trigger_nothing(transport: Transport, courier: CourierStandIn) -> None:
    async with transport.listening():
        courier.overhear("@trialogue hello", is_bot=True)
        courier.overhear("good morning")
        assert (await transport.mentioned("how?")).text == "how?"


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, RejectedError),
        (401, TokenRejectedError),
        (429, RateLimitedError),
        (503, UnconfirmedError),
    ],
)
async def test_each_refusal_has_one_meaning(
    transport: Transport, courier: CourierStandIn, status: int, meaning: type[PlatformError]
) -> None:
    async with transport.listening():
        message = await transport.mentioned()
        courier.refuse_next(status, {"Retry-After": "3"})
        with pytest.raises(meaning) as caught:
            await transport.adapter.send(answer_to(message))
    if isinstance(caught.value, RateLimitedError):
        assert caught.value.retry_after == timedelta(seconds=3)


async def test_a_cut_after_acceptance_is_not_shown_twice(
    transport: Transport, courier: CourierStandIn
) -> None:
    async with transport.listening():
        posting = answer_to(await transport.mentioned())
        courier.accept_then_reset()
        with pytest.raises(UnconfirmedError):
            await transport.adapter.send(posting)
        await transport.adapter.send(posting)
    assert len(courier.posted) == 1


async def test_a_token_that_is_refused_ends_listening(
    transport: Transport, courier: CourierStandIn
) -> None:
    courier.revoked = True
    with pytest.raises(TokenRejectedError):
        await transport.adapter.listen(transport.inbox)


async def test_a_platform_out_of_reach_means_that_nothing_was_posted(transport: Transport) -> None:
    async with transport.listening():
        posting = answer_to(await transport.mentioned())
    nowhere = CourierConfig(token="token", api_url="http://127.0.0.1:1")
    async with CourierAdapter(nowhere) as adapter:
        with pytest.raises(NotPostedError):
            await adapter.send(posting)


@pytest.mark.parametrize(("token", "url"), [("", "http://x"), ("a\nb", "http://x"), ("a", "x")])
def test_a_setting_that_cannot_be_right_is_named(token: str, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^COURIER_(TOKEN|API_URL) "):
        CourierConfig(token=token, api_url=url)


async def test_the_core_serves_it(courier: CourierStandIn, addresses: Addresses) -> None:
    settings = Settings(
        _env_file=None,
        postgres_dsn=addresses.postgres_dsn,
        postgres_owner_dsn=addresses.postgres_owner_dsn,
        redis_url=addresses.redis_url,
        access="open",
    )
    replica = uuid4()
    async with open_stores(settings, replica) as stores, adapter_for(courier) as adapter:
        recovery = PostgresRecovery(
            database=stores.database,
            replica=replica,
            timeout=timedelta(minutes=5),
            platforms=(Platform.HTTP,),
        )
        await recovery.heartbeat()
        platforms = Platforms(adapters={Platform.HTTP: adapter}, routes=())
        async with asyncio.TaskGroup() as work:
            bot = wire(replica, stores, platforms, recovery, work)
            listening = work.create_task(adapter.listen(bot.chatbot.receive))
            for asked in (await courier.ask("help"), await courier.command("/usage")):
                await until(partial(courier.replies_to, asked))
            await until(lambda: not bot.busy())
            listening.cancel()
    shown, private = courier.posted
    assert "Ask me a question" in shown.text
    assert shown.visible_to is None
    assert "You have used" in private.text
    assert private.visible_to == "ada"
