"""Telegram shows that the bot is typing, and no message has to wait for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.platforms.telegram.adapter import TelegramAdapter
from adapters.platforms.telegram.client import BotApi
from adapters.platforms.telegram.config import TelegramConfig
from adapters.platforms.telegram.pace import CHAT, GROUP, pace_of
from adapters.platforms.telegram.sending import Sending
from core.budgets import LocalBudgets
from core.errors import RateLimitedError, RejectedError
from core.messages import Capability
from core.pacing import Pacing
from core.ports.platform import ShowsTyping
from simulator.telegram import TelegramStandIn
from tests.platforms.telegram import adapter_for, conversation_in, posting_to


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn(longest_poll=0.3) as standin:
        yield standin


@pytest.fixture
async def adapter(telegram: TelegramStandIn) -> AsyncIterator[TelegramAdapter]:
    async with adapter_for(telegram) as adapter:
        yield adapter


@dataclass
class Paced:
    """The way out with the pace kept, at a moment that does not pass."""

    telegram: TelegramStandIn
    sending: Sending
    chat: str

    async def post(self) -> None:
        await self.sending.post(posting_to(conversation_in(self.chat), "hi"))

    async def type(self) -> None:
        await self.sending.show_typing(conversation_in(self.chat))

    @property
    def typed(self) -> int:
        return self.telegram.api.arrivals.count("sendChatAction")


@pytest.fixture
async def paced(telegram: TelegramStandIn) -> AsyncIterator[Paced]:
    config = TelegramConfig(token=telegram.token, api_url=telegram.url)
    async with BotApi(config) as api:
        budgets = LocalBudgets(clock=lambda: 1_000.0)
        pacing = Pacing(budgets=budgets, pace_of=pace_of, clock=lambda: 1_000.0)
        sending = Sending(api=api, pacing=pacing, to_html=str)
        yield Paced(telegram, sending, str(telegram.chats.group("general").id))


def test_it_is_declared(adapter: TelegramAdapter) -> None:
    assert isinstance(adapter, ShowsTyping)
    assert Capability.TYPING in adapter.capabilities


async def test_it_is_shown_in_the_topic(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    chat = str(telegram.chats.group("general").id)
    for thread in ("0", "1", "77"):
        await adapter.show_typing(conversation_in(chat, thread))
    assert telegram.world.actions == [(chat, "typing")] * 3
    threads = [call.parameters.get("message_thread_id") for call in telegram.api.calls]
    assert threads == [None, 1, 77]


async def test_statement_26_typing_takes_no_turn_of_a_message(paced: Paced) -> None:
    for _ in range(GROUP.limit):
        await paced.type()
    assert paced.typed == CHAT.limit, "what would be too much is left out"
    for _ in range(CHAT.limit):
        await paced.post()
    assert len(paced.telegram.posted) == CHAT.limit
    with pytest.raises(RateLimitedError):
        await paced.post()


async def test_typing_gets_what_messages_leave(paced: Paced) -> None:
    for _ in range(CHAT.limit):
        await paced.post()
    await paced.type()
    assert paced.typed == 0


async def test_statement_26_a_429_on_typing_holds_up_no_message(paced: Paced) -> None:
    paced.telegram.fail_next(status=429, retry_after=7, method="sendChatAction")
    with pytest.raises(RateLimitedError):
        await paced.type()
    await paced.post()
    assert len(paced.telegram.posted) == 1


@pytest.mark.parametrize("everybody", [True, False])
async def test_statement_26_in_a_pause_nobody_types(paced: Paced, everybody: bool) -> None:
    chat = conversation_in(paced.chat)
    await paced.sending.pacing.pause(chat, timedelta(seconds=5), whole_bot=everybody)
    await paced.type()
    assert paced.typed == 0


async def test_a_chat_that_is_unknown_is_an_error_of_the_platform(
    adapter: TelegramAdapter,
) -> None:
    with pytest.raises(RejectedError):
        await adapter.show_typing(conversation_in("-1009999"))
