"""Cut what is long into pieces."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def in_chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """So many at a time, in order."""
    return (items[at : at + size] for at in range(0, len(items), size))
