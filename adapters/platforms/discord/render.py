"""Replies in Discord's format.

Discord reads almost all of CommonMark: only what it shows differently is rewritten.
https://support.discord.com/hc/en-us/articles/210298617 and, for limits and mentions,
https://discord.com/developers/docs/resources/message#create-message.
"""

import html
import re
from collections.abc import Iterator, Sequence

from core.messages import Button
from core.text import clean, utf16_length

LONGEST_CONTENT = 2_000
TEXT_LIMIT = 1_900
"""Leaves room for what Discord's format needs more; text that gets too long all the same is posted
as it is, which Discord shows well enough."""

NOTHING = "\N{HORIZONTAL ELLIPSIS}"
"""Discord refuses a message with no words."""

ROW, BUTTON, SECONDARY = 1, 2, 2
BUTTONS_IN_ROW = 5
MOST_BUTTONS = 25
LONGEST_LABEL = 80

FENCE = re.compile(r"[ >]*(`{3,}|~{3,})(.*)")
DEEP_HEADING = re.compile(r" {0,3}#{4,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})")
OTHER_BULLET = re.compile(r"^([\s>]*)\+(?=\s)")
OTHER_NUMBER = re.compile(r"^([\s>]*(?:[-*+]\s+)?\d{1,9})\)(?=\s)")
OWN_START = re.compile(r"(?:-#|>>>)(?=\s)")
TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
CELL_BREAK = re.compile(r"(?<!\\)\|")
CELL_MARKS = re.compile(
    r"\\(?P<escaped>[^\w\s])"
    r"|(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|\[(?P<label>[^\[\]]+)\]\(<?(?P<address>[^\s()<>]+)>?\)"
    r"|(?P<mark>\*\*|__|~~|\*|(?<!\w)_|_(?!\w))(?=\S)(?P<marked>.+?)(?<=\S)(?P=mark)"
)
"""What a table in a code block would show as it is written."""

INLINE = re.compile(
    r"(?P<code>(?P<marks>`+)(?!`).*?(?<!`)(?P=marks)(?!`))"
    r"|(?P<url><[a-z][a-z0-9+.-]*:[^<>\s]*>|https?://[^\s<>]+)"
    r"|(?P<escape>\\.)"
    r"|(?P<bold>(?<![\w_])__(?=[^\s_])(?P<strong>.+?)(?<=[^\s_])__(?![\w_]))"
    r"|(?P<spoiler>\|\|)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    r"|(?P<image>!(?=\[[^\]\n]*\]\([^)\n]+\)))"
)
LITERAL = re.compile(
    r"(?P<url>https?://[^\s<>]+)"
    r"|(?P<sign>[\\*_~`|\[]|<(?=[@#:/]|a:|t:|id:))"
    r"|(?P<indent>^[ \t]*)(?=(?:#{1,3}|-#|[-+]|>|>>>)[ \t])",
    re.MULTILINE,
)
SPECIAL = frozenset("\\*_~`|<>#[]@")


def to_payload(text: str, *, plain: bool) -> dict[str, object]:
    """The body of a new message for CommonMark of at most `TEXT_LIMIT`. Nobody is notified.

    With `plain` the text is shown as it is, character by character.
    """
    text = clean(text)
    content = _escaped(text) if plain else to_content(text)
    if utf16_length(content) > LONGEST_CONTENT:
        content = text
    return {
        "content": content.strip() or NOTHING,
        "allowed_mentions": {"parse": [], "replied_user": False},
    }


def to_components(buttons: Sequence[Button]) -> list[dict[str, object]]:
    """Buttons in rows: https://discord.com/developers/docs/components/reference#button."""
    rows = (
        buttons[start : start + BUTTONS_IN_ROW]
        for start in range(0, min(len(buttons), MOST_BUTTONS), BUTTONS_IN_ROW)
    )
    return [{"type": ROW, "components": [_button(button) for button in row]} for row in rows]


def _button(button: Button) -> dict[str, object]:
    return {
        "type": BUTTON,
        "style": SECONDARY,
        "label": clean(button.label)[:LONGEST_LABEL],
        "custom_id": button.value,
    }


