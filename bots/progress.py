"""Show on a terminal how far an import is; nothing anywhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

LONGEST_NAME = 60  # characters


class ImportProgress(Protocol):
    """Hears of what is read."""

    def source(self, name: str, number: int, total: int) -> None:
        """A file or an address is begun, counted from 0."""

    def page(self, name: str, number: int, total: int) -> None:
        """A page of the address is begun; `total` grows as further ones are found."""


class _Unseen:
    def source(self, name: str, number: int, total: int) -> None:
        pass

    def page(self, name: str, number: int, total: int) -> None:
        pass


@contextmanager
def import_progress(*, shown: bool) -> Iterator[ImportProgress]:
    """Show a bar on the error output while the block lasts, where that is a terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield _Unseen()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        sources, pages = bar.add_task("Files", total=None), bar.add_task("", visible=False)

        class Shown:
            """Moves the bars."""

            def source(self, name: str, number: int, total: int) -> None:
                bar.update(pages, visible=False)
                bar.update(sources, description=_short(name), completed=number, total=total)

            def page(self, name: str, number: int, total: int) -> None:
                text = _short(name)
                bar.update(pages, description=text, completed=number, total=total, visible=True)

        def _short(name: str) -> str:
            cut = name if len(name) <= LONGEST_NAME else f"…{name[-LONGEST_NAME:]}"
            return escape(cut)

        yield Shown()
