"""JSON: a list of `{"question": ..., "answer": ...}`, or the same below `entries`."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from core.knowledge.importing.rows import Problems, Row, labels_in

REASONS = {
    "missing": "it is missing",
    "string_type": "it must be text",
    "list_type": "it must be a list of texts",
    "bool_type": "it must be true or false",
    "model_type": "it must be an object with question and answer",
}


def _split(value: Any) -> Any:
    return labels_in(value) if isinstance(value, str) else value


Labels: TypeAlias = Annotated[list[str], BeforeValidator(_split)]
"""A list of texts, or one text as a cell of a table has it."""


class Item(BaseModel):
    """One object of the file."""

    model_config = ConfigDict(extra="allow", strict=True)

    answer: str
    question: str | None = None
    questions: list[str] = []
    phrasings: list[str] = []
    keywords: Labels = []
    source: str | None = None
    tags: Labels = []
    language: str | None = None
    audience: Labels = []
    passage: bool = False


def read_json(_: str, text: str, problems: Problems) -> tuple[list[Row], list[str]]:
    """Read rows, and notes about names that are not ours."""
    try:
        root = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        problems.add(f"line {error.lineno}, column {error.colno}", f"this is no JSON: {error.msg}")
        return [], []
    path, items = ("entries", root.get("entries")) if isinstance(root, dict) else ("", root)
    if not isinstance(items, list):
        problems.add("the file", 'it must hold a list of objects, or {"entries": [...]}')
        return [], []
    places = [f"{path}[{number}]" for number in range(len(items))]
    read = [_item(place, item, problems) for place, item in zip(places, items, strict=True)]
    rows = [_row(place, item) for place, item in zip(places, read, strict=True) if item]
    unknown = sorted({name for item in read if item for name in item.model_extra or ()} - {"id"})
    return rows, [f"the name {name!r} is not known and was left out" for name in unknown]


def _item(place: str, value: Any, problems: Problems) -> Item | None:
    try:
        return Item.model_validate(value)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            reason = REASONS.get(problem["type"], problem["msg"])
            problems.add(place + _path(problem["loc"]), reason)
        return None


def _path(location: Sequence[int | str]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _row(place: str, item: Item) -> Row:
    single = [item.question] if item.question is not None else []
    return Row(
        place=place,
        questions=[*single, *item.questions, *item.phrasings],
        answer=item.answer,
        keywords=[keyword for keyword in item.keywords if keyword.strip()],
        source=item.source or "",
        tags=item.tags,
        language=item.language or "",
        audience=item.audience,
        passage=item.passage,
    )
