"""Keep files: what is known of them and what they take in one store, their content in another."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from core.accounts import Resource
from core.errors import BotError, UnavailableError
from core.filenames import clean_name
from core.ports.clock import NewId
from core.ports.files import (
    Content,
    FileContents,
    FileRecords,
    NewFile,
    NoRoomError,
    StoredFile,
    TooLargeError,
)
from core.ports.ledger import Reserved
from core.sniffing import HEAD, content_type_of
from core.usage.reports import amount

UPLOAD_WITHIN = timedelta(minutes=30)
"""How long the content of one file may take to come. The sweep waits for longer."""

BATCH = 200  # contents deleted in one round of a sweep

log = structlog.get_logger(service="files")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepFiles:
    """`Files` on its two stores.

    The order is what keeps them together: a content is recorded, then written, then kept; a file is
    removed, then its content deleted, then forgotten. Whatever stops in between is finished, or
    taken back, by `sweep`.
    """

    records: FileRecords
    contents: FileContents
    new_id: NewId

    async def put(self, file: NewFile, content: AsyncIterable[bytes]) -> StoredFile:
        found = await self.find(file.holder.organization_id, file.id)
        return found or await self._put(file, content)

    async def find(self, organization_id: UUID, file_id: UUID) -> StoredFile | None:
        return await self.records.find(organization_id, file_id)

    async def list(
        self, organization_id: UUID, limit: int, *, after: UUID | None = None
    ) -> Sequence[StoredFile]:
        return await self.records.list(organization_id, limit, after=after)

    def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        return self.contents.read(file.content)

    async def delete(self, organization_id: UUID, file_id: UUID) -> bool:
        content = await self.records.remove(organization_id, file_id)
        if content is not None:
            await self._tidy(content)
        return content is not None

    async def sweep(self) -> int:
        """Delete what is due, in batches; how many contents that were.

        What cannot be deleted now is due again later, and does not hold up the others; where
        nothing can, the store is left alone until the next time.
        """
        deleted = 0
        while due := await self.records.due(BATCH):
            done = [content for content in due if await self._is_deleted(content)]
            await self.records.forget(done)
            deleted += len(done)
            if not done:
                break
        if deleted:
            log.info("contents_deleted", contents=deleted)
        return deleted

    async def _put(self, file: NewFile, content: AsyncIterable[bytes]) -> StoredFile:
        place = self.new_id()
        reserved = await self.records.begin(file, place)
        if not reserved.granted:
            raise NoRoomError(_no_room(file, reserved))
        measured = _Measured(content=content, limit=file.limit, name=clean_name(file.name))
        try:
            await self._write(place, measured)
            kept = await self.records.complete(measured.told(place), file.lifetime)
        except BaseException:
            await self._give_up(place)
            raise
        if not kept:
            await self._tidy(place)
        stored = await self.find(file.holder.organization_id, file.id)
        if stored is None:
            raise UnavailableError("the file took too long to come, or was deleted meanwhile")
        return stored

    async def _write(self, place: UUID, measured: "_Measured") -> None:
        limit = asyncio.timeout(UPLOAD_WITHIN.total_seconds())
        try:
            async with limit, aclosing(measured.parts()) as parts:
                await self.contents.write(place, parts)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise UnavailableError("the file took too long to come") from error

    async def _give_up(self, content: UUID) -> None:
        """Leave nothing; where a store is away just now, the sweep does it later.

        What was kept after all, and only its confirmation lost, stays.
        """
        try:
            dropped = await self.records.drop(content)
        except BotError as error:
            log.warning("upload_left_to_the_sweep", reason=str(error))
            return
        if dropped:
            await self._tidy(content)

    async def _tidy(self, content: UUID) -> None:
        """Delete a content that is due at once; the sweep does it where that fails."""
        if await self._is_deleted(content):
            try:
                await self.records.forget([content])
            except BotError as error:
                log.warning("deletion_left_to_the_sweep", reason=str(error))

    async def _is_deleted(self, content: UUID) -> bool:
        try:
            await self.contents.delete(content)
        except BotError as error:
            log.warning("content_not_deleted", content=str(content), reason=str(error))
            return False
        return True


@dataclass(slots=True, kw_only=True)
class _Measured:
    """A content that is measured on its way, and ends where it is too large."""

    content: AsyncIterable[bytes]
    limit: int
    name: str
    size: int = 0
    head: bytes = b""
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    async def parts(self) -> AsyncGenerator[bytes, None]:
        async for part in self.content:
            self.size += len(part)
            if self.size > self.limit:
                limit = amount(Resource.STORAGE, self.limit).removesuffix(" of storage")
                raise TooLargeError(
                    f"The file {self.name} is larger than {limit}: send it in parts."
                )
            if len(self.head) < HEAD:
                self.head += part[: HEAD - len(self.head)]
            self.digest.update(part)
            yield part

    def told(self, content: UUID) -> Content:
        return Content(
            id=content,
            size=self.size,
            sha256=self.digest.digest(),
            content_type=content_type_of(self.head, self.name),
        )


def _no_room(file: NewFile, reserved: Reserved) -> str:
    left = amount(Resource.STORAGE, reserved.left or 0)
    needed = amount(Resource.STORAGE, file.limit).removesuffix(" of storage")
    return f"There is no room for {clean_name(file.name)}: it takes {needed}, and {left} is left."
