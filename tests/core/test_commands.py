"""What a message asks for."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commands import (
    COMMANDS,
    Ask,
    Command,
    Help,
    Learn,
    Rate,
    Stale,
    Usage,
    rating_buttons,
    understand,
)
from core.messages import Attachment, Author, Conversation, IncomingMessage, Kind, Platform

LONGEST_VALUE = 64  # bytes: Telegram's callback data


def message(text: str, kind: Kind = Kind.MESSAGE) -> IncomingMessage:
    return IncomingMessage(
        dedupe_key="1",
        conversation=Conversation(platform=Platform.SLACK, space="T", channel="C"),
        space=None,
        author=Author(platform=Platform.SLACK, id="U"),
        message_id="1",
        text=text,
        sent_at=datetime.now(UTC),
        kind=kind,
    )


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("How do I do it?", Ask(question="How do I do it?")),
        ("  how?  ", Ask(question="how?")),
        ("/ask how?", Ask(question="how?")),
        ("/ASK how?\nand why", Ask(question="how?\nand why")),
        ("/asking for a friend", Ask(question="/asking for a friend")),
        ("/usr/bin is missing", Ask(question="/usr/bin is missing")),
        ("", Help()),
        ("help!", Help()),
        ("/start", Help()),
        ("/help", Help()),
        ("/ask", Help()),
        ("/usage", Usage()),
        ("learn", Learn()),
        ("Learn!", Learn()),
        ("/learn", Learn()),
        ("/learn replace", Learn(replace=True)),
        ("learn to swim, where?", Ask(question="learn to swim, where?")),
        ("learning?", Ask(question="learning?")),
    ],
)
def test_words(text: str, command: Command) -> None:
    assert understand(message(text)) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("learn", Learn()),
        ("please learn these, thank you", Learn()),
        ("Learn: replace what you had", Learn(replace=True)),
        ("what is this?", Ask(question="what is this?")),
        ("learning by doing", Ask(question="learning by doing")),
    ],
)
def test_words_with_a_file(text: str, command: Command) -> None:
    attached = replace(message(text), attachments=(Attachment(name="a.pdf", reference="1"),))
    assert understand(attached) == command


@pytest.mark.parametrize("text", ["/help", "/start", "/ask"])
def test_help_is_for_the_author_of_a_command_alone(text: str) -> None:
    assert understand(message(text, Kind.COMMAND)) == Help(private=True)


def test_every_announced_command_is_understood_as_itself() -> None:
    for spec in COMMANDS:
        understood = understand(message(f"/{spec.name} something", Kind.COMMAND))
        assert type(understood).__name__.lower() == spec.name


def test_a_click_on_a_rating_button_is_a_vote() -> None:
    message_id = uuid4()
    up, down = rating_buttons(message_id)
    assert understand(message(up.value, Kind.CLICK)) == Rate(message_id=message_id, helpful=True)
    assert understand(message(down.value, Kind.CLICK)) == Rate(message_id=message_id, helpful=False)
    assert max(len(button.value.encode()) for button in (up, down)) <= LONGEST_VALUE


@given(st.text())
def test_any_other_click_is_stale(value: str) -> None:
    assert understand(message(value, Kind.CLICK)) == Stale()


@given(st.text(), st.sampled_from(Kind))
def test_every_text_is_understood(text: str, kind: Kind) -> None:
    understand(message(text, kind))
