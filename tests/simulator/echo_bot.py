"""A bot on the bare libraries that repeats what it hears: `python -m tests.simulator.echo_bot X`.

X is slack, discord or telegram; the settings are in the environment, as `trialogue simulate` prints
them. It answers mentions and direct messages with a button, `/echo`, and clicks.
"""

import asyncio
import os
import sys
from typing import Any

BUTTON = "Again"
HEARD, COMMANDED, CLICKED = "You said: ", "You ordered: ", "You clicked: "


async def run_slack() -> None:
    """slack-bolt: in Socket Mode where there is an app token, else over HTTP."""
    from slack_bolt.adapter.socket_mode.async_handler import (  # noqa: PLC0415
        AsyncSocketModeHandler,
    )
    from slack_bolt.async_app import AsyncApp  # noqa: PLC0415
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415

    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ.get("SLACK_SIGNING_SECRET", "none"))

    @app.event("app_mention")
    async def heard_mention(event: dict[str, Any], say: Any) -> None:
        await repeat(event, event["text"].partition("> ")[2], say)

    @app.event("message")
    async def heard(event: dict[str, Any], say: Any) -> None:
        if event.get("channel_type") == "im" and "bot_id" not in event:
            await repeat(event, event["text"], say)

    @app.command("/echo")
    async def ordered(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"{COMMANDED}{command['text']}")

    @app.action("again")
    async def clicked(ack: Any, action: dict[str, Any], say: Any, body: dict[str, Any]) -> None:
        await ack()
        message = body["message"]
        await say(f"{CLICKED}{action['value']}", thread_ts=message.get("thread_ts", message["ts"]))

    async def repeat(event: dict[str, Any], text: str, say: Any) -> None:
        button = {
            "type": "button",
            "action_id": "again",
            "text": {"type": "plain_text", "text": BUTTON},
            "value": "again",
        }
        shown = {"type": "section", "text": {"type": "plain_text", "text": f"{HEARD}{text}"}}
        await say(
            text=f"{HEARD}{text}",
            blocks=[shown, {"type": "actions", "elements": [button]}],
            thread_ts=event.get("thread_ts", event["ts"]),
        )

    if "SLACK_APP_TOKEN" in os.environ:
        handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
        await handler.start_async()  # type: ignore[no-untyped-call]
    else:
        from aiohttp import web  # noqa: PLC0415

        runner = web.AppRunner(app.web_app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", int(os.environ["HTTP_PORT"])).start()
        await asyncio.Event().wait()


async def run_discord() -> None:
    """discord.py, by the gateway."""
    import discord  # noqa: PLC0415
    import yarl  # noqa: PLC0415
    from discord import app_commands  # noqa: PLC0415
    from discord.gateway import DiscordWebSocket  # noqa: PLC0415
    from discord.http import Route  # noqa: PLC0415

    Route.BASE = os.environ["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])

    class Echo(discord.Client):
        async def setup_hook(self) -> None:
            await tree.sync()

        async def on_message(self, message: discord.Message) -> None:
            if message.author.bot:
                return
            text = message.content.partition("> ")[2] or message.content
            button: discord.ui.Button[discord.ui.View] = discord.ui.Button(
                label=BUTTON, custom_id="again"
            )
            view = discord.ui.View(timeout=None).add_item(button)
            await message.reply(f"{HEARD}{text}", view=view)

        async def on_interaction(self, interaction: discord.Interaction) -> None:
            if interaction.type is discord.InteractionType.component:
                data: Any = interaction.data
                await interaction.response.send_message(f"{CLICKED}{data['custom_id']}")

    client = Echo(intents=discord.Intents.default())
    tree = app_commands.CommandTree(client)

    @tree.command(name="echo", description="Repeat something.")
    async def ordered(interaction: Any, text: str) -> None:
        await interaction.response.send_message(f"{COMMANDED}{text}", ephemeral=True)

    async with client:
        await client.start(os.environ["DISCORD_TOKEN"])


async def run_telegram() -> None:
    """python-telegram-bot, by polling."""
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup  # noqa: PLC0415
    from telegram.ext import (  # noqa: PLC0415
        ApplicationBuilder,
        CallbackQueryHandler,
        CommandHandler,
        MessageHandler,
        filters,
    )

    async def heard(update: Any, _: object) -> None:
        text = update.message.text.removeprefix(f"@{update.get_bot().username} ")
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton(BUTTON, callback_data="again")]])
        await update.message.reply_text(f"{HEARD}{text}", do_quote=True, reply_markup=keyboard)

    async def ordered(update: Any, context: Any) -> None:
        await update.message.reply_text(f"{COMMANDED}{' '.join(context.args)}", do_quote=True)

    async def clicked(update: Any, _: object) -> None:
        query = update.callback_query
        await query.answer()
        await query.message.reply_text(f"{CLICKED}{query.data}", do_quote=True)

    url = os.environ["TELEGRAM_API_URL"]
    builder = ApplicationBuilder().token(os.environ["TELEGRAM_BOT_TOKEN"])
    application = builder.base_url(f"{url}/bot").base_file_url(f"{url}/file/bot").build()
    application.add_handler(CommandHandler("echo", ordered))
    application.add_handler(CallbackQueryHandler(clicked))
    application.add_handler(MessageHandler(filters.TEXT, heard))
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling()
        await asyncio.Event().wait()


BOTS = {"slack": run_slack, "discord": run_discord, "telegram": run_telegram}

if __name__ == "__main__":
    asyncio.run(BOTS[sys.argv[1]]())
