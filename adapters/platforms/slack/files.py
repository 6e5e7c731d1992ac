"""Files of messages: https://docs.slack.dev/messaging/working-with-files."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from adapters.platforms.downloads import LARGEST, checked, download
from adapters.platforms.slack.fields import Json, as_object, identifier_in, object_in, text_in
from adapters.platforms.slack.webapi import WebApi
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

LIMIT = LARGEST
HOSTS = ("files.slack.com", ".slack.com")
NOT_HELD = frozenset({"tombstone", "hidden_by_limit", "external"})
"""Files that Slack does not have any more, does not show, or never had."""


def attachments_of(event: Json) -> tuple[Attachment, ...]:
    """What came with a message. Of another workspace's file there may be no more than its id."""
    files = event.get("files")
    abouts = map(as_object, files) if isinstance(files, list) else ()
    return tuple(_attachment(about) for about in abouts if _is_held(about))


def _is_held(about: Json) -> bool:
    return bool(identifier_in(about, "id")) and text_in(about, "mode") not in NOT_HELD


def _attachment(about: Json) -> Attachment:
    size = about.get("size")
    return Attachment(
        name=clean(text_in(about, "name") or text_in(about, "title")),
        content_type=clean(text_in(about, "mimetype")),
        size=size if isinstance(size, int) and size >= 0 else None,
        reference=identifier_in(about, "id"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """The files of one workspace."""

    web: WebApi

    async def fetch(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """Read a file. As `FetchesFiles.fetch`."""
        about = await self._about(attachment)
        address = text_in(about, "url_private_download") or text_in(about, "url_private")
        if not _is_held(about) or not address:
            raise FileRefusedError("Slack does not hold the file")
        content = download(
            self.web.session,
            checked(address, hosts=HOSTS, api_url=self.web.address),
            headers={"Authorization": f"Bearer {self.web.token}"},
            proxy=self.web.proxy,
            page_is_refusal=text_in(about, "mimetype") != "text/html",
        )
        async with aclosing(content):
            async for part in content:
                yield part

    async def _about(self, attachment: Attachment) -> Json:
        """What Slack says of it now: what an event says may be incomplete, or over."""
        try:
            answer = await self.web.call("files.info", params={"file": attachment.reference})
        except RateLimitedError:
            raise
        except (NotPostedError, UnconfirmedError) as error:
            raise FileUnavailableError(str(error)) from error
        except RejectedError as error:
            raise FileRefusedError(str(error)) from error
        return object_in(as_object(answer.data), "file")
