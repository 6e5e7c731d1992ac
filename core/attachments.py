"""Keep the files of a message, for a command that wants them."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid5

import structlog

from core.accounts import Account, Resource
from core.errors import FileRefusedError
from core.filenames import clean_name
from core.messages import Attachment, Platform
from core.ports.files import Files, NewFile, NoRoomError, StoredFile, TooLargeError
from core.ports.inbox import Admitted
from core.ports.platform import ChatAdapter, FetchesFiles
from core.usage.reports import amount

MOST = 10  # files of one message
KEPT = timedelta(days=30)

REFUSED = (
    "I could not get the file {name}: {platform} does not give it to me. Please attach it again."
)
TOO_LARGE = "The file {name} is larger than {limit}: send it in parts."
TOO_MANY = "I took the first {most} files and left the others: send them in a message of their own."

log = structlog.get_logger(service="attachments")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAttachments:
    """The files that are kept, and a sentence for the person for each that is not."""

    files: tuple[StoredFile, ...] = ()
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAttachments:
    """Copies files from their platform into `Files`, on the account of their sender.

    A repeat for the same message finds what is kept: each file's id follows from the message's.
    What may work later is raised: `RateLimitedError`, `FileUnavailableError`, `UnavailableError`.
    """

    files: Files
    adapters: Mapping[Platform, ChatAdapter]
    lifetime: timedelta = KEPT

    async def __call__(self, admitted: Admitted, account: Account) -> KeptAttachments:
        """Keep what came with a message; one after the other, since each may be large."""
        message = admitted.message
        adapter = self.adapters.get(message.conversation.platform)
        if not isinstance(adapter, FetchesFiles):
            return KeptAttachments()
        kept: list[StoredFile] = []
        refusals: list[str] = []
        for number, attachment in enumerate(message.attachments[:MOST]):
            file_id = uuid5(admitted.id, str(number))
            try:
                kept.append(await self._keep(adapter, attachment, file_id, account))
            except (TooLargeError, NoRoomError) as error:
                refusals.append(str(error))
            except FileRefusedError as error:
                log.info("attachment_refused", message_id=str(admitted.id), reason=str(error))
                platform = message.conversation.platform.value.capitalize()
                refusals.append(REFUSED.format(name=clean_name(attachment.name), platform=platform))
        if len(message.attachments) > MOST:
            refusals.append(TOO_MANY.format(most=MOST))
        return KeptAttachments(files=tuple(kept), refusals=tuple(refusals))

    async def _keep(
        self, adapter: FetchesFiles, attachment: Attachment, file_id: UUID, account: Account
    ) -> StoredFile:
        """Reserve what the platform says of its size, and take no byte more than that."""
        limit = adapter.file_limit
        if attachment.size is not None and attachment.size > limit:
            words = amount(Resource.STORAGE, limit).removesuffix(" of storage")
            raise TooLargeError(TOO_LARGE.format(name=clean_name(attachment.name), limit=words))
        file = NewFile(
            id=file_id,
            holder=account,
            name=attachment.name,
            limit=max(1, limit if attachment.size is None else attachment.size),
            lifetime=self.lifetime,
        )
        async with aclosing(adapter.fetch(attachment)) as content:
            return await self.files.put(file, content)
