"""A stand-in for Telegram's Bot API server."""

from simulator.telegram.api import Call
from simulator.telegram.parameters import Upload
from simulator.telegram.standin import TelegramStandIn

__all__ = ["Call", "TelegramStandIn", "Upload"]
