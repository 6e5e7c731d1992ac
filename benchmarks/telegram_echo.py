"""Two bare echo bots for Telegram, to measure the full way of a message against.

`python -m benchmarks.telegram_echo readme|tuned`, with TELEGRAM_BOT_TOKEN and TELEGRAM_API_URL.
Neither keeps anything: a crash loses what they had in hand.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

JSON = {"Content-Type": "application/json"}
POLL_SECONDS = 25


def readme(token: str, url: str) -> None:
    """python-telegram-bot, as its README and its echo example show it."""

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        del context
        if update.message is not None and update.message.text:
            await update.message.reply_text(update.message.text)

    application = Application.builder().token(token).base_url(f"{url}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, echo))
    application.run_polling(allowed_updates=Update.ALL_TYPES)


async def tuned(token: str, url: str) -> None:
    """The same with nothing but aiohttp: as fast as the protocol goes in Python."""
    base = f"{url}/bot{token}/"
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        asyncio.TaskGroup() as group,
    ):
        offset = 0
        while True:
            poll = {"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": ["message"]}
            for update in await _call(session, f"{base}getUpdates", poll):
                offset = update["update_id"] + 1
                group.create_task(_call(session, f"{base}sendMessage", _echo(update["message"])))


def _echo(message: Mapping[str, Any]) -> dict[str, object]:
    return {
        "chat_id": message["chat"]["id"],
        "text": message["text"],
        "reply_parameters": {"message_id": message["message_id"]},
    }


async def _call(session: aiohttp.ClientSession, url: str, parameters: object) -> Any:
    async with session.post(url, data=orjson.dumps(parameters), headers=JSON) as response:
        return orjson.loads(await response.read())["result"]


def main() -> None:
    """Run the one that is asked for until it is stopped."""
    token, url = os.environ["TELEGRAM_BOT_TOKEN"], os.environ["TELEGRAM_API_URL"]
    match sys.argv[1:]:
        case ["readme"]:
            readme(token, url)
        case ["tuned"]:
            import uvloop  # noqa: PLC0415  # the README's bot does not load it

            uvloop.run(tuned(token, url))
        case _:
            sys.exit("usage: python -m benchmarks.telegram_echo readme|tuned")


if __name__ == "__main__":
    main()
