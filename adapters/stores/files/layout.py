"""Where a content is found, in every store of contents alike."""

from collections.abc import AsyncIterable, AsyncIterator
from uuid import UUID


def place_of(content: UUID) -> tuple[str, str, str]:
    """Two levels of folders and a name, all of our own making.

    An id begins with the time it was made at, and ends at random: the end spreads the contents.
    """
    name = content.hex
    return name[-2:], name[-4:-2], name


async def gathered(parts: AsyncIterable[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes in parts of exactly a size; the last one is what remains, maybe nothing."""
    waiting = bytearray()
    async for part in parts:
        waiting += part
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    yield bytes(waiting)
