"""What BotFather is told: https://core.telegram.org/bots/features#botfather."""

from collections.abc import Mapping

from bots.manifests.words import PARAGRAPH, SENTENCE
from core.commands import COMMANDS


def telegram_manifest() -> Mapping[str, object]:
    """BotFather's settings by the names of the Bot API's methods and of `getMe`."""
    return {
        "commands": [{"command": one.name, "description": one.description} for one in COMMANDS],
        "description": PARAGRAPH,
        "short_description": SENTENCE,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def telegram_commands() -> str:
    """The text to send after /setcommands."""
    return "".join(f"{one.name} - {one.description}\n" for one in COMMANDS)


def telegram_text() -> str:
    """What to tell BotFather, in its order. Only /newbot is needed."""
    return f"""\
https://t.me/BotFather takes these, each followed by the bot's name. Only /newbot is needed.

/newbot
  gives out the token: set TELEGRAM_BOT_TOKEN to it.

/setdescription, shown to people before they press Start:
  {PARAGRAPH}

/setabouttext, shown in the bot's profile:
  {SENTENCE}

/setprivacy: Enable
  The bot is given what is meant for it, and nothing else that is said in a group.

/setjoingroups: Enable
  Disable it where people shall only write to the bot directly.

/setcommands, which the bot does itself when it starts:
{"".join(f"  {line}" for line in telegram_commands().splitlines(keepends=True))}"""
