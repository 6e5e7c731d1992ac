"""What both transports do with an update before it is handed over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.platforms.telegram.clicks import Clicked
from adapters.platforms.telegram.events import to_message
from adapters.platforms.telegram.payload import Update
from adapters.platforms.telegram.places import Me
from core.messages import IncomingMessage

KINDS = ("message", "callback_query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Reads one bot's updates."""

    me: Me
    now: Callable[[], datetime]
    clicked: Clicked

    def read(self, raw: object) -> IncomingMessage | None:
        """Understand an update; None when it is nothing for the bot, or malformed."""
        update = Update.read(raw)
        if update is None:
            return None
        message = to_message(update, self.me, self.now())
        if message is not None:
            self.clicked.note(message)
        return message
