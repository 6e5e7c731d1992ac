"""As many messages as Telegram takes: https://core.telegram.org/bots/faq#broadcasting-to-users.

The library's limiter is not used: it knows nothing of other replicas, and forgets a pause as soon
as another request ends: https://github.com/python-telegram-bot/python-telegram-bot/issues/5338
"""

from core.messages import Conversation
from core.ports.budgets import Pace, Window

# A little slower than Telegram asks for: not all messages take as long to get there.
BOT = (Window(limit=30, seconds=1.05),)
CHAT = Window(limit=3, seconds=3.15)
GROUP = Window(limit=20, seconds=60.5)


def pace_of(chat: Conversation) -> Pace:
    """The pace of a person's chat or of a group, whose ids begin with a minus or an @."""
    if chat.channel.isdecimal():
        return Pace(chat=(CHAT,), bot=BOT)
    return Pace(chat=(CHAT, GROUP), bot=BOT)
