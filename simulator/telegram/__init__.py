"""A stand-in for Telegram's Bot API server.

Shapes and limits follow https://core.telegram.org/bots/api, and what a server does beyond that page
the open one, https://github.com/tdlib/telegram-bot-api.
"""

from simulator.telegram.api import Call, Exchange, Fault
from simulator.telegram.parameters import Upload
from simulator.telegram.standin import TelegramStandIn

__all__ = ["Call", "Exchange", "Fault", "TelegramStandIn", "Upload"]
