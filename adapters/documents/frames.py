"""What the bot and its reading process say to each other: lengths in front of bytes."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

import orjson
from pydantic import TypeAdapter

from core.ports.documents import GivenFile, Reading

LENGTH = struct.Struct(">I")
LARGEST_ANSWER = 128 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was read of a file, or the sentence that says why nothing was."""

    reading: Reading | None = None
    refusal: str = ""


ANSWERS = TypeAdapter(Answer)


def pack_file(file: GivenFile) -> bytes:
    """A file on its way to the process."""
    about = orjson.dumps([file.name, file.content_type])
    return LENGTH.pack(len(about)) + about + LENGTH.pack(len(file.content)) + file.content


def take_file(source: BinaryIO) -> GivenFile | None:
    """The next file, None when there are no more."""
    about = _take(source)
    if about is None:
        return None
    name, content_type = orjson.loads(about)
    return GivenFile(name=name, content_type=content_type, content=_take(source) or b"")


def pack_answer(answer: Answer) -> bytes:
    """What was read, or why nothing was, on its way back."""
    written = ANSWERS.dump_json(answer)
    if len(written) > LARGEST_ANSWER:
        return pack_answer(Answer(refusal="there is too much text in it. Import it in parts."))
    return LENGTH.pack(len(written)) + written


def unpack_answer(written: bytes) -> Answer:
    """Read an answer. `ValueError`: it is none, whatever it was that wrote it."""
    return ANSWERS.validate_json(written)


def length_of(head: bytes) -> int:
    """How long the answer behind this head is. `ValueError`: longer than any."""
    (length,) = LENGTH.unpack(head)
    if length > LARGEST_ANSWER:
        raise ValueError("the answer is too long")
    return int(length)


def _take(source: BinaryIO) -> bytes | None:
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return source.read(LENGTH.unpack(head)[0])
