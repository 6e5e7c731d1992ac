"""What goes wrong when posting has the meaning that the outbox acts on."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from core.errors import (
    FormatRejectedError,
    NotPostedError,
    PlatformError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnconfirmedError,
)
from core.ports.platform import ConfirmsPostings
from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import StandIn
from simulator.telegram import TelegramStandIn
from tests.contract.postings import answer_to
from tests.contract.transports import Transport
from tests.journeys.faults import forbid, refuse_the_format, revoke_the_token, slow_down

SECONDS = 90
"""Longer than the pauses that a client library may sleep through by itself."""


def pause(stand_in: StandIn) -> None:
    slow_down(stand_in, seconds=SECONDS)


def fail(stand_in: StandIn) -> None:
    """Answer the next posting with a 503."""
    match stand_in:
        case SlackStandIn() | TelegramStandIn():
            stand_in.fail_next(status=503)
        case DiscordStandIn():
            stand_in.fail_next(503)


@pytest.mark.parametrize(
    ("break_it", "meanings"),
    [
        (pause, {RateLimitedError}),
        (refuse_the_format, {FormatRejectedError}),
        (forbid, {RejectedError}),
        (fail, {NotPostedError, UnconfirmedError}),
    ],
)
async def test_each_refusal_has_one_meaning_and_shows_nothing(
    transport: Transport, break_it: Callable[[StandIn], None], meanings: set[type[Exception]]
) -> None:
    async with transport.listening():
        message = await transport.mentioned()
        break_it(transport.stand_in)
        with pytest.raises(PlatformError) as refusal:
            await transport.adapter.send(answer_to(message))

    assert meaning_of(refusal.value) in meanings
    if isinstance(refusal.value, RateLimitedError):
        assert refusal.value.retry_after == timedelta(seconds=SECONDS)
    assert transport.stand_in.posted == []


def meaning_of(error: PlatformError) -> type:
    """The error of core that an adapter's own one is."""
    return next(kind for kind in type(error).__mro__ if kind.__module__ == "core.errors")


async def test_a_platform_out_of_reach_means_that_nothing_was_posted(
    transport: Transport,
) -> None:
    async with transport.listening():
        message = await transport.mentioned()
        async with transport.stand_in.unreachable():
            await asyncio.sleep(0.1)  # until connections that were open are known to be closed
            with pytest.raises(NotPostedError):
                await transport.adapter.send(answer_to(message))
        await transport.adapter.send(answer_to(message))

    assert len(transport.stand_in.posted) == 1


async def test_a_cut_after_acceptance_is_unconfirmed_and_found_or_not_repeated(
    transport: Transport,
) -> None:
    adapter, stand_in = transport.adapter, transport.stand_in
    async with transport.listening():
        posting = answer_to(await transport.mentioned())
        stand_in.accept_then_reset()
        with pytest.raises(UnconfirmedError):
            await adapter.send(posting)
        if isinstance(adapter, ConfirmsPostings) and await adapter.find(posting) is None:
            await adapter.send(posting)

    assert len({posted.id for posted in stand_in.posted}) == 1


async def test_a_posting_that_never_arrived_is_not_found(transport: Transport) -> None:
    if not isinstance(transport.adapter, ConfirmsPostings):
        return
    async with transport.listening():
        message = await transport.mentioned()
        await transport.adapter.send(answer_to(message, "another"))
        found = await transport.adapter.find(answer_to(message))

    assert found is None


async def test_a_token_that_was_revoked_posts_nothing(transport: Transport) -> None:
    async with transport.listening():
        message = await transport.mentioned()
    revoke_the_token(transport.stand_in)
    with pytest.raises(TokenRejectedError):
        await transport.adapter.send(answer_to(message))

    assert transport.stand_in.posted == []


async def test_a_token_that_is_refused_ends_listening(any_transport: Transport) -> None:
    revoke_the_token(any_transport.stand_in)
    with pytest.raises(TokenRejectedError):
        await any_transport.adapter.listen(any_transport.inbox)
