"""Discord's objects as it writes them: https://discord.com/developers/docs/resources."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

EPOCH_MS = 1_420_070_400_000
TEXT_CHANNEL = 0
DIRECT_CHANNEL = 1
THREAD = 11
VIEW_CHANNEL = 1 << 10

EVERYBODY_MAY = 274_877_975_552
ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
ALL_PERMISSIONS = (1 << 53) - 1

JSON = dict[str, Any]


def dump(value: Any) -> bytes:
    """JSON in bytes. Lone surrogates are written as other servers do: escaped."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of the server."""

    id: str
    name: str
    permissions: int

    def to_json(self) -> JSON:
        """The role object."""
        return {
            "id": self.id,
            "name": self.name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": 0 if self.name == "@everyone" else 1,
            "permissions": str(self.permissions),
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account, the bot included."""

    id: str
    name: str
    bot: bool = False
    display: str = ""

    @property
    def shown_as(self) -> str:
        """The name that people read."""
        return self.name if self.bot else self.display or self.name.title()

    def to_json(self) -> JSON:
        """The user object."""
        return {
            "id": self.id,
            "username": self.name,
            "global_name": None if self.bot else self.shown_as,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel; `guild` is None and `person` set in a direct one, `parent` is set in a thread."""

    id: str
    name: str
    guild: str | None = None
    person: Person | None = None
    last_message_id: str | None = None
    is_hidden: bool = False
    parent: str | None = None
    owner: str | None = None
    topic: str = ""

    @property
    def type(self) -> int:
        """Discord's channel type."""
        if self.person is not None:
            return DIRECT_CHANNEL
        return THREAD if self.parent else TEXT_CHANNEL

    def to_json(self) -> JSON:
        """The channel object."""
        common = {"id": self.id, "last_message_id": self.last_message_id, "flags": 0}
        if self.person is not None:
            return {**common, "type": DIRECT_CHANNEL, "recipients": [self.person.to_json()]}
        if self.parent is not None:
            return {**common, **self._as_thread(self.parent)}
        return {
            **common,
            "type": TEXT_CHANNEL,
            "guild_id": self.guild,
            "name": self.name,
            "position": 0,
            "permission_overwrites": [self._hiding()] if self.is_hidden else [],
            "topic": self.topic or None,
            "nsfw": False,
            "rate_limit_per_user": 0,
            "parent_id": None,
        }

    def _as_thread(self, parent: str) -> JSON:
        return {
            "type": THREAD,
            "guild_id": self.guild,
            "name": self.name,
            "parent_id": parent,
            "owner_id": self.owner,
            "rate_limit_per_user": 0,
            "message_count": 0,
            "member_count": 1,
            "total_message_sent": 0,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": "2024-01-01T00:00:00+00:00",
                "locked": False,
                "create_timestamp": "2024-01-01T00:00:00+00:00",
            },
        }

    def _hiding(self) -> JSON:
        return {"id": self.guild, "type": 0, "allow": "0", "deny": str(VIEW_CHANNEL)}


def member(nick: str | None = None, roles: Sequence[str] = ()) -> JSON:
    """What a message says of its author's membership."""
    return {
        "nick": nick,
        "roles": list(roles),
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
    identifier: str,
    *,
    owner: str,
    members: Sequence[JSON],
    roles: Sequence[Role],
    channels: Sequence[Channel],
    people: int,
) -> JSON:
    """The payload of `GUILD_CREATE`, but for the name."""
    return {
        "id": identifier,
        "owner_id": owner,
        "icon": None,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [role.to_json() for role in roles],
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
        "members": list(members),
        "channels": [channel.to_json() for channel in channels if not channel.parent],
        "threads": [channel.to_json() for channel in channels if channel.parent],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def application(bot: Person, verify_key: str) -> JSON:
    """The bot's application."""
    return {
        "id": bot.id,
        "name": bot.name,
        "icon": None,
        "description": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": verify_key,
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


def attachment(
    *, identifier: str, filename: str, size: int, content_type: str, url: str, is_private: bool
) -> JSON:
    """A file of a message."""
    return {
        "id": identifier,
        "filename": filename,
        "size": size,
        "url": url,
        "proxy_url": url,
        "content_type": content_type,
        "ephemeral": is_private,
    }


def command(definition: Mapping[str, Any], *, identifier: str, bot: str) -> JSON:
    """A registered command as the API shows it."""
    return {
        "id": identifier,
        "application_id": bot,
        "version": identifier,
        "default_member_permissions": None,
        "type": 1,
        "nsfw": False,
        "name_localizations": None,
        "description_localizations": None,
        **{key: value for key, value in definition.items() if value not in ([], None)},
    }


def interaction(
    *, identifier: str, kind: int, token: str, bot: str, data: Mapping[str, Any], place: JSON
) -> JSON:
    """The payload of `INTERACTION_CREATE`, which the endpoint gets too."""
    return {
        "id": identifier,
        "application_id": bot,
        "type": kind,
        "token": token,
        "version": 1,
        "data": dict(data),
        "entitlements": [],
        "locale": "en-US",
        "attachment_size_limit": 10_485_760,
        "app_permissions": str(EVERYBODY_MAY),
        **place,
    }
