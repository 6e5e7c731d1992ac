"""A bot on python-telegram-bot, and its tests against a simulated Telegram."""

from contextlib import asynccontextmanager

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

pytestmark = pytest.mark.asyncio


async def greet(update, _):
    """A bot like yours."""
    await update.message.reply_text(f"Hello {update.effective_user.first_name}!", do_quote=True)


async def ask(update, _):
    yes = InlineKeyboardButton("Yes", callback_data="yes")
    await update.message.reply_text("Is it?", reply_markup=InlineKeyboardMarkup([[yes]]))


async def note(update, _):
    query = update.callback_query
    await query.answer()
    await query.message.reply_text(f"{query.from_user.first_name} said {query.data}.")


@asynccontextmanager
async def running(settings):
    """Run the bot: only its addresses are settings."""
    url = settings["TELEGRAM_API_URL"]
    builder = ApplicationBuilder().token(settings["TELEGRAM_BOT_TOKEN"])
    application = builder.base_url(f"{url}/bot").base_file_url(f"{url}/file/bot").build()
    application.add_handler(CommandHandler("ask", ask))
    application.add_handler(CallbackQueryHandler(note))
    application.add_handler(MessageHandler(filters.TEXT, greet))
    async with application:
        await application.start()
        await application.updater.start_polling()
        try:
            yield
        finally:
            await application.updater.stop()
            await application.stop()


async def test_a_direct_message_is_greeted(telegram):
    async with running(telegram.environment):
        asked = await telegram.tell("good morning", person="ada")
        await telegram.answered(1, timeout=5)

        [reply] = telegram.replies_to(asked)
        assert reply.text == "Hello Ada!"


async def test_a_click_is_answered(telegram):
    async with running(telegram.environment):
        await telegram.command("/ask", person="ada")
        await telegram.answered(1, timeout=5)
        [question] = telegram.posted
        assert question.buttons == ("Yes",)

        await telegram.click(question, "Yes", person="bob")
        await telegram.answered(2, timeout=5)
        assert telegram.posted[1].text == "Bob said yes."


async def test_an_update_that_is_delivered_twice_is_greeted_twice(telegram):
    """The library does not notice a repeat: a bot that must not repeat itself has to."""
    async with running(telegram.environment):
        await telegram.ask("good morning", channel="team", copies=2)
        await telegram.answered(2, timeout=5)
