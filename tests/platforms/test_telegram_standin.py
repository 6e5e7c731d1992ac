"""Telegram's stand-in, as a bot of python-telegram-bot and as bare calls see it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import ClientConnectionError, ClientSession, FormData, web
from telegram import (
    Bot,
    ChatMemberAdministrator,
    ChatMemberOwner,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
    MessageEntity,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, RetryAfter
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from simulator.telegram import TelegramStandIn, Upload
from tests.ports import free_port

Context = ContextTypes.DEFAULT_TYPE
AnyApplication = Application[Any, Any, Any, Any, Any, Any]

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
    b"\x90wS\xde\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn(longest_poll=0.3) as standin:
        standin.webhook.retry_delays = (0.05,)
        yield standin
        assert standin.unserved == [], "the library called what is not served"


@pytest.fixture
async def bot(telegram: TelegramStandIn) -> AsyncIterator[Bot]:
    async with Bot(
        telegram.token,
        base_url=f"{telegram.url}/bot",
        base_file_url=f"{telegram.url}/file/bot",
    ) as library_bot:
        yield library_bot


def group(telegram: TelegramStandIn, name: str = "general") -> int:
    return telegram.chats.group(name).id


# The library's examples, https://docs.python-telegram-bot.org/en/stable/examples.html


async def start(update: Update, _: Context) -> None:
    assert update.message is not None
    keyboard = [
        [
            InlineKeyboardButton("Option 1", callback_data="1"),
            InlineKeyboardButton("Option 2", callback_data="2"),
        ],
        [InlineKeyboardButton("Option 3", callback_data="3")],
    ]
    await update.message.reply_text("Please choose:", reply_markup=InlineKeyboardMarkup(keyboard))


async def button(update: Update, _: Context) -> None:
    query = update.callback_query
    assert query is not None
    await query.answer()
    await query.edit_message_text(text=f"Selected option: {query.data}")


async def echo(update: Update, _: Context) -> None:
    assert update.message is not None
    await update.message.reply_text(update.message.text or "")


def example_bot(telegram: TelegramStandIn) -> AnyApplication:
    application = ApplicationBuilder().token(telegram.token).base_url(f"{telegram.url}/bot").build()
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(button))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, echo))
    return application


@asynccontextmanager
async def running(
    application: AnyApplication, transport: str, *, secret: str = "a-secret"
) -> AsyncIterator[None]:
    """Run the library's bot, with its own polling or its own webhook server."""
    async with application:
        assert application.updater is not None
        if transport == "polling":
            await application.updater.start_polling(allowed_updates=Update.ALL_TYPES)
        else:
            port = free_port()
            await application.updater.start_webhook(
                listen="127.0.0.1",
                port=port,
                url_path="hook",
                webhook_url=f"http://127.0.0.1:{port}/hook",
                secret_token=secret,
                allowed_updates=Update.ALL_TYPES,
            )
        await application.start()
        try:
            yield
        finally:
            await application.updater.stop()
            await application.stop()


@pytest.mark.parametrize("transport", ["polling", "webhook"])
async def test_the_librarys_echo_bot(telegram: TelegramStandIn, transport: str) -> None:
    async with running(example_bot(telegram), transport):
        asked = await telegram.ask("hello", topic=telegram.open_topic())
        told = await telegram.tell("hi 😀")
        await telegram.answered(2, timeout=60)
    assert [one.text for one in telegram.posted if one.channel == asked.channel] == [
        f"@{telegram.username} hello"
    ]
    assert [one.text for one in telegram.posted if one.channel == told.channel] == ["hi 😀"]


