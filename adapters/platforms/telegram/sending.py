"""From a posting to `sendMessage`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import structlog

from adapters.platforms.telegram.answers import MovedError, PausedError
from adapters.platforms.telegram.client import BotApi
from adapters.platforms.telegram.places import NO_TOPIC
from adapters.platforms.telegram.render import to_html, to_plain
from core.messages import Button, Conversation, Delivery, Posting
from core.pacing import Pacing

GENERAL_TOPIC = "1"
REMEMBERED_TEXTS = 256
SHORT_LABEL = 12  # characters: three such buttons fit side by side on a telephone

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Posts once, at the pace that Telegram takes."""

    api: BotApi
    pacing: Pacing
    to_html: Callable[[str], str]

    async def post(self, posting: Posting) -> Delivery:
        """Post to the conversation; a second time only to learn that the group has moved."""
        try:
            return await self._send(posting)
        except MovedError as moved:
            log.info("telegram.group_moved", channel=posting.conversation.channel, to=moved.channel)
            conversation = replace(posting.conversation, channel=moved.channel)
            return await self._send(replace(posting, conversation=conversation))

    async def call(
        self, method: str, parameters: dict[str, object], *, chat: Conversation
    ) -> object:
        """Call a method that Telegram may refuse for its pace; the pause is everybody's."""
        try:
            return await self.api.call(method, parameters)
        except PausedError as error:
            await self.pacing.pause(chat, error.retry_after, whole_bot=error.whole_bot)
            raise

    async def show_typing(self, conversation: Conversation) -> None:
        """Show it at once, in what messages leave of the pace, else not at all.

        A refusal for the pace is no pause for messages: they find out for themselves.
        """
        if not await self.pacing.spares(conversation):
            return
        action: dict[str, object] = {"chat_id": to_id(conversation.channel), "action": "typing"}
        # The general topic is named here, other than with messages.
        if conversation.thread not in {"", NO_TOPIC}:
            action["message_thread_id"] = to_id(conversation.thread)
        await self.api.call("sendChatAction", action)

    async def _send(self, posting: Posting) -> Delivery:
        chat = posting.conversation
        await self.pacing.admit(chat)
        sent = await self.call("sendMessage", self._message(posting), chat=chat)
        return _delivery(sent)

    def _message(self, posting: Posting) -> dict[str, object]:
        message: dict[str, object] = {
            "chat_id": to_id(posting.conversation.channel),
            "link_preview_options": {"is_disabled": True},
        }
        if posting.plain:
            message["text"] = to_plain(posting.text)
        else:
            message |= {"text": self.to_html(posting.text), "parse_mode": "HTML"}
        if posting.conversation.thread not in {"", NO_TOPIC, GENERAL_TOPIC}:
            message["message_thread_id"] = to_id(posting.conversation.thread)
        if posting.reply_to:
            # The question may have been deleted by now: its answer is posted all the same.
            message["reply_parameters"] = {
                "message_id": to_id(posting.reply_to),
                "allow_sending_without_reply": True,
            }
        if posting.buttons:
            message["reply_markup"] = {"inline_keyboard": _rows(posting.buttons)}
        return message


def remembering_html() -> Callable[[str], str]:
    """Answers from the knowledge repeat, and reading CommonMark costs more than posting it."""
    return lru_cache(REMEMBERED_TEXTS)(to_html)


def to_id(text: str) -> int | str:
    """An id as the Bot API takes it; a public channel's is its name."""
    return int(text) if text.removeprefix("-").isdecimal() else text


def _rows(buttons: Sequence[Button]) -> list[list[dict[str, object]]]:
    """Side by side while all are short: Telegram makes them equally wide, and cuts their labels."""
    keys = [_key(button) for button in buttons]
    if all(len(button.label) <= SHORT_LABEL for button in buttons):
        return [keys]
    return [[key] for key in keys]


def _key(button: Button) -> dict[str, object]:
    return {"text": button.label, "callback_data": button.value}


def _delivery(sent: object) -> Delivery:
    """The new message's id; an answer that names none is a posting all the same."""
    number = sent.get("message_id") if isinstance(sent, dict) else None
    return Delivery(message_ids=() if number is None else (str(number),))
