"""Listening begins, ends and begins again."""

import asyncio
from collections.abc import Collection

from core.messages import Capability, Platform
from core.ports.platform import ChatAdapter
from tests.contract.inbox import until
from tests.contract.transports import Transport

AT_ONCE = 100
NOT_OURS = ("/simulator/", "/aiohttp/web_protocol.py")
"""Whose tasks the stand-ins and the HTTP servers of a test have."""


async def test_it_ends_at_once_when_it_is_cancelled_and_leaves_no_task(
    any_transport: Transport,
) -> None:
    before = asyncio.all_tasks()
    async with any_transport.listening() as listener:
        await any_transport.commanded()
        listener.cancel()
        assert await turns_until(listener) < AT_ONCE
        assert listener.cancelled()
    await until(lambda: left(before) == [])


async def turns_until(task: asyncio.Task[None]) -> int:
    """How often somebody who looks every 10 ms, or as often as a busy machine lets them, does."""
    turns = 0
    while not task.done():
        await asyncio.wait({task}, timeout=0.01)
        turns += 1
    return turns


def left(before: Collection[asyncio.Task[object]]) -> list[asyncio.Task[object]]:
    """The tasks of ours that were not there before."""
    new = asyncio.all_tasks().difference(before)
    return [task for task in new if not any(place in place_of(task) for place in NOT_OURS)]


def place_of(task: asyncio.Task[object]) -> str:
    code = getattr(task.get_coro(), "cr_code", None)
    return str(code.co_filename) if code else ""


async def test_it_can_begin_again_after_it_ended(any_transport: Transport) -> None:
    for _ in range(2):
        async with any_transport.listening():
            assert (await any_transport.commanded()).text == "/ask how?"


async def test_what_it_can_do_is_declared(any_transport: Transport) -> None:
    adapter: ChatAdapter = any_transport.adapter
    assert adapter.platform is Platform(any_transport.name.partition("-")[0])
    assert Capability.MARKDOWN | Capability.BUTTONS in adapter.capabilities
    assert adapter.text_limit >= 1_000