@pytest.mark.parametrize("transport", ["polling", "webhook"])
async def test_the_librarys_inline_keyboard_bot(telegram: TelegramStandIn, transport: str) -> None:
    async with running(example_bot(telegram), transport):
        await telegram.command("/start")
        await telegram.answered(1, timeout=60)
        [posted] = telegram.posted
        assert posted.buttons == ("Option 1", "Option 2", "Option 3")
        await telegram.click(posted, "Option 2", person="bob")
        async with asyncio.timeout(60):
            while not telegram.edits:
                await asyncio.sleep(0.01)
    assert [(one.id, one.text, one.buttons) for one in telegram.edits] == [
        (posted.id, "Selected option: 2", ())
    ]
    assert [one.text for one in telegram.answers] == [""]
    with pytest.raises(ValueError, match="no button"):
        await telegram.click(posted, "Option 2")


async def test_the_librarys_webhook_server_refuses_another_secret(
    telegram: TelegramStandIn,
) -> None:
    async with running(example_bot(telegram), "webhook"):
        assert telegram.webhook.target is not None
        async with (
            ClientSession() as session,
            session.post(
                telegram.webhook.target.url,
                json={"update_id": 1},
                headers={"X-Telegram-Bot-Api-Secret-Token": "another"},
            ) as response,
        ):
            assert response.status == 403


async def test_news_of_the_bot_are_told(telegram: TelegramStandIn) -> None:
    seen: list[tuple[str, str]] = []

    async def note(update: Update, _: Context) -> None:
        change = update.my_chat_member
        assert change is not None
        seen.append((change.chat.type, change.new_chat_member.status))

    application = example_bot(telegram)
    application.add_handler(ChatMemberHandler(note, ChatMemberHandler.MY_CHAT_MEMBER))
    async with running(application, "polling"):
        telegram.invite()
        telegram.block("ada")
        telegram.unblock("ada")
        telegram.kick()
        async with asyncio.timeout(60):
            while len(seen) < 4:
                await asyncio.sleep(0.01)
        with pytest.raises(Forbidden, match="kicked"):
            await application.bot.send_message(group(telegram), "hello")
        await application.bot.send_message(telegram.chats.private("ada").id, "hello")
    assert seen == [
        ("supergroup", "member"),
        ("private", "kicked"),
        ("private", "member"),
        ("supergroup", "kicked"),
    ]


# Methods, by the library


async def test_files_are_sent_and_fetched(telegram: TelegramStandIn, bot: Bot) -> None:
    chat = group(telegram)
    sent = await bot.send_document(chat, b"a,b\n1,2\n", filename="sales.csv", caption="Sales")
    assert sent.document is not None
    again = await bot.send_document(chat, sent.document.file_id)
    assert again.document is not None
    assert again.document.file_name == "sales.csv"
    file = await bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"a,b\n1,2\n"
    photo = await bot.send_photo(chat, PNG, caption="<b>Chart</b>", parse_mode="HTML")
    assert (photo.photo[0].width, photo.photo[0].height) == (1, 1)
    assert photo.caption_entities[0].type == "bold"
    assert [one.text for one in telegram.posted] == ["Sales", "", "Chart"]


async def test_an_album_is_one_group_of_messages(telegram: TelegramStandIn, bot: Bot) -> None:
    media = [InputMediaPhoto(PNG, caption="Two"), InputMediaPhoto(PNG)]
    messages = await bot.send_media_group(group(telegram), media)
    assert len({message.media_group_id for message in messages}) == 1
    with pytest.raises(BadRequest, match="album"):
        await bot.send_media_group(group(telegram), [InputMediaDocument(b"x")])


async def test_people_send_files(telegram: TelegramStandIn, bot: Bot) -> None:
    csv = Upload("sales.csv", "text/csv", b"a,b\n")
    telegram.upload([csv], caption="/analyze")
    telegram.upload([Upload("a.png", "image/png", PNG)] * 3, channel="general")
    telegram.upload([csv], size=25 * 1024 * 1024)
    messages = [update.message for update in await bot.get_updates()]
    assert [len(message.photo) if message else 0 for message in messages] == [0, 1, 1, 1, 0]
    first, last = messages[0], messages[-1]
    assert first is not None
    assert first.document is not None
    assert (first.caption, first.document.mime_type) == ("/analyze", "text/csv")
    assert len({message.media_group_id for message in messages[1:4] if message}) == 1
    assert last is not None
    assert last.document is not None
    with pytest.raises(BadRequest, match=r"(?i)file is too big"):
        await bot.get_file(last.document.file_id)


