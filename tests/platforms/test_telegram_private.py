"""Commands and clicks on Telegram, and replies that only one person sees."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from adapters.platforms.telegram.adapter import TelegramAdapter
from adapters.platforms.telegram.private import NOTICE_LIMIT
from core.commands import COMMANDS
from core.errors import RateLimitedError, TokenRejectedError, UnconfirmedError
from core.messages import Button, Capability, IncomingMessage, Kind, Posting
from simulator.standin import Asked, Posted
from simulator.telegram import TelegramStandIn
from tests.platforms.telegram import (
    Received,
    adapter_for,
    conversation_in,
    listening,
    posting_to,
    served,
)

BUTTONS = (Button(label="👍", value="rate:up:1"), Button(label="👎", value="rate:down:1"))
USAGE = "You have used 2 of 1,000 messages."
THANKS = "Thank you, that is noted."


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn(longest_poll=0.3) as standin:
        yield standin


@pytest.fixture
async def adapter(telegram: TelegramStandIn) -> AsyncIterator[TelegramAdapter]:
    async with adapter_for(telegram) as adapter:
        yield adapter


@pytest.fixture(params=["polling", "webhook"])
async def either(
    request: pytest.FixtureRequest, telegram: TelegramStandIn
) -> AsyncIterator[TelegramAdapter]:
    opened = adapter_for(telegram) if request.param == "polling" else served(telegram)
    async with opened as adapter:
        yield adapter


def reply_to(message: IncomingMessage, text: str, *, private: bool = True) -> Posting:
    """A posting as the core makes it: private ones name their reader outside direct chats."""
    hidden = private and not message.conversation.direct
    return replace(
        posting_to(message.conversation, text, reply_to=message.message_id),
        visible_to=message.author.id if hidden else None,
        handle=message.handle,
    )


def shown_in(telegram: TelegramStandIn, asked: Asked) -> list[str]:
    """What everybody in a group can read of the bot."""
    return [one.text for one in telegram.posted if one.channel == asked.channel and _public(one)]


def _public(posted: Posted) -> bool:
    return posted.visible_to is None


# Commands


async def test_a_command_for_this_bot_arrives_without_its_name(
    telegram: TelegramStandIn, either: TelegramAdapter
) -> None:
    received = Received()
    async with listening(either, received):
        await telegram.command("/ask how?")
        await telegram.tell("/usage")
        telegram.say("/ask@AnotherBot how?")
        telegram.say("/roll 2d6")
        telegram.say("/help")
        await telegram.tell("/start payload")
        await telegram.ask("how?")
        await received.count(5)
    assert sorted((message.text, message.kind) for message in received.messages) == [
        ("/ask how?", Kind.COMMAND),
        ("/help", Kind.COMMAND),
        ("/start", Kind.COMMAND),
        ("/usage", Kind.COMMAND),
        ("how?", Kind.MESSAGE),
    ]


async def test_the_commands_are_announced_to_everybody_and_only_when_they_differ(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    for _ in range(3):
        received = Received()
        async with listening(adapter, received):
            await telegram.tell("hello")
            await received.count(1)
    calls = [call.parameters for call in telegram.calls if call.method == "setMyCommands"]
    menu = [{"command": one.name, "description": one.description} for one in COMMANDS]
    assert [call["commands"] for call in calls] == [menu, menu]
    assert set(telegram.world.commands) == {"all_private_chats", "all_group_chats"}
    telegram.world.commands["all_group_chats"] = []
    received = Received()
    async with listening(adapter, received):
        await telegram.tell("hello")
        await received.count(1)
    assert telegram.world.commands["all_group_chats"] == menu


async def test_what_is_private_in_a_group_is_written_to_the_person(
    telegram: TelegramStandIn, either: TelegramAdapter
) -> None:
    received = Received()
    async with listening(either, received):
        asked = await telegram.command("/usage")
        await received.count(1)
        delivery = await either.send(reply_to(received.messages[0], USAGE))
    [posted] = telegram.posted
    assert (posted.text, posted.visible_to, posted.channel) == (USAGE, "ada", "1001")
    assert shown_in(telegram, asked) == []
    assert delivery.message_ids == (), "an id of the private chat is none of the group's"


async def test_in_a_topic_too(telegram: TelegramStandIn, adapter: TelegramAdapter) -> None:
    topic = telegram.open_topic()
    received = Received()
    async with listening(adapter, received):
        await telegram.command("/usage", topic=topic)
        await received.count(1)
        await adapter.send(reply_to(received.messages[0], USAGE))
    assert [one.channel for one in telegram.posted] == ["1001"]


@pytest.mark.parametrize("why", ["stranger", "block"])
async def test_a_person_who_cannot_be_written_to_is_told_how_without_the_content(
    telegram: TelegramStandIn, adapter: TelegramAdapter, why: str
) -> None:
    getattr(telegram, why)("ada")
    received = Received()
    async with listening(adapter, received):
        asked = await telegram.command("/usage")
        await received.count(1)
        first = reply_to(received.messages[0], USAGE)
        delivery = await adapter.send(first)
        second = replace(first, id=uuid4(), text="and more of it")
        await adapter.send(second)
    [hint] = telegram.replies_to(asked)
    assert f"https://t.me/{telegram.username}" in hint.text
    assert "1,000" not in hint.text
    assert delivery.message_ids == (hint.id,)
    assert len(telegram.posted) == 1, "one hint is enough for a reply in parts"


async def test_what_is_private_in_a_private_chat_is_simply_the_reply(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    async with listening(adapter, received):
        asked = await telegram.tell("/usage")
        await received.count(1)
        await adapter.send(reply_to(received.messages[0], USAGE))
    assert [one.text for one in telegram.replies_to(asked)] == [USAGE]


@pytest.mark.parametrize(("status", "error"), [(401, TokenRejectedError), (429, RateLimitedError)])
async def test_trouble_with_a_private_reply_is_no_reason_for_a_public_one(
    telegram: TelegramStandIn, adapter: TelegramAdapter, status: int, error: type[Exception]
) -> None:
    telegram.fail_next(status=status, retry_after=5)
    telegram.chats.person("ada")
    posting = replace(
        posting_to(conversation_in(str(telegram.chats.group("general").id)), USAGE),
        visible_to="1001",
    )
    with pytest.raises(error):
        await adapter.send(posting)
    assert telegram.posted == []


# Clicks


async def clicked(
    telegram: TelegramStandIn,
    adapter: TelegramAdapter,
    *,
    direct: bool = False,
    topic: int | None = None,
) -> tuple[Asked, IncomingMessage]:
    """Ask, answer with buttons, and click the second of them."""
    received = Received()
    async with listening(adapter, received):
        if direct:
            await telegram.tell("refunds?")
        else:
            await telegram.ask("refunds?", topic=topic)
        await received.count(1)
        question = reply_to(received.messages[0], "Five days", private=False)
        await adapter.send(replace(question, buttons=BUTTONS))
        click = await telegram.click(telegram.posted[0], "👎", person="bob")
        await received.count(2)
    return click, received.messages[1]


async def test_buttons_stand_below_the_message(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    assert Capability.BUTTONS in adapter.capabilities
    posting = posting_to(conversation_in(str(telegram.chats.group("general").id)), "Five days")
    await adapter.send(replace(posting, buttons=BUTTONS))
    assert telegram.posted[0].buttons == ("👍", "👎")
    keyboard = [[{"text": one.label, "callback_data": one.value} for one in BUTTONS]]
    assert telegram.calls[-1].parameters["reply_markup"] == {"inline_keyboard": keyboard}


async def test_buttons_with_long_labels_have_a_row_each(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    posting = posting_to(conversation_in(str(telegram.chats.group("general").id)), "Did you mean")
    buttons = (*BUTTONS, Button(label="How do I reset my password?", value="pick:1"))
    await adapter.send(replace(posting, buttons=buttons))
    rows = [[{"text": one.label, "callback_data": one.value}] for one in buttons]
    assert telegram.calls[-1].parameters["reply_markup"] == {"inline_keyboard": rows}


async def test_an_answer_to_a_click_is_posted_for_all_below_what_was_clicked(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    _, message = await clicked(telegram, adapter)
    answer = replace(reply_to(message, "Five days", private=False), buttons=BUTTONS)
    delivery = await adapter.send(answer)
    posted = telegram.posted[-1]
    assert (posted.text, posted.visible_to, posted.buttons) == ("Five days", None, ("👍", "👎"))
    assert (posted.channel, posted.reply_to) == (telegram.asked[0].channel, message.message_id)
    assert delivery.message_ids == (posted.id,)
    assert [(one.text, one.alert) for one in telegram.answers] == [("", False)]


@pytest.mark.parametrize("direct", [False, True])
async def test_what_a_person_has_to_read_does_not_go_away_by_itself(
    telegram: TelegramStandIn, adapter: TelegramAdapter, direct: bool
) -> None:
    _, message = await clicked(telegram, adapter, direct=direct)
    await adapter.send(reply_to(message, "Why this\nanswer"))
    posted = telegram.posted[-2 if not direct else -1]
    assert posted.text == "Why this\nanswer"
    assert (posted.channel == message.conversation.channel) == direct


async def test_a_click_arrives_in_the_conversation_of_its_message(
    telegram: TelegramStandIn, either: TelegramAdapter
) -> None:
    _, message = await clicked(telegram, either)
    answer, question = telegram.posted[0], telegram.asked[0]
    assert (message.kind, message.text) == (Kind.CLICK, "rate:down:1")
    assert message.message_id == message.reply_to == answer.id
    assert message.conversation.channel == answer.channel
    assert message.conversation.root == question.id, "the chain that the answer is in"
    assert message.author.name == "Bob"
    assert message.message_key is None
    assert message.dedupe_key == f"{telegram.token.partition(':')[0]}:2"
    assert message.handle is not None
    left = message.handle.expires_at - datetime.now(UTC)
    assert timedelta(seconds=5) < left < timedelta(seconds=15)


async def test_a_click_in_a_topic_belongs_to_the_topic(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    topic = telegram.open_topic()
    _, message = await clicked(telegram, adapter, topic=topic)
    assert (message.conversation.thread, message.conversation.root) == (str(topic), "")


@pytest.mark.parametrize("direct", [False, True])
async def test_what_is_said_of_a_click_is_shown_to_who_clicked(
    telegram: TelegramStandIn, adapter: TelegramAdapter, direct: bool
) -> None:
    click, message = await clicked(telegram, adapter, direct=direct)
    delivery = await adapter.send(reply_to(message, THANKS))
    [said] = telegram.replies_to(click)
    assert (said.text, said.visible_to) == (THANKS, "bob")
    assert [(one.text, one.alert) for one in telegram.answers] == [(THANKS, False)]
    assert len(telegram.posted) == 2, "the answer, and what was said of the click"
    assert delivery.message_ids == ()


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("late", ["by our clock", "by telegram's", "handle gone"])
async def test_a_word_on_a_click_that_comes_too_late_is_left_unsaid(
    telegram: TelegramStandIn, adapter: TelegramAdapter, late: str, direct: bool
) -> None:
    _, message = await clicked(telegram, adapter, direct=direct)
    assert message.handle is not None
    if late == "by our clock":
        old = replace(message.handle, expires_at=datetime.now(UTC) - timedelta(seconds=1))
        message = replace(message, handle=old)
    elif late == "handle gone":
        message = replace(message, handle=None)
    telegram.clock.advance(16)
    assert (await adapter.send(reply_to(message, THANKS))).message_ids == ()
    assert len(telegram.posted) == 1
    assert telegram.answers == []


async def test_after_a_restart_a_late_word_on_a_click_stays_private(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    click, message = await clicked(telegram, adapter)
    async with adapter_for(telegram) as restarted:
        await restarted.send(reply_to(replace(message, handle=None), THANKS))
    assert [one.text for one in telegram.posted if _public(one)] == ["Five days"]
    assert telegram.replies_to(click) == []


@pytest.mark.parametrize("late", [False, True])
async def test_what_is_too_long_for_a_click_is_written_to_the_person(
    telegram: TelegramStandIn, adapter: TelegramAdapter, late: bool
) -> None:
    _, message = await clicked(telegram, adapter)
    usage = "😀" * (NOTICE_LIMIT // 2 + 1)
    await adapter.send(reply_to(replace(message, handle=None) if late else message, usage))
    private = [one for one in telegram.posted if one.channel == message.author.id]
    assert [one.text for one in private] == [usage]
    assert len(telegram.answers) == (0 if late else 1)
    assert shown_in(telegram, telegram.asked[0]) == ["Five days"]


async def test_a_click_on_a_message_too_old_to_be_shown_is_understood(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    chat = telegram.chats.group("general")
    query: dict[str, object] = {
        "id": "7",
        "from": telegram.chats.person("ada"),
        "message": {"chat": chat.description, "message_id": 12, "date": 0},
        "chat_instance": "1",
        "data": "rate:up:1",
    }
    for name, nothing in (("data", None), ("message", None), ("id", "")):
        telegram.updates.put("callback_query", {**query, name: nothing})
    telegram.updates.put("callback_query", query)
    async with listening(adapter, received):
        await received.count(1)
    [message] = received.messages
    assert (message.reply_to, message.conversation.root) == ("12", "12")


async def test_a_repeated_click_has_one_key(
    telegram: TelegramStandIn, either: TelegramAdapter
) -> None:
    posting = posting_to(conversation_in(str(telegram.chats.group("general").id)), "Five days")
    await either.send(replace(posting, buttons=BUTTONS))
    received = Received()
    async with listening(either, received):
        await telegram.click(telegram.posted[0], "👍", copies=2)
        await received.count(2)
    assert len({message.dedupe_key for message in received.messages}) == 1


async def test_an_answer_to_a_click_that_may_have_arrived_is_unconfirmed(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    _, message = await clicked(telegram, adapter)
    telegram.accept_then_reset(method="answerCallbackQuery")
    with pytest.raises(UnconfirmedError):
        await adapter.send(reply_to(message, THANKS))
    await adapter.send(reply_to(message, THANKS))
