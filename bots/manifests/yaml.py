"""Just enough YAML to write a manifest with the reasons beside its lines."""

import json
from collections.abc import Iterator, Mapping, Sequence

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]


def to_yaml(value: Mapping[str, Value], notes: Mapping[str, str]) -> str:
    """Write a mapping. `notes` are comments for the texts in lists that they are named by."""
    return "".join(f"{line}\n" for line in _mapping(value, notes))


def _mapping(value: Mapping[str, Value], notes: Mapping[str, str]) -> Iterator[str]:
    for key, inner in value.items():
        lines = list(_lines(inner, notes))
        if _is_scalar(inner):
            yield f"{key}: {lines[0]}"
        else:
            yield f"{key}:"
            yield from (f"  {line}" for line in lines)


def _lines(value: Value, notes: Mapping[str, str]) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _mapping(value, notes)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            first, *rest = _lines(item, notes)
            yield f"- {first}{_note(item, notes)}"
            yield from (f"  {line}" for line in rest)
    else:
        # JSON's form of a text is one of YAML's, and means itself whatever is in it.
        yield json.dumps(value, ensure_ascii=False)


def _note(item: Value, notes: Mapping[str, str]) -> str:
    return f"  # {notes[item]}" if isinstance(item, str) and item in notes else ""


def _is_scalar(value: Value) -> bool:
    return isinstance(value, str | int | bool)
