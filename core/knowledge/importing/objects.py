"""JSON: a list of `{"question": ..., "answer": ...}`, or the same below `entries`."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from core.knowledge.importing.rows import Problems, Row
from core.knowledge.importing.tables import BETWEEN_KEYWORDS

REASONS = {
    "missing": "it is missing",
    "string_type": "it must be text",
    "list_type": "it must be a list of texts",
    "model_type": "it must be an object with question and answer",
}


def _split_keywords(value: Any) -> Any:
    return BETWEEN_KEYWORDS.split(value) if isinstance(value, str) else value


class Item(BaseModel):
    """One object of the file."""

    model_config = ConfigDict(extra="allow", strict=True)

    answer: str
    question: str | None = None
    questions: list[str] = []
    phrasings: list[str] = []
    keywords: Annotated[list[str], BeforeValidator(_split_keywords)] = []
    source: str | None = None


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
        answer=item.answer.strip().replace("\r\n", "\n").replace("\r", "\n"),
        keywords=[keyword for keyword in item.keywords if keyword.strip()],
        source=item.source or "",
    )
