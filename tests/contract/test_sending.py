"""A posting arrives where it belongs, whole, and before the eyes that it is for."""

from collections.abc import Callable

import pytest

from core.messages import Capability, Kind
from core.splitting import split
from core.text import utf16_length
from tests.contract.inbox import until
from tests.contract.postings import BUTTONS, answer_to, is_for_alone, private_answer_to
from tests.contract.transports import Transport

SECRET = "1,000 tokens are left."


async def test_a_reply_to_a_mention_lands_below_it(transport: Transport) -> None:
    async with transport.listening():
        asked = await transport.stand_in.ask("how?")
        delivery = await transport.adapter.send(answer_to(await transport.inbox.next()))

    (posted,) = transport.stand_in.replies_to(asked)
    assert (posted.text, posted.channel, posted.visible_to) == ("Like this.", asked.channel, None)
    assert delivery.message_ids == (posted.id,)


async def test_a_reply_to_a_direct_message_lands_with_its_author(transport: Transport) -> None:
    async with transport.listening():
        told = await transport.stand_in.tell("how?", person="grace")
        await transport.adapter.send(answer_to(await transport.inbox.next()))

    (posted,) = transport.stand_in.posted
    assert (posted.text, posted.channel) == ("Like this.", told.channel)
    assert is_for_alone(transport.stand_in, posted, "grace")


async def test_a_reply_to_a_command_lands_in_its_channel(any_transport: Transport) -> None:
    async with any_transport.listening():
        asked = await any_transport.stand_in.command("/ask how?")
        await any_transport.adapter.send(answer_to(await any_transport.inbox.next()))

    (posted,) = any_transport.stand_in.replies_to(asked)
    assert (posted.text, posted.channel, posted.visible_to) == ("Like this.", asked.channel, None)


async def test_a_second_posting_lands_in_the_same_conversation(transport: Transport) -> None:
    """It has an address of its own, which the first one's answer did not change."""
    async with transport.listening():
        message = await transport.mentioned()
        for text in ("one", "two"):
            await transport.adapter.send(answer_to(message, text))

    asked = transport.stand_in.asked[0]
    assert [posted.text for posted in transport.stand_in.replies_to(asked)] == ["one", "two"]


