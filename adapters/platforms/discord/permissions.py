"""What the bot may do in a server: the permissions of its invite link, and nothing more.

https://discord.com/developers/docs/topics/permissions
"""

from collections.abc import Mapping

REQUIRED_PERMISSIONS: Mapping[str, int] = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Read Message History": 1 << 16,
    "Send Messages in Threads": 1 << 38,
}
"""By the names that Discord's settings give them: its bits."""

PERMISSIONS = sum(REQUIRED_PERMISSIONS.values())
"""All of them as one number, as an invite link carries them."""

SCOPES = ("bot", "applications.commands")
"""The scopes of an invite link: the bot itself, and its slash commands."""

PRIVILEGED_INTENTS: tuple[str, ...] = ()
"""None: Discord delivers direct messages, mentions and replies to a bot with their text."""
