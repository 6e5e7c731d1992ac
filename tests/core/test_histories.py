"""Exported histories: what was asked and answered, without the people who did."""

import json
from typing import Any

import pytest

from core.errors import UserError
from core.knowledge.histories import read_export, read_history
from core.knowledge.histories.names import Names
from core.knowledge.histories.pairs import proposals_of
from core.knowledge.histories.said import Said, Talk
from core.ports.documents import Reading
from core.ports.proposals import NewProposal, ProposalKind
from tests.documents.making import zipped

QUESTION = "Where do I get a new badge?"
ANSWER = "At the front desk, with your passport."


def said(number: int, author: str, text: str, **more: Any) -> Said:
    below = more.pop("below", "1" if number > 1 else "")
    return Said(id=str(number), author=author, text=text, below=below, day="2026-03-01", **more)


def proposed(*messages: Said, names: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    talk = Talk(place="Slack #help", messages=messages, names=names)
    return [(one.question, one.answer) for one in proposals_of(talk)]


def test_an_answer_with_a_check_mark_is_proposed_with_its_place() -> None:
    talk = Talk(
        place="Slack #help",
        messages=[
            said(1, "ada", QUESTION),
            said(2, "cleo", "No idea, I have lost mine too."),
            said(3, "bob", ANSWER, checked=True),
        ],
    )
    assert list(proposals_of(talk)) == [
        NewProposal(
            kind=ProposalKind.ENTRY,
            question=QUESTION,
            answer=ANSWER,
            source="Slack #help, 2026-03-01",
            reason="A reply that was marked with a ✅.",
        )
    ]


def test_an_answer_that_the_asker_likes_is_proposed_and_one_that_others_like_is_not() -> None:
    asked = said(1, "ada", QUESTION)
    assert proposed(asked, said(2, "bob", ANSWER, liked_by=frozenset({"ada"})))
    assert not proposed(asked, said(2, "bob", ANSWER, liked_by=frozenset({"cleo"})))


@pytest.mark.parametrize(
    "thanks", ["Thanks!", "thank you so much", "That worked", "Danke dir", "merci !", "谢谢"]
)
def test_the_answer_before_thanks_is_proposed(thanks: str) -> None:
    messages = [said(1, "ada", QUESTION), said(2, "bob", ANSWER), said(3, "ada", thanks)]
    assert proposed(*messages) == [(QUESTION, ANSWER)]


@pytest.mark.parametrize(
    "words",
    ["Thanks, but where is that?", "thanks, still does not work", "Hm.", "No thanks needed?"],
)
def test_thanks_with_a_but_accept_nothing(words: str) -> None:
    messages = [said(1, "ada", QUESTION), said(2, "bob", ANSWER), said(3, "ada", words)]
    assert proposed(*messages) == []


@pytest.mark.parametrize(
    "messages",
    [
        [said(1, "ada", QUESTION), said(2, "bob", ANSWER)],
        [said(1, "ada", QUESTION), said(2, "ada", ANSWER, checked=True)],
        [said(1, "ada", QUESTION), said(2, "bot", ANSWER, checked=True, by_a_bot=True)],
        [said(1, "bot", QUESTION, by_a_bot=True), said(2, "bob", ANSWER, checked=True)],
        [said(1, "ada", "I lost my badge."), said(2, "bob", ANSWER, checked=True)],
        [said(1, "ada", "Why?"), said(2, "bob", ANSWER, checked=True)],
        [said(1, "ada", QUESTION), said(2, "bob", "Yes.", checked=True)],
        [said(1, "ada", QUESTION), said(2, "bob", ANSWER, checked=True, below="")],
        [said(2, "bob", ANSWER, checked=True)],
    ],
)
def test_what_is_no_question_with_an_accepted_answer_is_left(messages: list[Said]) -> None:
    assert proposed(*messages) == []


def test_replies_to_replies_belong_to_the_first_message_and_circles_to_none() -> None:
    chain = [
        said(1, "ada", QUESTION),
        said(2, "cleo", "Do you have a passport?", below="1"),
        said(3, "bob", ANSWER, below="2"),
        said(4, "ada", "Perfect, thanks", below="3"),
        said(5, "eve", QUESTION, below="6"),
        said(6, "eve", ANSWER, below="5", checked=True),
    ]
    assert proposed(*chain) == [(QUESTION, ANSWER)]


def test_of_a_long_message_the_question_is_taken() -> None:
    text = f"{'I have looked everywhere. ' * 20}{QUESTION} I need it today."
    messages = [said(1, "ada", text), said(2, "bob", ANSWER, checked=True)]
    assert proposed(*messages) == [(QUESTION, ANSWER)]


def test_people_are_taken_out_of_what_they_said() -> None:
    names = ("Ada Lovelace", "ada.l", "Bob", "Mei-Lin Wu", "ada@example.com")
    messages = [
        said(1, "ada", "Hi @bob.s and Mei-Lin Wu, where do I get a new badge?"),
        said(
            2,
            "bob",
            "Ask Ada Lovelace, Ada's desk is next to @ada.l (ada@example.com). Bobsleighs help.",
            checked=True,
        ),
    ]
    [(question, answer)] = proposed(*messages, names=names)
    assert question == "where do I get a new badge?"
    assert answer == "Ask someone, someone's desk is next to someone (someone). Bobsleighs help."


def test_a_greeting_goes_and_what_is_no_name_stays() -> None:
    names = Names.of({"Ada Lovelace", "will"})
    assert names.taken_out("Hello Ada, will it rain?") == "will it rain?"
    assert names.taken_out("hey team! Who has the key?") == "Who has the key?"
    assert names.taken_out("Hidden files: where?") == "Hidden files: where?"
    assert names.taken_out("mail me at a@b.example") == "mail me at a@b.example"
    assert Names.of(()).taken_out("@Ada and @Bob, why?") == "why?"


def slack(**parts: Any) -> Reading:
    users = [
        {"id": "U1", "name": "ada", "profile": {"real_name": "Ada Lovelace", "display_name": ""}},
        {"id": "U2", "name": "bob", "real_name": "Bob Stone"},
    ]
    files = {"users.json": users, "channels.json": [{"name": "help"}], **parts}
    return read_export("export.zip", zipped({name: json.dumps(one) for name, one in files.items()}))


def test_a_slack_export_is_read_across_its_days_and_without_private_channels() -> None:
    first: list[dict[str, Any]] = [
        {
            "type": "message",
            "user": "U1",
            "ts": "1772355600.1",
            "text": "<@U2> where is <#C1|lab>?",
        },
        {"type": "message", "subtype": "channel_join", "user": "U2", "ts": "1772355601.1"},
    ]
    second: list[Any] = [
        {
            "type": "message",
            "user": "U2",
            "ts": "1772442000.1",
            "thread_ts": "1772355600.1",
            "text": "Behind <https://map.example|the map> &amp; left, Ada.",
            "reactions": [{"name": "+1", "users": ["U1"], "count": 1}, "odd"],
        },
        "odd",
    ]
    private = [{**first[0], "text": "Is this private?"}, {**second[0], "text": "Very private."}]
    reading = slack(
        **{
            "help/2026-03-01.json": first,
            "help/2026-03-02.json": second,
            "secret/2026-03-01.json": private,
        }
    )
    [proposal] = reading.proposals
    assert (proposal.question, proposal.answer, proposal.source) == (
        "where is #lab?",
        "Behind the map (https://map.example) & left, someone.",
        "Slack #help, 2026-03-02",
    )
    assert reading.notes == ("export.zip: 2 messages, 1 question with an accepted answer.",)
    assert reading.entries == ()


def on_slack(number: int, person: str, text: str, *reactions: object) -> dict[str, Any]:
    return {
        "type": "message",
        "user": person,
        "ts": f"1772355600.{number}",
        "thread_ts": "1772355600.1",
        "text": text,
        "reactions": reactions,
    }


@pytest.mark.parametrize("person", ["U1", "U3"])
@pytest.mark.parametrize("name", ["white_check_mark", "heavy_check_mark", "✅", "white_tick"])
def test_on_slack_a_check_mark_counts_more_than_thanks(name: str, person: str) -> None:
    marked = {"name": name, "users": [person], "count": 1}
    liked = {"name": "eyes", "users": [person], "count": 1}
    thread = [
        on_slack(1, "U1", QUESTION),
        on_slack(2, "U2", ANSWER, liked, marked),
        on_slack(3, "U3", "Ask the porter, who has them all in a drawer."),
        on_slack(4, "U1", "thank you both"),
    ]
    [proposal] = slack(**{"help/2026-03-01.json": thread}).proposals
    assert proposal.answer == ANSWER
    assert proposal.reason == "A reply that was marked with a ✅."


@pytest.mark.parametrize(
    ("name", "users", "proposals"),
    [
        ("+1::skin-tone-3", ["U1"], 1),
        ("heart", ["U3", "U1"], 1),
        ("tada", ["U3"], 0),
        ("eyes", ["U1"], 0),
        ("+1", 5, 0),
        ("+1", [None], 0),
    ],
)
def test_on_slack_an_answer_is_proposed_that_the_asker_likes(
    name: str, users: object, proposals: int
) -> None:
    answer = on_slack(2, "U2", ANSWER, {"name": name, "users": users, "count": 1})
    thread = [on_slack(1, "U1", QUESTION), answer]
    assert len(slack(**{"help/2026-03-01.json": thread}).proposals) == proposals


@pytest.mark.parametrize("content", [b"", b"PK", zipped({"a": b""}), b"x" * 100])
def test_a_zip_that_is_no_export_is_refused(content: bytes) -> None:
    with pytest.raises(UserError):
        read_export("export.zip", content)


def test_a_broken_day_is_named() -> None:
    parts = {"users.json": "[]", "channels.json": '[{"name": "help"}]', "help/1.json": "{"}
    with pytest.raises(UserError, match=r"help/1\.json in it is no JSON"):
        read_export("export.zip", zipped(parts))


def discord(kind: str, *messages: dict[str, Any]) -> Reading | None:
    channel = {"id": "1", "type": kind, "name": "help"}
    export = {"guild": {"id": "9", "name": "G"}, "channel": channel, "messages": messages}
    return read_history("help.json", json.dumps(export).encode())


def on_discord(number: int, person: str, text: str, **more: Any) -> dict[str, Any]:
    author = {"id": person, "name": person.lower(), "nickname": person, "isBot": person == "Bot"}
    day = "2026-03-01T10:00:00.000+00:00"
    return {
        "id": str(number),
        "type": "Reply" if "reference" in more else "Default",
        "timestamp": day,
        "content": text,
        "author": author,
        **more,
    }


def test_a_discord_export_is_read_by_its_replies() -> None:
    reading = discord(
        "GuildTextChat",
        on_discord(1, "Ada", QUESTION),
        on_discord(
            2,
            "Bob",
            ANSWER,
            reference={"messageId": "1"},
            reactions=[{"emoji": {"name": "✅", "code": "white_check_mark"}, "count": 1}],
        ),
    )
    assert reading is not None
    [proposal] = reading.proposals
    assert (proposal.question, proposal.answer) == (QUESTION, ANSWER)
    assert proposal.source == "Discord #help, 2026-03-01"


def test_a_thread_of_discord_belongs_to_its_first_message() -> None:
    reading = discord(
        "GuildPublicThread",
        on_discord(1, "Ada", QUESTION),
        on_discord(2, "Bot", ANSWER),
        on_discord(3, "Bob", f"@Ada {ANSWER}"),
        on_discord(4, "Ada", "Thanks Bob!"),
    )
    assert reading is not None
    assert [one.answer for one in reading.proposals] == [ANSWER]


def test_private_conversations_are_not_read() -> None:
    with pytest.raises(UserError, match="private conversation"):
        discord("DirectTextChat", on_discord(1, "Ada", QUESTION))
    chat = {"name": "Ada", "type": "personal_chat", "id": 1, "messages": []}
    with pytest.raises(UserError, match="conversations of two people"):
        read_history("result.json", json.dumps(chat).encode())


def test_a_telegram_export_of_everything_is_read_in_its_groups() -> None:
    messages = [
        {"id": 1, "type": "service", "action": "create_group"},
        {
            "id": 2,
            "type": "message",
            "date": "2026-03-01T10:00:00",
            "from": "Ada Lovelace",
            "from_id": "user1",
            "text": [{"type": "mention", "text": "@bobby"}, " ", QUESTION],
        },
        {
            "id": 3,
            "type": "message",
            "date": "2026-03-01T10:01:00",
            "from": "Bob",
            "from_id": "user2",
            "reply_to_message_id": 2,
            "text": ["At the front desk, ", {"type": "bold", "text": "with your passport"}, "."],
            "reactions": [
                {"type": "emoji", "emoji": "👍", "count": 1, "recent": [{"from_id": "user1"}]}
            ],
        },
    ]
    private = {"name": "Ada", "type": "personal_chat", "id": 1, "messages": messages}
    group = {"name": "Desk", "type": "private_group", "id": 2, "messages": messages}
    export = {"chats": {"list": [private, group]}}
    reading = read_history("result.json", json.dumps(export).encode())
    assert reading is not None
    [proposal] = reading.proposals
    assert proposal.question.endswith(QUESTION)
    assert "bobby" not in proposal.question
    assert (proposal.answer, proposal.source) == (ANSWER, "Telegram Desk, 2026-03-01")


@pytest.mark.parametrize("content", [b"{", b"[]", b"7", b'{"entries": []}', b'{"messages": []}'])
def test_other_json_is_no_history(content: bytes) -> None:
    assert read_history("faq.json", content) is None
