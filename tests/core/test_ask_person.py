"""Passing a question on: the letter that admins get, and what the person hears."""

from dataclasses import replace
from uuid import UUID

import pytest

from core.answers.person import (
    ASKED_BEFORE,
    NOBODY_TO_ASK,
    NOT_OPEN,
    AskAPerson,
    heard_of,
)
from core.clicks import AskPerson
from core.kb.requests import Add, read
from core.ports.gaps import gap_hash
from core.ports.inbox import Admitted
from core.ports.usage import Asked
from tests.core.memory import admitted

GAP = AskPerson(gap=gap_hash("where is it"))


class Office:
    """Admins who keep their letters; one question is open, or none."""

    def __init__(self, question: str | None, *, admins: int = 1, before: bool = False) -> None:
        self.open = question
        self.answer = Asked(admins=admins, before=before)
        self.letters: list[str] = []

    async def question(self, organization_id: UUID, gap: bytes, user: UUID) -> str | None:
        return self.open if gap == GAP.gap else None

    async def ask_person(self, admitted: Admitted, gap: bytes, text: str) -> Asked:
        self.letters.append(text)
        return self.answer


async def ask(office: Office) -> Asked | None:
    click = admitted()
    account = click.account
    assert account
    author = replace(click.message.author, name="*Ada* <@everyone>")
    click = replace(click, message=replace(click.message, author=author))
    return await AskAPerson(people=office)(GAP, account, click)


@pytest.mark.parametrize(
    ("admins", "before", "answer"),
    [
        (0, False, NOBODY_TO_ASK),
        (2, True, ASKED_BEFORE),
        (1, False, "I have asked your admin. You will hear from me when one of them answers."),
        (3, False, "I have asked 3 admins of your organization. You will hear from me when one of"),
    ],
)
async def test_who_clicks_hears_what_came_of_it(admins: int, before: bool, answer: str) -> None:
    assert heard_of(await ask(Office("Where?", admins=admins, before=before))).startswith(answer)


async def test_of_what_is_not_open_nobody_is_asked() -> None:
    office = Office(None)
    assert heard_of(await ask(office)) == NOT_OPEN
    assert office.letters == []


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Where is it?", "Where is it?"),
        ("`code`\nand a | bar", "'code' and a / bar"),
        ("long " * 300, ("long " * 200).strip()),
    ],
)
async def test_the_letter_names_who_asks_and_holds_the_command_that_answers(
    question: str, told: str
) -> None:
    office = Office(question)
    await ask(office)
    [letter] = office.letters
    assert letter.startswith("Ada everyone asks something that I do not know.")
    command = letter.rpartition("\n\n")[2]
    assert command == f"`/kb add {told} | ANSWER`"
    assert read(command.strip("`").removeprefix("/kb ")) == Add(question=told, answer="ANSWER")
