"""The ways in which a posting goes out, and how one is found again."""

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.platforms.slack.render import to_payload
from adapters.platforms.slack.responses import Responses
from adapters.platforms.slack.webapi import WebApi
from core.errors import (
    FormatRejectedError,
    NotPostedError,
    PlatformError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
)
from core.messages import Conversation, Delivery, Posting, ReplyHandle
from core.pacing import Pacing

METADATA = "trialogue_posting"
LOOK_BACK = 50  # messages of a thread since the posting was queued
CLOCKS_APART = timedelta(minutes=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Postman:
    """Posts by the handle where there is one, else to the channel, or to one person only."""

    web: WebApi
    responses: Responses
    pacing: Pacing

    async def send(self, posting: Posting) -> Delivery:
        """Post once; another way is only taken where the one before certainly showed nothing."""
        if posting.handle is not None and self.responses.is_usable(posting.handle):
            try:
                await self._respond(posting, posting.handle)
            except (FormatRejectedError, TokenRejectedError):
                raise
            except (RejectedError, NotPostedError) as problem:
                log.info("slack.not_by_handle", posting_id=str(posting.id), reason=str(problem))
            else:
                return Delivery(message_ids=())
        if posting.visible_to is not None:
            return await self._send_privately(posting, posting.visible_to)
        place = posting.conversation
        return await self._post(posting, place.channel, place.thread)

    async def find(self, posting: Posting) -> Delivery | None:
        """Look for a posting where it went, by the metadata it was sent with.

        That takes a history scope and is limited to a call a minute for some apps: `RejectedError`
        where Slack does not say, so that nobody waits for that. What only one person sees is in
        nobody's history.
        """
        if posting.visible_to is not None:
            raise RejectedError("what one person sees is in no history")
        try:
            messages = await self._read_back(posting)
        except TokenRejectedError:
            raise
        except PlatformError as problem:
            raise RejectedError(f"history not read: {problem}") from problem
        for message in messages if isinstance(messages, list) else ():
            match message:
                case {"ts": str(ts), "metadata": {"event_payload": {"idem": idem}}} if idem == str(
                    posting.id
                ):
                    return Delivery(message_ids=(ts,))
        return None

    async def apologize(self, handle: ReplyHandle, text: str) -> None:
        """Say something to the one who clicked; it matters too little to fail."""
        if not self.responses.is_usable(handle, reserved=0):
            return
        payload = {"text": text, "response_type": "ephemeral", "replace_original": False}
        try:
            await self.responses.post(handle, payload)
        except PlatformError as problem:
            log.info("slack.no_apology", reason=str(problem))

    async def _respond(self, posting: Posting, handle: ReplyHandle) -> None:
        payload = _payload(posting)
        if posting.visible_to is None:
            payload |= {"response_type": "in_channel", "metadata": _mark(posting)}
        else:
            payload["response_type"] = "ephemeral"
        payload["replace_original"] = False
        if posting.conversation.thread:
            payload["thread_ts"] = posting.conversation.thread
        await self.responses.post(handle, payload)

    async def _send_privately(self, posting: Posting, person: str) -> Delivery:
        """Show it to one person in the channel, where that works, else in their direct messages.

        In direct messages an ephemeral message would be gone when they come back.
        """
        place = posting.conversation
        if not place.direct:
            try:
                return await self._show(posting, person)
            except (FormatRejectedError, TokenRejectedError):
                raise
            except RejectedError as problem:
                log.info("slack.not_ephemeral", posting_id=str(posting.id), reason=str(problem))
        channel = await self._direct_channel(person)
        return await self._post(posting, channel, place.thread if channel == place.channel else "")

    async def _show(self, posting: Posting, person: str) -> Delivery:
        payload = _payload(posting)
        payload |= {"channel": posting.conversation.channel, "user": person}
        if posting.conversation.thread:
            payload["thread_ts"] = posting.conversation.thread
        answer = await self._call("chat.postEphemeral", payload, posting.conversation)
        return _delivery(answer.get("message_ts"))

    async def _direct_channel(self, person: str) -> str:
        answer = await self.web.call("conversations.open", {"users": person})
        match answer.get("channel"):
            case {"id": str(channel)}:
                return channel
            case _:
                raise NotPostedError("Slack named no direct channel")

    async def _post(self, posting: Posting, channel: str, thread: str) -> Delivery:
        payload = _payload(posting)
        payload["channel"] = channel
        if thread:
            payload["thread_ts"] = thread
        # Slack documents no idempotency key: both are for finding a posting again, no more.
        payload["client_msg_id"] = str(posting.id)
        payload["metadata"] = _mark(posting)
        place = replace(posting.conversation, channel=channel)
        answer = await self._call("chat.postMessage", payload, place)
        return _delivery(answer.get("ts"))

    async def _call(
        self, method: str, payload: dict[str, object], chat: Conversation
    ) -> AsyncSlackResponse:
        """Call in the channel's turn. Slack's own pause is for everything there."""
        await self.pacing.admit(chat)
        try:
            return await self.web.call(method, payload)
        except RateLimitedError as error:
            await self.pacing.pause(chat, error.retry_after)
            raise

    async def _read_back(self, posting: Posting) -> object:
        place = posting.conversation
        question = {
            "channel": place.channel,
            "oldest": str((posting.written_at - CLOCKS_APART).timestamp()),
            "include_all_metadata": "true",
            "limit": str(LOOK_BACK),
        }
        if place.thread:
            answer = await self.web.call(
                "conversations.replies", params={**question, "ts": place.thread}
            )
        else:
            answer = await self.web.call("conversations.history", params=question)
        return answer.get("messages")


def _payload(posting: Posting) -> dict[str, object]:
    return to_payload(posting.text, plain=posting.plain, buttons=posting.buttons)


def _mark(posting: Posting) -> dict[str, object]:
    return {"event_type": METADATA, "event_payload": {"idem": str(posting.id)}}


def _delivery(ts: object) -> Delivery:
    return Delivery(message_ids=(ts,) if isinstance(ts, str) else ())
