"""The ports of files: what people hand over, kept for a while and within what they may store."""

from collections.abc import AsyncIterable, AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from core.errors import BotError, UnavailableError, UserError
from core.ports.ledger import Holder, Reserved

LARGEST = 2**31 - 1
"""The largest file in bytes that the ledger counts as one operation."""


class TooLargeError(UserError):
    """More bytes came than the file may have."""


class NoRoomError(UserError):
    """The person, or their organization, has no storage left for the file."""


class UnwritableError(UnavailableError):
    """The store of contents does not let us in, until whoever runs the bot mends it."""


class LostFileError(BotError):
    """The file is known and its content is not there: somebody else took it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file before its content has come.

    `id` is ours and names the same file however often it is put. `limit` is the most bytes it may
    have, at least 1: its declared size, or what the caller takes at most. `lifetime` None: it is
    kept until it is deleted.
    """

    id: UUID
    holder: Holder
    name: str
    limit: int
    lifetime: timedelta | None

    def __post_init__(self) -> None:
        if not 0 < self.limit <= LARGEST:
            raise ValueError(f"a file's limit is between 1 and {LARGEST} bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that is kept.

    `name` is fit to be shown and to be a file's name, and never was one of ours. `content_type` is
    that of the bytes, not what anybody said. `content` names the bytes in their store. `user_id`
    is the nil UUID where the organization itself holds it.
    """

    id: UUID
    organization_id: UUID
    user_id: UUID
    name: str
    content_type: str
    size: int
    sha256: bytes
    kept_at: datetime
    expires_at: datetime | None
    content: UUID


class Files(Protocol):
    """Files by an id of ours. What is past its time is not found any more, swept or not."""

    async def put(self, file: NewFile, content: AsyncIterable[bytes]) -> StoredFile:
        """Keep a file, charging its holder with its size.

        The id's file that is kept already is returned, whatever the content is, which is then not
        read. `TooLargeError` at the first byte beyond the limit, `NoRoomError`, and
        `UnavailableError` leave nothing behind and charge nothing, as does whatever the content
        raises.
        """

    async def find(self, organization_id: UUID, file_id: UUID) -> StoredFile | None:
        """A file of an organization."""

    async def list(
        self, organization_id: UUID, limit: int, *, after: UUID | None = None
    ) -> Sequence[StoredFile]:
        """An organization's files in the order of their ids, from behind one."""

    def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        """The content in parts of no particular size. `LostFileError` before any of them."""

    async def delete(self, organization_id: UUID, file_id: UUID) -> bool:
        """Delete a file and give its holder back what it took; False when there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What came of a content: how much it is, and what."""

    id: UUID
    size: int
    sha256: bytes
    content_type: str


class FileRecords(Protocol):
    """What is known of files, and what their holders are charged: one and the same transaction.

    A content is recorded before its first byte is written and forgotten after its last is deleted,
    so that there is none of which nothing is known. Everything is repeatable.
    """

    async def begin(self, file: NewFile, content: UUID) -> Reserved:
        """Reserve the file's limit for a content that is about to be written."""

    async def complete(self, content: Content, lifetime: timedelta | None) -> bool:
        """Keep what was written and charge its size.

        False: another content of the same file was kept first, or this one took too long. Then it
        is to be deleted, and nothing is charged.
        """

    async def drop(self, content: UUID) -> bool:
        """Give up a content and refund it: it is to be deleted now. False where it is kept."""

    async def find(self, organization_id: UUID, file_id: UUID) -> StoredFile | None:
        """As `Files.find`."""

    async def list(
        self, organization_id: UUID, limit: int, *, after: UUID | None
    ) -> Sequence[StoredFile]:
        """As `Files.list`."""

    async def remove(self, organization_id: UUID, file_id: UUID) -> UUID | None:
        """Give a file's charge back; the content that is to be deleted now."""

    async def due(self, limit: int) -> Sequence[UUID]:
        """Contents to delete: past their time, given up, or not deleted when it was tried before.

        They are given back, and not due again for some minutes.
        """

    async def forget(self, contents: Collection[UUID]) -> None:
        """These were deleted."""


class FileContents(Protocol):
    """Bytes by their name. All methods raise `UnavailableError` while the store is away or full.

    `UnwritableError` where it will not get better by itself.
    """

    async def write(self, content: UUID, parts: AsyncIterable[bytes]) -> None:
        """Write all of it or nothing: it is there when this returns, and was not before."""

    def read(self, content: UUID) -> AsyncIterator[bytes]:
        """The bytes in parts. `LostFileError` before any of them when it is not there."""

    async def delete(self, content: UUID) -> None:
        """Delete it, and what an interrupted `write` left of it. Nothing there is no error."""