async def test_a_long_answer_arrives_in_parts_and_in_order(any_transport: Transport) -> None:
    adapter, stand_in = any_transport.adapter, any_transport.stand_in
    words = [f"word{number:05}" for number in range(adapter.text_limit // 4)]
    parts = split(" ".join(words), adapter.text_limit)
    assert len(parts) > 2
    async with any_transport.listening():
        asked = await stand_in.command("/ask everything")
        message = await any_transport.inbox.next()
        for part in parts:
            await adapter.send(answer_to(message, part))

    assert " ".join(posted.text for posted in stand_in.replies_to(asked)).split() == words


def emoji(limit: int) -> str:
    return "😀" * (limit // 2 - 2) + " END"


def code(limit: int) -> str:
    line = "print(a < b & c)  # *not* bold_\n"
    room = limit - len("```python\nEND\n```")
    return f"```python\n{(line * (room // len(line) + 1))[: room - 1]}\nEND\n```"


def table(limit: int) -> str:
    head, row, last = "| name | value |\n|---|---|\n", "| a & b | **1** |\n", "| END | {} |"
    rows = (limit - len(head) - len(last)) // len(row)
    text = head + row * rows
    return text + last.format("x" * (limit - len(text) - len(last) + 2))


def marks(limit: int) -> str:
    return ("**a** & <b> _c_ `d` " * limit)[: limit - 4].rstrip().ljust(limit - 4, "x") + " END"


@pytest.mark.parametrize("write", [emoji, code, table, marks])
async def test_a_posting_of_just_the_limit_is_taken_whole(
    transport: Transport, write: Callable[[int], str]
) -> None:
    limit = transport.adapter.text_limit
    text = write(limit)
    assert utf16_length(text) == limit
    async with transport.listening():
        message = await transport.mentioned()
        delivery = await transport.adapter.send(answer_to(message, text))

    (posted,) = transport.stand_in.posted
    assert delivery.message_ids == (posted.id,)
    for word in ("END", "😀", "print", "name", "&", "c"):
        assert posted.text.count(word) == text.count(word)


@pytest.mark.parametrize("restarted", [False, True])
async def test_what_is_private_is_seen_by_its_person_alone(
    any_transport: Transport, restarted: bool
) -> None:
    async with any_transport.listening():
        message = await any_transport.commanded("/usage", person="grace")
        posting = private_answer_to(message, SECRET, restarted=restarted)
        await any_transport.adapter.send(posting)

    (posted,) = any_transport.stand_in.posted
    assert posted.text == SECRET
    assert is_for_alone(any_transport.stand_in, posted, "grace")


async def test_a_private_answer_to_a_mention_is_seen_by_its_author_alone(
    transport: Transport,
) -> None:
    """Without a handle from the start."""
    async with transport.listening():
        message = await transport.mentioned()
        await transport.adapter.send(private_answer_to(message, SECRET, restarted=False))

    (posted,) = transport.stand_in.posted
    assert is_for_alone(transport.stand_in, posted, "ada")


async def test_a_private_answer_stays_in_the_channel_where_that_is_declared(
    any_transport: Transport,
) -> None:
    async with any_transport.listening():
        message = await any_transport.commanded("/usage")
        await any_transport.adapter.send(private_answer_to(message, SECRET, restarted=False))

    (posted,) = any_transport.stand_in.posted
    stays = posted.channel == message.conversation.channel
    assert stays == (Capability.EPHEMERAL in any_transport.adapter.capabilities)


async def test_buttons_show_their_labels_and_come_back_with_their_values(
    any_transport: Transport,
) -> None:
    adapter, stand_in = any_transport.adapter, any_transport.stand_in
    assert Capability.BUTTONS in adapter.capabilities
    async with any_transport.listening():
        message = await any_transport.commanded()
        await adapter.send(answer_to(message, buttons=BUTTONS))
        (posted,) = stand_in.posted
        await stand_in.click(posted, "👎", person="grace", copies=2)
        await until(lambda: len(any_transport.inbox.taken) == 3)
        click = await any_transport.inbox.next()
        await stand_in.click(posted, "👍", person="grace")
        other = await any_transport.inbox.next()

    assert posted.buttons == ("👍", "👎")
    assert (click.kind, click.text, click.reply_to) == (Kind.CLICK, "rate:down:1", posted.id)
    assert click.author.id != message.author.id
    assert click.conversation.channel == message.conversation.channel
    assert click.dedupe_key != other.dedupe_key
    assert other.text == "rate:up:1"


async def test_a_word_on_a_click_is_seen_by_who_clicked_alone(any_transport: Transport) -> None:
    adapter, stand_in = any_transport.adapter, any_transport.stand_in
    async with any_transport.listening():
        await adapter.send(answer_to(await any_transport.commanded(), buttons=BUTTONS))
        await stand_in.click(stand_in.posted[0], "👎", person="grace")
        click = await any_transport.inbox.next()
        await adapter.send(private_answer_to(click, "Thanks!", restarted=False))
        await until(lambda: len(stand_in.posted) == 2)

    thanks = stand_in.posted[1]
    assert thanks.text == "Thanks!"
    assert is_for_alone(stand_in, thanks, "grace")


async def test_a_reply_in_a_thread_stays_in_it_where_that_is_declared(
    transport: Transport,
) -> None:
    """What has no threads in its channels has another address for each: Discord's are channels."""
    async with transport.listening():
        message = await transport.mentioned()
        await transport.adapter.send(answer_to(message))

    threads = Capability.THREADS in transport.adapter.capabilities
    assert bool(message.conversation.thread) == threads
