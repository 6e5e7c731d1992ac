"""Two bots that only repeat what they are told, to measure a full bot against.

`python -m benchmarks.slack_echo readme|tuned` serves /slack/events on HTTP_PORT, with
SLACK_API_URL, SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN as settings.
"""

import asyncio
import hashlib
import hmac
import os
import sys
import time

import aiohttp
import orjson
import uvloop
from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

HOST = "127.0.0.1"


def serve_readme(port: int) -> None:
    """slack-bolt as its README shows it, with the address of the Web API changed."""
    app = AsyncApp(
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
        client=AsyncWebClient(
            token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]
        ),
    )

    @app.event("app_mention")
    async def echo(event: dict[str, str], say: AsyncSay) -> None:
        await say(text=event["text"], thread_ts=event["ts"])

    app.start(port, host=HOST)


class TunedEcho:
    """A bare aiohttp handler, and slack_sdk's client on one session with no retries."""

    def __init__(self, session: aiohttp.ClientSession, posts: asyncio.TaskGroup) -> None:
        self.secret = os.environ["SLACK_SIGNING_SECRET"].encode()
        self.posts = posts
        self.client = AsyncWebClient(
            token=os.environ["SLACK_BOT_TOKEN"],
            base_url=os.environ["SLACK_API_URL"],
            session=session,
            retry_handlers=[],
        )

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        timestamp = request.headers["X-Slack-Request-Timestamp"]
        signed = hmac.new(self.secret, b"v0:%b:%b" % (timestamp.encode(), body), hashlib.sha256)
        signature = request.headers["X-Slack-Signature"]
        fresh = abs(time.time() - int(timestamp)) <= 300
        if not (fresh and hmac.compare_digest("v0=" + signed.hexdigest(), signature)):
            return web.Response(status=401)
        event = orjson.loads(body).get("event", {})
        if event.get("type") == "app_mention":
            self.posts.create_task(self.post(event))
        return web.Response()

    async def post(self, event: dict[str, str]) -> None:
        await self.client.chat_postMessage(
            channel=event["channel"], text=event["text"], thread_ts=event["ts"]
        )


async def serve_tuned(port: int) -> None:
    """The least that a bot on these libraries can do."""
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as posts:
        app = web.Application()
        app.router.add_post("/slack/events", TunedEcho(session, posts).handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, HOST, port).start()
        await asyncio.Event().wait()


def main() -> None:
    port = int(os.environ["HTTP_PORT"])
    match sys.argv[1:]:
        case ["readme"]:
            serve_readme(port)
        case ["tuned"]:
            uvloop.run(serve_tuned(port))
        case _:
            sys.exit("usage: python -m benchmarks.slack_echo readme|tuned")


if __name__ == "__main__":
    main()
