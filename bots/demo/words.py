"""What the demo says on the terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

WIDTH = 11


class Progress:
    """One line a step: what is under way on a terminal, what is done anywhere."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._live = not silent and sys.stdout.isatty()

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator["Done"]:
        """A step; what was done is set on the value while it runs."""
        began, done = time.monotonic(), Done()
        if self._live:
            click.echo(f"  … {name:<{WIDTH}} {doing}", nl=False)
        try:
            yield done
        except BaseException:
            if self._live:
                click.echo()
            raise
        if not self._silent:
            line = f"  ✓ {name:<{WIDTH}} {done.words or doing}"
            start = "\r\x1b[2K" if self._live else ""
            click.echo(
                f"{start}{line}  {click.style(f'{time.monotonic() - began:.1f} s', dim=True)}"
            )


class Done:
    """What a step has to say at its end."""

    words = ""


def invitation(url: str, suggestion: str, log: str) -> str:
    """What to open, and what to try."""
    return f"""
  Open {click.style(url, bold=True)}

  Then try:
    1. Ask in any of the three:  @Trialogue {suggestion}
    2. Ask it again: the wire view shows that the second answer came from the cache.
    3. Type / for the commands. Only you see what /usage answers.
    4. Ask what it cannot know. Then, as Amara: /kb add your question | the answer. It finds you.
    5. Faults: kill the bot while it answers. Nothing is lost.

  The bot's log is {log}. Ctrl-C stops everything and keeps what was said.
"""
