"""What the tests of the playground's Telegram share: a populated world, and a small bot in it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from telegram import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from simulator.playground.telegram import TelegramScene
from simulator.playground.values import ChannelShown, Line, MessageShown, Person, Room, WireEvent

ADA = Person(name="ada", display="Ada Lovelace", about="engineer", admin=True)
BOB = Person(name="bob", display="Bob Stone", about="support")
GENERAL = Room(
    name="general",
    topic="Everything & more",
    lines=(
        Line(
            person="bob",
            text="@Trialogue where is the printer? See https://example.com/map.",
            ago=timedelta(days=2),
            replies=(Line(person="ada", text="Second floor", ago=timedelta(days=1)),),
        ),
        Line(person="ada", text="Thank you all", ago=timedelta(hours=30)),
    ),
)
RANDOM = Room(name="random")
ANSWER = '<b>Yes</b>, see <a href="https://example.com/a">the page</a>.'
WITHIN = 60.0

Context = ContextTypes.DEFAULT_TYPE


@dataclass
class Watched:
    """What a scene told, and how often the pane changed."""

    events: list[WireEvent] = field(default_factory=list)
    changes: int = 0

    def follow(self, scene: TelegramScene) -> None:
        scene.watch(changed=self.change, heard=self.events.append)

    def change(self) -> None:
        self.changes += 1

    def named(self, name: str) -> list[WireEvent]:
        return [event for event in self.events if event.name == name]


@dataclass
class SmallBot:
    """A bot of python-telegram-bot that answers everything it hears, and remembers it."""

    heard: list[str] = field(default_factory=list)
    reactions: int = 0

    async def answer(self, update: Update, _: Context) -> None:
        message = update.message
        assert message is not None
        self.heard.append(message.text or message.caption or "")
        await message.chat.send_action(ChatAction.TYPING)
        keyboard = [
            [InlineKeyboardButton("👍", callback_data="up")],
            [
                InlineKeyboardButton("👎", callback_data="down"),
                InlineKeyboardButton("More", url="https://example.com"),
            ],
        ]
        await message.chat.send_message(
            ANSWER,
            parse_mode="HTML",
            reply_markup=InlineKeyboardMarkup(keyboard),
            reply_parameters=ReplyParameters(message.message_id),
        )

    async def order(self, update: Update, context: Context) -> None:
        assert update.message is not None
        await update.message.reply_text(f"ordered {' '.join(context.args or ())}")

    async def click(self, update: Update, _: Context) -> None:
        query = update.callback_query
        assert query is not None
        await query.answer(f"thanks for {query.data}")
        await query.edit_message_text("Rated")

    async def react(self, update: Update, _: Context) -> None:
        self.reactions += 1


@asynccontextmanager
async def running(
    scene: TelegramScene, *, kinds: list[str] | None = None
) -> AsyncIterator[SmallBot]:
    """The bot polls while the context is open; `kinds` are the updates that it asks for."""
    bot = SmallBot()
    url = scene.environment["TELEGRAM_API_URL"]
    token = scene.environment["TELEGRAM_BOT_TOKEN"]
    application: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder().token(token).base_url(f"{url}/bot").build()
    )
    application.add_handler(CommandHandler("echo", bot.order))
    application.add_handler(CallbackQueryHandler(bot.click))
    application.add_handler(MessageReactionHandler(bot.react))
    application.add_handler(MessageHandler(filters.ALL, bot.answer))
    async with application:
        assert application.updater is not None
        await application.bot.set_my_commands([BotCommand("echo", "Repeat something")])
        await application.updater.start_polling(allowed_updates=kinds)
        await application.start()
        try:
            yield bot
        finally:
            await application.updater.stop()
            await application.stop()


async def until(true: Callable[[], object]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(WITHIN):
        while not true():
            await asyncio.sleep(0.02)


def channel(scene: TelegramScene, *, name: str = "", person: str | None = None) -> ChannelShown:
    """A group by its name, or a person's private chat."""
    return next(
        one
        for one in scene.pane().channels
        if (one.person == person if person else one.name == name)
    )


def messages(scene: TelegramScene, author: str | None = None) -> list[MessageShown]:
    """What is shown, of one author if one is given."""
    return [one for one in scene.pane().messages if author is None or one.author == author]
