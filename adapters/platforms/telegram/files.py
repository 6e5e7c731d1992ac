"""Files of messages: https://core.telegram.org/bots/api#getfile."""

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from yarl import URL

from adapters.platforms.downloads import download
from adapters.platforms.telegram.client import BotApi
from adapters.platforms.telegram.config import TelegramConfig
from adapters.platforms.telegram.payload import Media, Message
from core.errors import (
    FileRefusedError,
    FileUnavailableError,
    NotPostedError,
    RateLimitedError,
    RejectedError,
    UnconfirmedError,
)
from core.messages import Attachment
from core.text import clean

LIMIT = 20 * 1024 * 1024
"""Bytes: larger files are not handed to bots."""

# A server in local mode names files of its own disk instead.
PATH = re.compile(r"(?!.*\.\.)[\w.-]+(?:/[\w.-]+)*", re.ASCII)


def attachments_of(message: Message) -> tuple[Attachment, ...]:
    """What came with a message; of a photo the largest size."""
    return tuple(_attachments(message))


def _attachments(message: Message) -> Iterator[Attachment]:
    if message.photo:
        photo = max(message.photo, key=lambda size: size.file_size or 0)
        yield _attachment(photo, name="photo.jpg", content_type="image/jpeg")
    for media, name in (
        (message.document, "document"),
        (message.audio, "audio"),
        (message.video, "video.mp4"),
        (message.voice, "voice.ogg"),
    ):
        if media is not None:
            yield _attachment(media, name=name)


def _attachment(media: Media, *, name: str, content_type: str = "") -> Attachment:
    return Attachment(
        name=clean(media.file_name) or name,
        content_type=clean(media.mime_type) or content_type,
        size=media.file_size,
        reference=clean(media.file_id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """One bot's files. Their addresses hold its token, and are good for an hour."""

    api: BotApi
    config: TelegramConfig

    async def fetch(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """Read a file. As `FetchesFiles.fetch`."""
        path = await self._path(attachment)
        url = URL(f"{self.config.api_url}/file/bot{self.config.token}/{path}", encoded=True)
        async with aclosing(download(self.api.session(), url)) as content:
            async for part in content:
                yield part

    async def _path(self, attachment: Attachment) -> str:
        try:
            found = await self.api.call("getFile", {"file_id": attachment.reference})
        except RateLimitedError:
            raise
        except (NotPostedError, UnconfirmedError) as error:
            raise FileUnavailableError(str(error)) from error
        except RejectedError as error:
            raise FileRefusedError(str(error)) from error
        path = found.get("file_path") if isinstance(found, dict) else None
        if not isinstance(path, str) or not PATH.fullmatch(path):
            raise FileRefusedError("Telegram did not say where the file is")
        return path
