"""Tables as lists: no chat platform shows a table, and each row is read by itself."""

from collections.abc import Sequence

NARROW = 2


def table_text(rows: Sequence[Sequence[str]], *, has_head: bool) -> str:
    """One item for each row, its cells named by their columns where these have names.

    Cells are CommonMark. A row of one cell is a line by itself.
    """
    lines = [[" ".join(cell.split()) for cell in row] for row in rows]
    filled = [line for line in lines if any(line)]
    head = filled.pop(0) if has_head and len(filled) > 1 else []
    return "\n".join(f"- {_row(line, head)}" for line in filled)


def _row(cells: Sequence[str], head: Sequence[str]) -> str:
    if not head:
        kept = [cell for cell in cells if cell]
        return ": ".join(kept) if len(kept) <= NARROW else "; ".join(kept)
    names = [*head, *[""] * len(cells)]
    named = zip(names, cells, strict=False)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)
