"""A stand-in for Telegram's Bot API server."""

from simulator.telegram.api import Call
from simulator.telegram.standin import TelegramStandIn

__all__ = ["Call", "TelegramStandIn"]
