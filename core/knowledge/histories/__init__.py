"""Exported histories of Slack, Discord and Telegram: what was asked, and the accepted answer."""

from collections.abc import Iterable
from io import BytesIO
from zipfile import BadZipFile, ZipFile

import orjson

from core.errors import UserError
from core.knowledge.histories import discord, slack, telegram
from core.knowledge.histories.pairs import proposals_of
from core.knowledge.histories.said import Talk
from core.ports.documents import Reading
from core.ports.proposals import NewProposal
from core.wording import counted

MOST = 5_000
"""Proposals of one export: somebody is to review them all."""

__all__ = ["read_export", "read_history"]


def read_history(name: str, content: bytes) -> Reading | None:
    """The proposals of an exported chat in JSON, None when this is none.

    `UserError`, without the name in front, says why it is not read.
    """
    try:
        root = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(root, dict):
        return None
    if discord.is_discord_export(root):
        return _read(name, discord.talks_of(root))
    if telegram.is_telegram_export(root):
        return _read(name, telegram.talks_of(root))
    return None


def read_export(name: str, content: bytes) -> Reading:
    """The proposals of a Slack export, which is a zip file. `UserError` as `read_history`."""
    try:
        with ZipFile(BytesIO(content)) as packed:
            if not slack.is_slack_export(packed):
                raise UserError(
                    "it is no export of Slack. Unpack other zip files, and import what is in them."
                )
            return _read(name, slack.talks_of(packed))
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, KeyError) as error:
        raise UserError(
            "the zip file is damaged, or protected by a password. Export it again, without one."
        ) from error


def _read(name: str, talks: Iterable[Talk]) -> Reading:
    found: dict[tuple[str, str], NewProposal] = {}
    messages = 0
    for talk in talks:
        messages += len(talk.messages)
        for proposal in proposals_of(talk):
            found.setdefault((proposal.question, proposal.answer), proposal)
    questions = counted(len(found), "question")
    said = f"{name}: {counted(messages, 'message')}, {questions} with an accepted answer"
    if len(found) > MOST:
        said += f", of which the first {MOST:,} are taken"
    return Reading(proposals=tuple(found.values())[:MOST], notes=(f"{said}.",))
