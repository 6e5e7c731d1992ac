"""Write text that is none as CommonMark: it means itself, whatever is in it."""

import re

MARKUP = re.compile(r"[\\`*\[\]<>]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
AT_THE_START = re.compile(r"(?m)^([ \t]*)(#{1,6}(?=\s)|[-+](?=\s)|(?:={2,}|-{2,}|~{3,})[ \t]*$)")
NUMBERED = re.compile(r"(?m)^([ \t]*\d{1,9})([.)])(?=\s)")
CODE = re.compile(r"`+")


def escape(text: str) -> str:
    """Text with its signs escaped that would mark something up."""
    text = MARKUP.sub(lambda found: f"\\{found[0]}", text)
    text = AT_THE_START.sub(r"\1\\\2", text)
    return NUMBERED.sub(r"\1\\\2", text)


def code(text: str) -> str:
    """Code within a line, which may hold backticks itself."""
    line = " ".join(text.split())
    if not line:
        return ""
    marks = "`" * (_longest(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{marks}{space}{line}{space}{marks}"


def code_block(text: str) -> str:
    """Code as a block of its own."""
    marks = "`" * max(3, _longest(text) + 1)
    return f"{marks}\n{text.strip(chr(10))}\n{marks}"


def _longest(text: str) -> int:
    return max((len(marks) for marks in CODE.findall(text)), default=0)
