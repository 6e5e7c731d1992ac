"""What a message asks for."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clicks import (
    LONGEST_LABEL,
    AskPerson,
    Decide,
    Fix,
    MakeAgain,
    NoneOfThese,
    Pick,
    Rate,
    Stale,
    TakeBack,
    Why,
    answer_buttons,
    decide_buttons,
    fix_button,
    make_again_button,
    offer_buttons,
    person_button,
    take_back_button,
)
from core.commands import COMMANDS, Ask, Command, Comment, Help, Kb, Learn, Usage, understand
from core.messages import Attachment, Author, Button, Conversation, IncomingMessage, Kind, Platform
from core.ports.gaps import gap_hash

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


def click(button: Button) -> Command:
    assert len(button.value.encode("ascii")) <= LONGEST_VALUE
    return understand(message(button.value, Kind.CLICK))


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
        ("/comment the link is dead", Comment(text="the link is dead")),
        ("/comment", Comment(text="")),
        ("/kb add Why? | So\nit is", Kb(request="add Why? | So\nit is")),
        ("/kb", Kb(request="")),
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
        ("learn here", Learn(here=True)),
        ("learn here, replace", Learn(replace=True, here=True)),
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


@given(st.uuids(), st.uuids())
def test_the_buttons_of_an_answer_name_it_and_what_it_was_answered_from(
    message_id: UUID, entry_id: UUID
) -> None:
    up, down, why = answer_buttons(message_id, entry_id)
    assert [click(one) for one in (up, down, why)] == [
        Rate(message_id=message_id, helpful=True, entry_id=entry_id),
        Rate(message_id=message_id, helpful=False, entry_id=entry_id),
        Why(message_id=message_id, entry_id=entry_id),
    ]
    assert click(fix_button(entry_id)) == Fix(entry_id=entry_id)


@given(st.uuids(), st.uuids(), st.text())
def test_the_buttons_of_an_offer_name_the_question_and_what_may_have_been_meant(
    message_id: UUID, entry_id: UUID, asked: str
) -> None:
    pick, none = offer_buttons(message_id, {entry_id: asked})
    assert click(pick) == Pick(message_id=message_id, entry_id=entry_id)
    assert click(none) == NoneOfThese(message_id=message_id)
    assert len(pick.label) <= LONGEST_LABEL
    assert "\n" not in pick.label


@given(st.uuids(), st.text())
def test_the_buttons_about_gaps_name_what_is_to_be_decided_or_asked(
    proposal_id: UUID, question: str
) -> None:
    gap = gap_hash(question)
    assert click(person_button(gap)) == AskPerson(gap=gap)
    accept, decline = decide_buttons(proposal_id)
    assert click(accept) == Decide(proposal_id=proposal_id, accepted=True)
    assert click(decline) == Decide(proposal_id=proposal_id, accepted=False)


@given(st.integers(min_value=1, max_value=10**18 - 1))
def test_the_buttons_that_reverse_a_change_name_the_revision(revision: int) -> None:
    assert click(take_back_button(revision)) == TakeBack(revision=revision)
    assert click(make_again_button(revision)) == MakeAgain(revision=revision)


def test_the_buttons_of_the_release_before_still_vote() -> None:
    message_id = uuid4()
    for vote, helpful in (("up", True), ("down", False)):
        clicked = message(f"rate:{vote}:{message_id.hex}", Kind.CLICK)
        assert understand(clicked) == Rate(message_id=message_id, helpful=helpful)


@given(st.text())
def test_any_other_click_is_stale(value: str) -> None:
    assert understand(message(value, Kind.CLICK)) == Stale()


@given(st.text(), st.sampled_from(Kind))
def test_every_text_is_understood(text: str, kind: Kind) -> None:
    understand(message(text, kind))
