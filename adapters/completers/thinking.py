"""Leave out what a model says to itself: some servers send it in the answer, between marks."""

from dataclasses import dataclass

BEGIN, END = "<think>", "</think>"


@dataclass(slots=True)
class Spoken:
    """What is meant for the reader. Marks may come in pieces; only the first thought counts."""

    held: str = ""
    thinks: bool = False
    speaks: bool = False

    def take(self, piece: str) -> str:
        """The part of a piece that is spoken; empty while that is not known yet."""
        if self.speaks:
            return piece
        self.held += piece
        if not self.thinks:
            begun = self.held.lstrip()
            if BEGIN.startswith(begun):
                return ""
            if not begun.startswith(BEGIN):
                return self._speak(self.held)
            self.thinks = True
        _, ended, rest = self.held.partition(END)
        if ended:
            return self._speak(rest.lstrip())
        self.held = self.held[-len(END) :]
        return ""

    def rest(self) -> str:
        """What was held back when the answer ended before it was known to be spoken."""
        return "" if self.thinks or self.speaks else self._speak(self.held)

    def _speak(self, text: str) -> str:
        self.held, self.speaks = "", True
        return text