async def test_messages_are_changed_and_deleted(telegram: TelegramStandIn, bot: Bot) -> None:
    message = await bot.send_message(group(telegram), "one")
    await bot.edit_message_text("two", group(telegram), message.message_id)
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await bot.edit_message_text("two", group(telegram), message.message_id)
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    await bot.edit_message_reply_markup(group(telegram), message.message_id, reply_markup=keyboard)
    assert [(one.text, one.buttons) for one in telegram.edits] == [("two", ()), ("two", ("Go",))]
    await bot.delete_message(group(telegram), message.message_id)
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await bot.edit_message_text("three", group(telegram), message.message_id)
    asked = await telegram.ask("hello")
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("mine", group(telegram), int(asked.id))


async def test_signs_drafts_and_reactions_are_kept(telegram: TelegramStandIn, bot: Bot) -> None:
    asked = await telegram.ask("hello")
    chat, private = group(telegram), telegram.chats.private("ada").id
    await bot.send_chat_action(chat, "typing")
    await bot.set_message_reaction(chat, int(asked.id), "👀")
    await bot.send_message_draft(private, 7, "Thinking")
    assert telegram.world.actions == [(str(chat), "typing")]
    assert telegram.world.reactions == {(str(chat), asked.id): ["👀"]}
    assert telegram.world.drafts[0]["text"] == "Thinking"
    with pytest.raises(BadRequest, match="private chats only"):
        await bot.send_message_draft(chat, 7, "Thinking")
    with pytest.raises(BadRequest, match=r"(?i)REACTIONS_TOO_MANY"):
        await bot.set_message_reaction(chat, int(asked.id), ["👀", "👍"])


async def test_members_and_admins_are_known(telegram: TelegramStandIn, bot: Bot) -> None:
    await telegram.ask("hello", person="bob")
    telegram.promote("ada")
    telegram.promote("cy", status="administrator")
    chat, ada = group(telegram), int(str(telegram.chats.person("ada")["id"]))
    kinds = {type(one) for one in await bot.get_chat_administrators(chat)}
    assert kinds == {ChatMemberOwner, ChatMemberAdministrator}
    assert (await bot.get_chat_member(chat, ada)).status == "creator"
    bob = int(str(telegram.chats.person("bob")["id"]))
    assert (await bot.get_chat_member(chat, bob)).status == "member"


async def test_a_click_is_to_be_answered_in_time(telegram: TelegramStandIn, bot: Bot) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    await bot.send_message(group(telegram), "one", reply_markup=keyboard)
    click = await telegram.click(telegram.posted[0], "Go")
    with pytest.raises(BadRequest, match=r"(?i)MESSAGE_TOO_LONG"):
        await bot.answer_callback_query(click.id, "x" * 201)
    await bot.answer_callback_query(click.id, "x" * 200, show_alert=True)
    assert [one.visible_to for one in telegram.replies_to(click)] == ["ada"]
    telegram.clock.advance(16)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(click.id, "late")
    with pytest.raises(BadRequest, match=r"(?i)query ID is invalid"):
        await bot.answer_callback_query("7", "unknown")


