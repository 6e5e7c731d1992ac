"""Tables, which Telegram does not have, in lines of one width."""

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from adapters.platforms.telegram.inline import bare_text


def to_lines(tokens: Iterator[Token]) -> str:
    """Lay out a table in columns. Takes its tokens up to the end of the table."""
    rows = _rows(tokens)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return "\n".join(lines)


def _rows(tokens: Iterator[Token]) -> Sequence[Sequence[str]]:
    rows: list[list[str]] = []
    for token in tokens:
        match token.type:
            case "tr_open":
                rows.append([])
            case "inline":
                rows[-1].append(bare_text(token.children or ()))
            case "table_close":
                break
            case _:
                pass
    return rows


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return " | ".join(cells).rstrip()
