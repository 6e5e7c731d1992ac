"""The files of messages: what is attached is told, and can be fetched from its platform alone."""

from dataclasses import replace

import pytest

from adapters.platforms.discord.adapter import DiscordAdapter
from core.errors import FileRefusedError, FileUnavailableError
from core.messages import Attachment
from core.ports.platform import FetchesFiles
from tests.contract.attaching import attach
from tests.contract.transports import Transport


async def fetched(transport: Transport, attachment: Attachment) -> bytes:
    assert isinstance(transport.adapter, FetchesFiles)
    return b"".join([part async for part in transport.adapter.fetch(attachment)])


async def attached(transport: Transport, name: str, content: bytes) -> Attachment:
    await attach(transport.stand_in, name, content)
    message = await transport.inbox.next()
    assert message.text == "look"
    [attachment] = message.attachments
    return attachment


async def test_what_is_attached_is_told_and_fetched(transport: Transport) -> None:
    content = b"a,b\n1,2\n" * 40_000
    async with transport.listening():
        attachment = await attached(transport, "figures.csv", content)
        assert (attachment.name, attachment.size) == ("figures.csv", len(content))
        assert attachment.reference not in repr(attachment)
        assert await fetched(transport, attachment) == content


async def test_a_message_without_files_has_none(transport: Transport) -> None:
    async with transport.listening():
        message = await transport.mentioned()
        assert message.attachments == ()


async def test_an_empty_file_is_fetched(transport: Transport) -> None:
    async with transport.listening():
        attachment = await attached(transport, "empty.txt", b"")
        assert await fetched(transport, attachment) == b""


async def test_a_file_that_is_not_there_is_refused(transport: Transport) -> None:
    async with transport.listening():
        attachment = await attached(transport, "a.txt", b"words")
        other = replace(attachment, reference=attachment.reference[:-4] + "AAAA")
        with pytest.raises(FileRefusedError) as caught:
            await fetched(transport, other)
        assert attachment.reference not in str(caught.value)


@pytest.mark.parametrize(
    "reference", ["", "../../etc/passwd", "http://169.254.169.254/latest/meta-data", "\x00"]
)
async def test_what_is_no_reference_is_refused(transport: Transport, reference: str) -> None:
    async with transport.listening():
        with pytest.raises(FileRefusedError):
            await fetched(transport, Attachment(reference=reference))


async def test_while_the_platform_is_away_a_file_may_be_had_later(transport: Transport) -> None:
    async with transport.listening():
        attachment = await attached(transport, "a.txt", b"words")
        async with transport.stand_in.unreachable():
            with pytest.raises(FileUnavailableError):
                await fetched(transport, attachment)
        assert await fetched(transport, attachment) == b"words"


async def test_a_bot_that_was_closed_says_so(transport: Transport) -> None:
    if not isinstance(transport.adapter, DiscordAdapter):
        return  # the others open connections anew
    async with transport.listening():
        attachment = await attached(transport, "a.txt", b"words")
    await transport.adapter.close()
    with pytest.raises(FileUnavailableError):
        await fetched(transport, attachment)
