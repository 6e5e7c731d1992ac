"""Cut CommonMark text to a platform's length without breaking a code fence."""

import re
import unicodedata
from dataclasses import replace

from core.fences import MARKS, Fence, code_of, open_fence
from core.text import utf16_length

SMALLEST_LIMIT = 32
BREAKS = (
    (re.compile(r"\n[ \t]*\n"), 2),
    (re.compile(r"\n"), 4),
    (re.compile(r"(?<=[.!?…])[ \t]|(?<=[。！？])"), 4),
    (re.compile(r"\n"), 0),
    (re.compile(r"[ \t]"), 0),
)
"""Where a cut is welcome, best first, and the share of the room (1 / n) that it must lie behind."""
UNBROKEN = re.compile(r"!?\[[^\[\]\n]*\]\([^()\s]*\)|`[^`\n]+`|\*\*[^*\n]+\*\*|<[^<>\s]+>")
HEADING = re.compile(r"#{1,6}[ \t]")
SPAN = 1_000  # characters of a line looked at around a cut
BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")
INDENT = re.compile(r"[ \t]*")
ITEM = re.compile(r"[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)+")
JOINER = "\N{ZERO WIDTH JOINER}"
FLAGS = range(0x1F1E6, 0x1F200)
FOLLOWING = (range(0x1F3FB, 0x1F400), range(0xE0020, 0xE0080), range(0x1160, 0x1200))
"""Skin tones, emoji tags, vowels and finals of Hangul: they belong to what stands before them."""
LONGEST_CLUSTER = 24


def split(text: str, limit: int) -> tuple[str, ...]:
    """Cut text into parts of at most `limit` UTF-16 code units, in order.

    Only white space at the cuts is lost. A code fence that is cut is closed and opened again with
    the same marks and language; one that its author left open is closed.
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"a part needs room for {SMALLEST_LIMIT} characters, not {limit}")
    if not text.strip():
        raise ValueError("there is nothing to split")
    if utf16_length(text) <= limit and not MARKS.search(text):
        return (text,)
    rest = _skip_blank_lines(text.replace("\r\n", "\n").replace("\r", "\n").rstrip())
    parts = []
    while rest:
        part, rest = _cut(rest, limit)
        if part:
            parts.append(part)
    return tuple(parts)


def _cut(text: str, limit: int) -> tuple[str, str]:
    """The first part, and what is left as a document of its own."""
    room, lowest = limit, 1
    at = _break(text, _reach(text, room), lowest)
    while True:
        part = text[:at].rstrip()
        fence = open_fence(part)
        if fence is None:
            return part, _rest_of_text(text, at)
        closed = f"{part}\n{fence.closing}"
        overflow = utf16_length(closed) - limit
        if at == len(text) and overflow <= 0:
            return closed, ""
        if _moves_whole(text, at, fence, limit):
            at = fence.start - 1
            continue
        first_code = _first_code(text, fence)
        if at < first_code and lowest < first_code <= _reach(text, room):
            lowest = first_code
        elif overflow > 0:
            room = max(1, room - overflow)
        else:
            blank = fence.body <= at < first_code and not text[: fence.start].strip()
            return "" if blank else closed, _rest_of_code(text, at, fence, limit)
        at = _break(text, _reach(text, room), lowest)


def _reach(text: str, room: int) -> int:
    """How many characters fit into so many UTF-16 code units."""
    reach = min(len(text), room)
    while (over := utf16_length(text[:reach]) - room) > 0:
        reach -= (over + 1) // 2
    return reach


def _break(text: str, reach: int, lowest: int) -> int:
    """The best place to cut: at most `reach`, and from `lowest` on if that is possible."""
    if reach >= len(text):
        return len(text)
    for pattern, share in BREAKS:
        floor = max(lowest, reach // share if share else 1)
        places = [found.start() for found in pattern.finditer(text, floor, reach + 1)]
        for place in reversed(places[-8:]):
            if place <= reach and text[:place].strip() and not _hurts(text, place):
                return place
    for place in range(reach, max(lowest, reach - LONGEST_CLUSTER), -1):
        if not _joined(text, place):
            return place
    return max(reach, 1)


def _hurts(text: str, place: int) -> bool:
    """Whether a cut strands a heading, breaks a link or inline code, or makes or ends a fence."""
    begun = text.rfind("\n", 0, place) + 1
    line = text[begun:place]
    if text[place] == "\n":
        return begun > 0 and HEADING.match(line) is not None
    if MARKS.match(text[place:].lstrip()[:3]) or MARKS.match(line.lstrip(" \t>")):
        return True
    start = max(begun, place - SPAN)
    end = text.find("\n", place)
    end = place + SPAN if end < 0 else min(end, place + SPAN)
    return any(span.start() < place < span.end() for span in UNBROKEN.finditer(text, start, end))


def _joined(text: str, place: int) -> bool:
    """Whether the characters around a place look like one, or belong to one mark."""
    before, after = text[place - 1], text[place]
    if JOINER in (before, after) or before == "\\" or unicodedata.category(after)[0] == "M":
        return True
    if ord(after) in FLAGS:
        flags = 0
        while flags < place and ord(text[place - 1 - flags]) in FLAGS:
            flags += 1
        return flags % 2 == 1
    return (before == after and after in "`~") or any(ord(after) in block for block in FOLLOWING)


def _first_code(text: str, fence: Fence) -> int:
    """The offset behind the first character of code that is seen."""
    code = text[fence.body :]
    return fence.body + len(code) - len(code.lstrip()) + 1


def _moves_whole(text: str, at: int, fence: Fence, limit: int) -> bool:
    """Whether a fence goes to the next part as a whole: no code of it fits here, or it is short."""
    if not text[: fence.start].strip():
        return False
    lines = text[fence.body : fence.start + limit].split("\n")[:-1]
    short = any(fence.closed_by(line) for line in lines)
    return at < _first_code(text, fence) or (short and fence.start * 4 >= limit)


def _rest_of_text(text: str, at: int) -> str:
    """What follows a cut outside code: a list item's continuation moves to the margin."""
    tail = _skip_blank_lines(text[at:])
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if line and tail == text[at:]:
        item = ITEM.match(line)
        return _outdent(tail.lstrip(" \t"), _columns(item.group()) if item else 0, skip=1)
    columns = _columns(_indent(tail))
    return _outdent(tail, columns) if _in_list(text[:at], columns) else tail


