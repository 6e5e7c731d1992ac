"""`trialogue settings`: what is set, and the reference of all settings."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import click
from pydantic import SecretStr

from bots.meanings import GROUPS, Group, Meaning
from bots.settings import Settings

HEAD = """\
# Settings

Settings are environment variables, or lines of a file `.env` in the directory where the bot is
started; the environment wins. An empty variable counts as not set, and unknown ones are passed
over. `trialogue settings` shows what is set, without secrets, and `trialogue doctor` tries it.
The bot does not start with a setting that is wrong; other commands look only at those of the
parts that they use.

This page is made from the code: `trialogue settings --markdown`.
"""
TABLE = "| variable | type | default | what it does |\n|---|---|---|---|\n"
HIDDEN = "(set, not shown)"


@click.command()
@click.option("--markdown", is_flag=True, help="Print the reference of all settings instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def settings(*, markdown: bool, as_json: bool) -> None:
    """Show every setting, what it is, and what it does. Secrets are not shown."""
    if markdown:
        click.echo(reference(), nl=False)
        return
    from bots.options import settings_for
    from bots.parts import Part

    found = settings_for(needed=tuple(Part))
    if as_json:
        click.echo(json.dumps([*_rows(found)], indent=2, ensure_ascii=False))
        return
    for group in GROUPS:
        click.echo(f"{group.title}:")
        for name in group.settings:
            click.echo(f"  {name:<24} {shown(found, name) or '-'}")


def reference() -> str:
    """All settings in Markdown."""
    return HEAD + "".join(_section(group) for group in GROUPS)


def shown(found: Settings, name: str) -> str:
    """The value in effect, as people may see it; empty where there is none."""
    value = getattr(found, name.lower())
    if value is None:
        return ""
    return HIDDEN if isinstance(value, SecretStr) else _in_words(value)


def _section(group: Group) -> str:
    note = f"{group.note}\n\n" if group.note else ""
    lines = [_line(name, meaning) for name, meaning in group.settings.items()]
    return f"\n## {group.title}\n\n{note}{TABLE}{''.join(lines)}"


def _line(name: str, meaning: Meaning) -> str:
    default = f"`{_default(name)}`" if _default(name) else ""
    example = f" Example: `{meaning.example}`" if meaning.example else ""
    return f"| `{name}` | {_type(name)} | {default} | {meaning.does}{example} |\n"


def _rows(found: Settings) -> Iterator[Mapping[str, object]]:
    for group in GROUPS:
        for name, meaning in group.settings.items():
            yield {
                "name": name,
                "group": group.title,
                "type": _type(name),
                "default": _default(name),
                "does": meaning.does,
                "example": meaning.example,
                "value": shown(found, name),
            }


def _default(name: str) -> str:
    default = Settings.model_fields[name.lower()].default
    return "" if default is None else _in_words(default)


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _type(name: str) -> str:
    return _type_in_words(Settings.model_fields[name.lower()].annotation)


def _type_in_words(annotation: Any) -> str:
    if get_origin(annotation) in {Union, UnionType}:
        [annotation] = [one for one in get_args(annotation) if one is not type(None)]
        return _type_in_words(annotation)
    if hasattr(annotation, "__metadata__"):
        return _type_in_words(annotation.__origin__)
    if get_origin(annotation) is Literal:
        return " or ".join(get_args(annotation))
    if issubclass(annotation, StrEnum):
        return " or ".join(annotation)
    words = {SecretStr: "secret", bool: "true or false", int: "whole number", float: "number"}
    return {**words, str: "text", Path: "directory"}[annotation]
