"""Numbers as people write them."""


def counted(number: int, one: str, more: str = "") -> str:
    """A number with its noun: `1 entry`, `2 entries`; `more` where it is not `one` with an s."""
    return f"1 {one}" if number == 1 else f"{number:,} {more or f'{one}s'}"


def times(number: int) -> str:
    """How often something happened: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")