def _rest_of_code(text: str, at: int, fence: Fence, limit: int) -> str:
    """What follows a cut in code: the fence opened again, and the rest of it."""
    again = fence.within(limit)
    if "\n" not in text[fence.start : at] and text[at] != "\n":
        if text[at] == text[at - 1] == fence.marks[0]:
            return text[at:]  # marks that fill a part on their own cannot be opened again
        again = replace(again, info="")
    if fence.nested:
        return _rest_of_nested_code(text, at, fence, again)
    tail = _skip_blank_lines(text[at:])
    closing, _, others = tail.partition("\n")
    if tail != text[at:] and fence.closed_by(closing):
        return _skip_blank_lines(others)
    return f"{again.opening}\n{tail}"


def _rest_of_nested_code(text: str, at: int, fence: Fence, again: Fence) -> str:
    """The same where the fence lies in a list item or a quote: it moves to the margin."""
    if text[at - 1] == "\n":
        at -= 1
    lines = text.split("\n")
    code, end = code_of(_container(lines, fence.line), fence)
    done = text.count("\n", fence.start, at)
    left = [] if done > len(code) else [text[at:].partition("\n")[0], *code[done:]]
    left = _skip_blank_lines("\n".join([*left, ""])).split("\n")[:-1]
    after = _skip_blank_lines("\n".join(lines[end:]))
    if ">" not in fence.prefix:
        after = _outdent(after, _columns(fence.prefix))
    if not left:
        return after
    inside = [again.prefix + line for line in left]
    return "\n".join([again.opening, *inside, again.closing, after]).rstrip()


def _container(lines: list[str], first: int) -> list[str]:
    """The lines up to one at the margin: no list item or quote goes on behind it."""
    for number in range(first + 1, len(lines)):
        if lines[number][:1] not in ("", " ", "\t", ">"):
            return lines[:number]
    return lines


def _skip_blank_lines(text: str) -> str:
    blank = BLANK_LINES.match(text)
    return text[blank.end() :] if blank else text


def _indent(line: str) -> str:
    found = INDENT.match(line)
    return found.group() if found else ""


def _columns(space: str) -> int:
    return len(space.expandtabs(4))


def _in_list(head: str, columns: int) -> bool:
    """Whether a line indented so far, right after `head`, belongs to a list item."""
    if not columns:
        return False
    for line in reversed(head.split("\n")):
        if line.strip() and _columns(_indent(line)) < columns:
            return ITEM.match(line) is not None
    return False


def _outdent(text: str, columns: int, *, skip: int = 0) -> str:
    """Take so many columns from the lines that have them, up to the first that has not."""
    if not columns:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines[skip:], skip):
        indent = _indent(line).expandtabs(4)
        if line.strip() and len(indent) < columns:
            break
        lines[number] = indent[columns:] + line.lstrip(" \t")
    return "\n".join(lines)