def to_content(text: str) -> str:
    """CommonMark as Discord's Markdown."""
    return "\n".join(_blocks(text.split("\n")))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        fence = FENCE.fullmatch(lines[at])
        if fence and "`" not in fence.group(2):
            end = _end_of_code(lines, at + 1, fence.group(1))
            yield from _fenced(lines[at : end + 1], fence.group(1))
        elif end := _end_of_table(lines, at):
            yield from _table(lines[at:end])
            end -= 1
        elif _is_underlined(lines, at):
            end = at + 1
            yield f"{'#' if '=' in lines[end] else '##'} {_inline(lines[at].strip())}"
        else:
            end = at
            yield _line(lines[at])
        at = end + 1


def _line(line: str) -> str:
    heading = DEEP_HEADING.fullmatch(line)
    if heading:
        return f"**{_inline(heading.group(1).replace('**', '').replace('__', ''))}**"
    if RULE.fullmatch(line):
        return "───"
    line = OTHER_BULLET.sub(r"\1-", line, count=1) if "+" in line else line
    line = OTHER_NUMBER.sub(r"\1.", line, count=1) if ")" in line else line
    line = f"\\{line}" if OWN_START.match(line) else line
    return _inline(line.removesuffix("\\"))


def _inline(text: str) -> str:
    return INLINE.sub(_rewritten, text)


def _rewritten(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "bold" | "strong":
            return f"**{_inline(found.group('strong'))}**"
        case "spoiler":
            return r"\|\|"
        case "entity":
            character = html.unescape(found.group())
            return f"\\{character}" if character in SPECIAL else character
        case "image":
            return ""
        case _:
            return found.group()


def _end_of_code(lines: Sequence[str], at: int, marks: str) -> int:
    """The line that closes the fence, or the last one."""
    while at < len(lines):
        line = lines[at].strip(" >")
        if len(line) >= len(marks) and not line.strip(marks[0]):
            return at
        at += 1
    return len(lines) - 1


def _fenced(lines: Sequence[str], marks: str) -> Iterator[str]:
    """A code block with the marks that Discord knows."""
    if marks[0] == "`" or any("```" in line for line in lines):
        yield from lines
        return
    for number, line in enumerate(lines):
        is_mark = number == 0 or not line.strip(" >~")
        yield line.replace(marks, "```", 1).rstrip("~") if is_mark else line


def _is_underlined(lines: Sequence[str], at: int) -> bool:
    """Whether a line is a heading by the line of signs below it, with nothing else above it."""
    starts = at == 0 or not lines[at - 1].strip()
    follows = at + 1 < len(lines) and UNDERLINE.fullmatch(lines[at + 1])
    return bool(starts and follows and re.match(r" {0,3}[^\s>#*+-]", lines[at]))


def _end_of_table(lines: Sequence[str], at: int) -> int:
    """The line behind the table that begins here, 0 when none does."""
    if "|" not in lines[at] or at + 1 == len(lines) or "|" not in lines[at + 1]:
        return 0
    if not TABLE_RULE.fullmatch(lines[at + 1]):
        return 0
    if len(_cells(lines[at])) != len(_cells(lines[at + 1])):
        return 0
    end = at + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    return end


def _table(lines: Sequence[str]) -> Iterator[str]:
    """Discord has no tables: an aligned one in a code block."""
    rows = [_cells(line) for number, line in enumerate(lines) if number != 1]
    columns = range(len(rows[0]))
    rows = [[row[column] if column < len(row) else "" for column in columns] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in columns]
    yield "```"
    for number, row in enumerate(rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if number == 0:
            yield "  ".join("─" * width for width in widths)
    yield "```"


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    cells = (_unmarked(cell.strip().replace("\\|", "|")) for cell in CELL_BREAK.split(inner))
    return [cell.replace("```", "'''") for cell in cells]


def _unmarked(cell: str) -> str:
    return CELL_MARKS.sub(_bare, cell)


def _bare(found: re.Match[str]) -> str:
    if found["address"]:
        label = _unmarked(found["label"])
        return label if label == found["address"] else f"{label} ({found['address']})"
    return found["escaped"] or (found["code"] or "").strip() or _unmarked(found["marked"] or "")


def _escaped(text: str) -> str:
    """Text that shows character by character, with addresses left whole."""
    return LITERAL.sub(_literal, text)


def _literal(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "sign":
            return f"\\{found.group()}"
        case "indent":
            return f"{found.group()}\\"
        case _:
            return found.group()
