"""Learn from the files of a message, for those who may edit what their organization knows."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog

from core.accounts import Account
from core.attachments import KeepAttachments
from core.commands import Learn
from core.errors import FileUnavailableError, RateLimitedError, UnavailableError, UserError
from core.knowledge.audience import CHANNEL
from core.knowledge.importing.found import Found, Read, Skipped
from core.knowledge.importing.run import Imported, ImportFound, ImportOptions
from core.knowledge.importing.telling import left_out, told
from core.ports.documents import GivenFile, OpenReader, ReadsFiles
from core.ports.files import Files, LostFileError, StoredFile, UnwritableError
from core.ports.inbox import Admitted
from core.ports.roles import Roles

Result = TypeVar("Result")

PAUSES = (1.0, 2.0, 5.0, 10.0, 20.0)  # seconds between attempts
LONGEST_PAUSE = timedelta(seconds=60)

ADMINS_ONLY = "Only admins can teach me from files: give yours to one of them."
HOW = (
    "Attach files to a message that says `learn`, and I learn what is in them: CSV, JSON, Markdown,"
    " HTML, PDF, Word or plain text. With `learn replace` I also forget what files of these names"
    " said before and no longer say; `learn here` is for the people of this channel alone."
)
UNWRITABLE = (
    "I have no place to put files: the one that is set for me cannot be written to. Please tell"
    " whoever runs me, my log says where; sending them again does not help before that is mended."
)
AWAY = "I could not get at the files just now, and have learned nothing. Please send them again."
CURE = "let the bot write there, or set FILES_URL or DATA_DIR to a directory of its own"
PASSING = (UnavailableError, FileUnavailableError, RateLimitedError)
REVIEW = "`/kb review` shows them, nothing is published before"
REPLACE = ": `learn replace` removes {them}"
FOR_ALL = "Everybody who may ask me can be answered from it."
FOR_SOME = "What is for some people alone, or was before, is still only for them."
FOR_HERE = "Only the people of this channel can be answered from it."

log = structlog.get_logger(service="knowledge_service")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachFromFiles:
    """Keeps what is attached, reads it, and writes what is in it into the knowledge.

    Every step is repeatable: a message that is handled again after a crash finds what it has done.
    The files are deleted when they are learned.
    """

    keep: KeepAttachments
    files: Files
    open_reader: OpenReader
    write: ImportFound
    roles: Roles
    pauses: Sequence[float] = PAUSES

    async def __call__(self, admitted: Admitted, account: Account, command: Learn) -> str:
        """What came of it, for the person. `UserError` when nothing can be learned just now."""
        if not await self._insist(lambda: self.roles.is_admin(account)):
            return ADMINS_ONLY
        if not admitted.message.attachments:
            return HOW
        kept = await self._insist(lambda: self.keep(admitted, account))
        found = await self._insist(lambda: self._read(kept.files))
        audience = _here(admitted) if command.here else None
        options = ImportOptions(prune=command.replace, skip_bad=True, audience=audience)
        try:
            imported = await self._insist(
                lambda: self.write(account.organization_id, found, options, by=account.user_id)
            )
        finally:  # whoever sends them again brings them along
            await self._insist(lambda: self._delete(kept.files))
        log.info(
            "learned_from_files",
            message_id=str(admitted.id),
            user_id=str(account.user_id),
            files=len(found.read),
            entries=sum(len(one.reading.entries) for one in found.read),
        )
        learned = imported.report is not None and any(one.reading.entries for one in found.read)
        lines = (
            told(imported, review=REVIEW, prune=REPLACE),
            *left_out(imported),
            *kept.refusals,
            *imported.notes,
            *([_for_whom(command, imported)] if learned else []),
        )
        return "\n".join(lines)

    async def _read(self, kept: Sequence[StoredFile]) -> Found:
        found = Found()
        async with self.open_reader() as reader:
            for file in kept:
                found += await self._read_one(reader, file)
        return found

    async def _read_one(self, reader: ReadsFiles, file: StoredFile) -> Found:
        try:
            content = b"".join([part async for part in self.files.read(file)])
            reading = await reader.read(GivenFile(name=file.name, content=content))
        except LostFileError:
            reason = f"{file.name}: its content is lost. Please send it again."
            return Found(skipped=(Skipped(name=file.name, reason=reason),))
        except UserError as error:
            return Found(skipped=(Skipped(name=file.name, reason=str(error)),))
        return Found(read=(Read(name=file.name, reading=reading),))

    async def _delete(self, kept: Sequence[StoredFile]) -> None:
        for file in kept:
            await self.files.delete(file.organization_id, file.id)

    async def _insist(self, step: Callable[[], Awaitable[Result]]) -> Result:
        """Try a step again while a store or the platform is away, within some seconds."""
        for pause in self.pauses:
            try:
                return await step()
            except UnwritableError as error:
                log.error("files_unwritable", reason=str(error), cure=CURE)
                raise UserError(UNWRITABLE) from error
            except PASSING as error:
                log.info("learning_waits", reason=str(error))
                asked = error.retry_after if isinstance(error, RateLimitedError) else timedelta(0)
                wait = max(timedelta(seconds=pause), min(asked, LONGEST_PAUSE))
                await asyncio.sleep(wait.total_seconds())
        try:
            return await step()
        except PASSING as error:
            raise UserError(AWAY) from error


def _for_whom(command: Learn, imported: Imported) -> str:
    if command.here:
        return FOR_HERE
    return FOR_SOME if imported.for_some else FOR_ALL


def _here(admitted: Admitted) -> tuple[str, ...]:
    """The channel, of which a thread is a part.

    Not so on Discord: a thread may be private there, and what is taught in it not for the channel.
    """
    around = dataclasses.replace(admitted.message.conversation, thread="", root="")
    return (f"{CHANNEL}{around.place}",)
