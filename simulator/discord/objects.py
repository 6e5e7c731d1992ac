"""Discord's objects as it writes them: https://discord.com/developers/docs/resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EPOCH_MS = 1_420_070_400_000
TEXT_CHANNEL = 0
DIRECT_CHANNEL = 1
VIEW_CHANNEL = 1 << 10

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account, the bot included."""

    id: str
    name: str
    bot: bool = False

    def to_json(self) -> JSON:
        """The user object."""
        return {
            "id": self.id,
            "username": self.name,
            "global_name": None if self.bot else self.name.title(),
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel; `guild` is None and `person` set in a direct one."""

    id: str
    name: str
    guild: str | None = None
    person: Person | None = None
    last_message_id: str | None = None
    is_hidden: bool = False

    def to_json(self) -> JSON:
        """The channel object."""
        common = {"id": self.id, "last_message_id": self.last_message_id, "flags": 0}
        if self.person is not None:
            return {**common, "type": DIRECT_CHANNEL, "recipients": [self.person.to_json()]}
        return {
            **common,
            "type": TEXT_CHANNEL,
            "guild_id": self.guild,
            "name": self.name,
            "position": 0,
            "permission_overwrites": [self._hiding()] if self.is_hidden else [],
            "topic": None,
            "nsfw": False,
            "rate_limit_per_user": 0,
            "parent_id": None,
        }

    def _hiding(self) -> JSON:
        return {"id": self.guild, "type": 0, "allow": "0", "deny": str(VIEW_CHANNEL)}


def member(nick: str | None = None) -> JSON:
    """What a message says of its author's membership."""
    return {
        "nick": nick,
        "roles": [],
        "joined_at": "2024-01-01T00:00:00+00:00",
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def message(
    *, identifier: str, channel: str, author: JSON, content: str, at: str, mentions: Sequence[JSON]
) -> JSON:
    """The message object as REST writes it, without what the gateway adds."""
    return {
        "id": identifier,
        "channel_id": channel,
        "author": author,
        "content": content,
        "timestamp": at,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": mentions,
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": 0,
        "type": 0,
    }


def guild(
    identifier: str, *, owner: str, bot: Person, channels: Sequence[Channel], people: int
) -> JSON:
    """The payload of `GUILD_CREATE`."""
    return {
        "id": identifier,
        "name": "Ada's server",
        "owner_id": owner,
        "icon": None,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [everyone(identifier)],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "nsfw_level": 0,
        "premium_progress_bar_enabled": False,
        "joined_at": "2024-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": people + 1,
        "voice_states": [],
        "members": [{**member(), "user": bot.to_json()}],
        "channels": [channel.to_json() for channel in channels],
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def everyone(guild_id: str) -> JSON:
    """The role that everybody has."""
    return {
        "id": guild_id,
        "name": "@everyone",
        "color": 0,
        "hoist": False,
        "position": 0,
        "permissions": "274877975552",
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def application(bot: Person) -> JSON:
    """The bot's application."""
    return {
        "id": bot.id,
        "name": bot.name,
        "icon": None,
        "description": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "00",
        "team": None,
        "flags": 0,
        "summary": "",
        "owner": {**bot.to_json(), "bot": False},
    }


def failure(status_text: str, code: int = 0, errors: Mapping[str, Any] | None = None) -> JSON:
    """An error as the API writes it."""
    said: JSON = {"message": status_text, "code": code}
    if errors:
        said["errors"] = errors
    return said