async def test_a_stranger_and_a_moved_group_are_refused(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    telegram.stranger("eve")
    with pytest.raises(Forbidden, match="initiate"):
        await bot.send_message(int(str(telegram.chats.person("eve")["id"])), "hello")
    old = group(telegram)
    moved_to = telegram.upgrade()
    with pytest.raises(ChatMigrated) as raised:
        await bot.send_message(old, "hello")
    assert str(raised.value.new_chat_id) == moved_to
    first, second = [update.message for update in await bot.get_updates()]
    assert first is not None
    assert second is not None
    assert (first.migrate_to_chat_id, second.migrate_from_chat_id) == (int(moved_to), old)


async def test_commands_are_kept_by_scope_and_language(telegram: TelegramStandIn, bot: Bot) -> None:
    await bot.set_my_commands([("ask", "Ask")], language_code="de")
    assert await bot.get_my_commands() == ()
    assert [one.command for one in await bot.get_my_commands(language_code="de")] == ["ask"]
    await bot.delete_my_commands(language_code="de")
    assert await bot.get_my_commands(language_code="de") == ()
    with pytest.raises(BadRequest, match=r"(?i)BOT_COMMAND_INVALID"):
        await bot.set_my_commands([("Ask!", "Ask")])


async def test_a_bot_that_is_too_fast_is_refused_if_wanted(
    telegram: TelegramStandIn, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    telegram.world.pace.enforced = True
    chat = group(telegram)
    for number in range(20):
        telegram.clock.advance(1)
        await bot.send_message(chat, str(number))
    with pytest.raises(RetryAfter):
        await bot.send_message(chat, "one too many")
    telegram.clock.advance(60)
    await bot.send_message(chat, "later")


# Updates


async def texts_of(bot: Bot) -> Sequence[str]:
    updates = await bot.get_updates(timeout=1)
    return [update.message.text or "" for update in updates if update.message]


async def test_updates_are_lost_repeated_delayed_and_reordered(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    telegram.drop_updates()
    telegram.repeat_update()
    telegram.delay_updates(0.2)
    for text in ("dropped", "delayed"):
        await telegram.tell(text)
    await telegram.tell("repeated")
    assert await texts_of(bot) == ["repeated", "repeated"]
    await asyncio.sleep(0.3)
    assert await texts_of(bot) == ["repeated", "repeated", "delayed"]
    telegram.reorder_updates(2)
    await telegram.tell("first")
    await telegram.tell("second")
    updates = await bot.get_updates()
    assert [update.message.text for update in updates if update.message][-2:] == [
        "second",
        "first",
    ]
    assert [update.update_id for update in updates] == sorted(
        update.update_id for update in updates
    )


async def test_a_click_waits_for_the_bot_150_seconds_and_a_message_a_day(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Go", callback_data="go")]])
    await bot.send_message(group(telegram), "one", reply_markup=keyboard)
    await telegram.click(telegram.posted[0], "Go")
    await telegram.tell("hello")
    telegram.clock.advance(140)
    assert len(await bot.get_updates()) == 2
    telegram.clock.advance(20)
    assert await texts_of(bot) == ["hello"]
    telegram.clock.advance(86_400)
    assert await bot.get_updates() == ()


async def test_reactions_are_told_only_who_asks_for_them(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    await bot.send_message(group(telegram), "one")
    telegram.react(telegram.posted[0], "👍")
    assert await bot.get_updates() == ()
    await bot.get_updates(allowed_updates=["message_reaction"])
    telegram.react(telegram.posted[0], "👎")
    [update] = await bot.get_updates()
    assert update.message_reaction is not None


async def test_polling_and_a_webhook_exclude_each_other(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    await telegram.tell("waiting")
    poll = bot.get_updates(offset=100, timeout=20)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(_conflict(poll))
        await asyncio.sleep(0.1)
        await bot.set_webhook(f"http://127.0.0.1:{free_port()}/hook")
    assert "setWebhook" in await waiting
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    await telegram.tell("hello")
    assert await texts_of(bot) == ["hello"]


async def _conflict(poll: Any) -> str:
    with pytest.raises(Conflict) as raised:
        await poll
    return str(raised.value)


@pytest.mark.parametrize(
    ("url", "secret", "reason"),
    [
        ("http://bot.example.org/hook", None, r"(?i)https"),
        ("https://bot.example.org:9000/hook", None, "ports"),
        ("http://127.0.0.1:1/hook", "with space", "unallowed characters"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused(
    telegram: TelegramStandIn, bot: Bot, url: str, secret: str | None, reason: str
) -> None:
    with pytest.raises(BadRequest, match=reason):
        await bot.set_webhook(url, secret_token=secret)
    assert (await bot.get_webhook_info()).url == ""


@asynccontextmanager
async def bare_webhook(statuses: Sequence[int]) -> AsyncIterator[tuple[str, list[tuple[int, str]]]]:
    """An address that answers with these statuses, the last one for good, and what it got."""
    got: list[tuple[int, str]] = []
    left = list(statuses)

    async def handle(request: web.Request) -> web.Response:
        update = orjson.loads(await request.read())
        got.append((update["update_id"], update["message"]["text"]))
        return web.Response(status=left.pop(0) if len(left) > 1 else left[0])

    application = web.Application()
    application.add_routes([web.post("/hook", handle)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/hook", got
    finally:
        await runner.cleanup()


async def delivered(telegram: TelegramStandIn) -> None:
    async with asyncio.timeout(60):
        while len(telegram.updates):
            await asyncio.sleep(0.01)


async def test_the_webhook_is_tried_again_and_a_chat_waits_for_its_turn(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    async with bare_webhook([500, 301, 200]) as (url, got):
        await bot.set_webhook(url, max_connections=2)
        for text in ("one", "two"):
            await telegram.tell(text)
        await delivered(telegram)
    assert [text for _, text in got] == ["one", "one", "one", "two"]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 301 Moved Permanently"
    assert (info.pending_update_count, info.max_connections) == (0, 2)


async def test_the_webhook_opens_no_more_connections_than_allowed(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    under_way = most = 0

    async def handle(_: web.Request) -> web.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return web.Response()

    application = web.Application()
    application.add_routes([web.post("/hook", handle)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await bot.set_webhook(f"http://127.0.0.1:{port}/hook", max_connections=3)
    for number in range(9):
        await telegram.tell("hello", person=f"p{number}")
    await delivered(telegram)
    await runner.cleanup()
    assert most == 3


async def test_an_address_that_is_not_there_is_reported(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    await bot.set_webhook(f"http://127.0.0.1:{free_port()}/hook")
    await telegram.tell("hello")
    async with asyncio.timeout(60):
        while (info := await bot.get_webhook_info()).last_error_message is None:
            await asyncio.sleep(0.01)
    assert info.last_error_message == "Connection refused"
    assert info.pending_update_count == 1
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


async def test_every_mirror_gets_every_update(bot: Bot, telegram: TelegramStandIn) -> None:
    async with bare_webhook([200]) as (one, got), bare_webhook([500, 200]) as (two, mirrored):
        telegram.webhook.mirrors = (two,)
        await bot.set_webhook(one)
        await telegram.tell("hello")
        await delivered(telegram)
    assert [text for _, text in got] == ["hello"]
    assert [text for _, text in mirrored] == ["hello", "hello"]


# Limits, by bare calls


@pytest.mark.parametrize(
    ("method", "fields", "description"),
    [
        ("sendMessage", {"reply_markup": [[]], "text": "x" * 4_097}, "too long"),
        ("sendMessage", {"text": "x", "data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ("sendMessage", {"text": "x", "data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ("sendMessage", {"text": "x", "data": ""}, "BUTTON_DATA_INVALID"),
        ("sendDocument", {"document": "unknown"}, "wrong remote file identifier"),
        ("sendDocument", {"document": b""}, "non-empty"),
        ("sendDocument", {"document": b"x", "caption": "x" * 1_025}, "caption is too long"),
        ("sendPhoto", {"photo": PNG[:16] + b"\x00\x00\x30\x00\x00\x00\x30\x00"}, "DIMENSIONS"),
        ("sendChatAction", {"action": "dancing"}, "wrong parameter action"),
        ("setMessageReaction", {"message_id": 999}, "message to react not found"),
        ("getFile", {"file_id": "unknown"}, "invalid file_id"),
    ],
)
async def test_the_limits_are_telegrams(
    telegram: TelegramStandIn, method: str, fields: dict[str, Any], description: str
) -> None:
    form = FormData({"chat_id": str(group(telegram))})
    for name, value in fields.items():
        if name == "data":
            keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": value}]]}
            form.add_field("reply_markup", orjson.dumps(keyboard).decode())
        elif isinstance(value, bytes):
            form.add_field(name, value, filename="a.bin")
        else:
            form.add_field(name, str(value))
    async with (
        ClientSession() as session,
        session.post(f"{telegram.url}/bot{telegram.token}/{method}", data=form) as response,
    ):
        assert response.status == 400
        assert description in (await response.json())["description"]
    assert telegram.posted == []


async def test_a_file_needs_the_token_and_its_path(telegram: TelegramStandIn) -> None:
    async with ClientSession() as session:
        for path in (f"/file/bot{telegram.token}/documents/none", "/file/botX/documents/file_0"):
            async with session.get(telegram.url + path) as response:
                assert response.status == 404


async def test_calls_can_be_cut_off_before_and_after_they_take_effect(
    telegram: TelegramStandIn,
) -> None:
    telegram.reset()
    telegram.accept_then_reset()
    telegram.hang(accepts=True)
    url = f"{telegram.url}/bot{telegram.token}/sendMessage"
    message = {"chat_id": group(telegram), "text": "hello"}
    async with ClientSession() as session:
        for shown in (0, 1):
            with pytest.raises(ClientConnectionError):
                await session.post(url, json=message)
            assert len(telegram.posted) == shown
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await session.post(url, json=message)
    assert len(telegram.posted) == 2


async def test_other_buttons_alone_do_not_make_a_message_an_edited_one(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    message = await bot.send_message(group(telegram), "hello")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])
    other = await message.edit_reply_markup(keyboard)
    assert isinstance(other, Message)
    assert other.edit_date is None
    other = await message.edit_text("good bye")
    assert isinstance(other, Message)
    assert other.edit_date is not None


async def test_entities_are_kept_as_the_bot_gives_them_unless_they_have_no_place(
    telegram: TelegramStandIn, bot: Bot
) -> None:
    bold = MessageEntity("bold", 0, 2)
    message = await bot.send_message(group(telegram), "\N{GRINNING FACE}!", entities=[bold])
    assert message.entities == (bold,)
    document = await bot.send_document(
        group(telegram), b"words", caption="so", caption_entities=[bold]
    )
    assert document.caption_entities == (bold,)
    with pytest.raises(BadRequest, match="an't parse messageentity"):
        await bot.send_message(group(telegram), "a", api_kwargs={"entities": [{"type": "bold"}]})


async def test_a_reply_in_a_group_quotes_whoever_wrote(telegram: TelegramStandIn, bot: Bot) -> None:
    asked = telegram.say("where is it?", person="bob")
    await telegram.ask("do you know?", reply_to=asked)
    updates = await bot.get_updates(timeout=0)
    reply = updates[-1].message
    assert reply is not None
    assert reply.reply_to_message is not None
    assert reply.reply_to_message.from_user is not None
    assert reply.reply_to_message.from_user.username == "bob"


async def test_a_reaction_says_what_it_replaces(telegram: TelegramStandIn, bot: Bot) -> None:
    kinds = ["message_reaction"]
    await bot.get_updates(timeout=0, allowed_updates=kinds)
    await bot.send_message(group(telegram), "hello")
    for emoji in ("👍", "🔥", "🔥"):
        telegram.react(telegram.posted[0], emoji)
    updates = await bot.get_updates(timeout=0, allowed_updates=kinds)
    changes = [update.message_reaction for update in updates]
    assert [
        [
            [getattr(one, "emoji", "") for one in side]
            for side in (was.old_reaction, was.new_reaction)
        ]
        for was in changes
        if was is not None
    ] == [[[], ["👍"]], [["👍"], ["🔥"]], [["🔥"], []]]
