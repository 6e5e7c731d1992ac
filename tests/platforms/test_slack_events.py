"""Slack's events become messages, or nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platforms.slack.events import to_message, to_text
from core.messages import Attachment, Author, Conversation, IncomingMessage, Platform, Space
from tests.platforms.slack import ignored_samples, sample

BOT = "U0LAN0Z89"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
EVENT_FIELDS = [
    "type", "subtype", "user", "channel", "ts", "thread_ts", "text", "team", "user_team",
    "channel_type", "bot_id", "edited", "hidden", "user_profile",
]  # fmt: skip


def read(payload: dict[str, Any], bot: str = "") -> IncomingMessage:
    message = to_message(payload, bot)
    assert message is not None
    return message


def mention(text: str, **event: object) -> dict[str, Any]:
    payload: dict[str, Any] = sample("app_mention")
    payload["event"] |= {"text": text, **event}
    return payload


def test_a_mention_is_a_message_in_the_thread_that_it_begins() -> None:
    assert read(sample("app_mention")) == IncomingMessage(
        dedupe_key="Ev123ABC456:T061EG9R6:C123ABC456:1515449522.000016",
        message_key="T061EG9R6:C123ABC456:1515449522.000016",
        conversation=Conversation(
            platform=Platform.SLACK,
            space="T061EG9R6",
            channel="C123ABC456",
            thread="1515449522.000016",
        ),
        space=Space(platform=Platform.SLACK, id="T061EG9R6"),
        author=Author(platform=Platform.SLACK, scope="T061EG9R6", id="W021FGA1Z"),
        message_id="1515449522.000016",
        text="is it everything a river should be?",
        sent_at=datetime(2018, 1, 8, 22, 12, 2, 16, tzinfo=UTC),
    )


def test_both_events_of_one_message_differ_in_nothing_but_their_key() -> None:
    mentioned, written = read(sample("app_mention")), read(sample("message_channels"))
    assert mentioned.dedupe_key != written.dedupe_key
    assert mentioned.message_key == written.message_key
    assert (mentioned.conversation, mentioned.author, mentioned.text) == (
        written.conversation,
        written.author,
        written.text,
    )


def test_a_mention_in_a_thread_belongs_to_its_root() -> None:
    message = read(sample("app_mention_in_thread"))
    assert message.conversation.key == "slack:T061EG9R6:C123ABC456:1515449522.000016"
    assert (message.message_id, message.reply_to) == ("1515449600.000200", "1515449522.000016")


def test_a_direct_message_needs_no_mention() -> None:
    message = read(sample("message_im"))
    assert message.conversation.direct
    assert message.conversation.key == "slack:T061EG9R6:D024BE91L:1355517523.000005"
    assert message.text == "Hello hello can you hear me?"


@pytest.mark.parametrize("name", ["message_file_share", "thread_broadcast"])
def test_files_and_broadcast_replies_are_messages(name: str) -> None:
    assert read(sample(name)).text


def test_a_guest_from_another_workspace_keeps_their_own_team_and_name() -> None:
    message = read(sample("slack_connect"))
    assert message.author == Author(
        platform=Platform.SLACK, scope="T0OUTSIDE", id="W0OUTSIDE1", name="grace"
    )
    assert message.conversation.space == "T061EG9R6"


@pytest.mark.parametrize("name", ignored_samples())
def test_statement_22_what_nobody_wrote_to_the_bot_is_nothing(name: str) -> None:
    assert to_message(sample(name)) is None


def test_the_ids_of_slackbot_and_of_the_bot_itself_are_nobody() -> None:
    assert to_message(mention("hi", user="USLACKBOT")) is None
    assert to_message(mention("hi", user="U0KNOWN"), "U0KNOWN") is None


def test_without_authorizations_the_known_id_is_the_bot() -> None:
    payload = sample("message_channels")
    del payload["authorizations"]
    assert to_message(payload) is None
    assert read(payload, BOT).text == "is it everything a river should be?"


def test_with_no_id_known_a_mention_begins_with_the_bot() -> None:
    payload = mention("<@U0BOT> ask <@U2>")
    del payload["authorizations"]
    assert read(payload).text == "ask @U2"


def test_an_event_without_an_id_is_known_by_its_message() -> None:
    payload = sample("app_mention")
    del payload["event_id"]
    assert read(payload).dedupe_key == ":T061EG9R6:C123ABC456:1515449522.000016"


def test_an_event_that_names_no_team_belongs_to_the_bots_own() -> None:
    payload = sample("app_mention")
    del payload["team_id"]
    event = payload["event"]
    assert isinstance(event, dict)
    event.pop("team", None)
    at_home = to_message(payload, BOT, "T9")
    nowhere = to_message(payload, BOT)
    assert at_home is not None
    assert nowhere is not None
    assert (at_home.conversation.space, nowhere.conversation.space) == ("T9", "-")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"<@{BOT}> hi", "hi"),
        (f"<@{BOT}|trialogue>: hi", "hi"),
        (f"hey <@{BOT}>, what is up", "hey what is up"),
        (f"<@{BOT}> :wave: hi", ":wave: hi"),
        (f"<@{BOT}>", ""),
        (f"line one\n<@{BOT}> line two", "line one\n line two"),
        ("ask <@U2> or <@U3|ada>", "ask @U2 or @ada"),
        ("in <#C1|general> and <#C2>", "in #general and #C2"),
        (
            "<!here> <!channel|channel> <!subteam^S1|@team> <!subteam^S2>",
            "@here @channel @team @S2",
        ),
        ("<!date^1392734382^{date}|in February>", "in February"),
        ("<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("<https://a.example|the docs>", "the docs (https://a.example)"),
        ("<mailto:ada@a.example|ada@a.example>", "ada@a.example"),
        ("a &amp; b &lt; c &gt; d", "a & b < c > d"),
        ("&amp;lt;b&amp;gt; &lt;@U1&gt;", "&lt;b&gt; <@U1>"),
        ("<> <|> < |x> <!> <@> <b>", "<> <|> < |x> @ @ <b>"),
        ("nul \x00 and \ud83d alone", "nul \ufffd and \ufffd alone"),
    ],
)
def test_markup_becomes_what_a_person_would_read(written: str, shown: str) -> None:
    assert to_text(written, [BOT]) == shown


def test_a_long_run_of_spaces_costs_no_time() -> None:
    assert to_text("<" + " " * 500_000 + "x", [BOT]).endswith("x")


@pytest.mark.parametrize("ts", ["", "abc", "1e400", "nan", "12345678901234.5", "1.5\n", "１.５"])
def test_a_time_that_is_none_is_no_message(ts: str) -> None:
    assert to_message(mention("hi", ts=ts)) is None


@pytest.mark.parametrize("channel", ["", "C:1", "C 1", "C\x001", "C\ud800", "C" * 65, 5, None])
def test_an_id_that_no_key_can_hold_is_no_message(channel: object) -> None:
    assert to_message(mention("hi", channel=channel)) is None


@given(JSON)
def test_no_json_raises(payload: object) -> None:
    to_message({"event": payload, "authorizations": payload, "team_id": payload})


@given(st.dictionaries(st.sampled_from(EVENT_FIELDS), JSON), st.text())
def test_no_event_raises(fields: dict[str, object], text: str) -> None:
    payload: dict[str, Any] = sample("app_mention")
    payload["event"] |= fields
    to_message(payload)
    message = to_message(mention(text))
    assert message is not None
    json.dumps(message.text).encode("ascii")
    assert "\x00" not in message.text


@given(st.text(alphabet="<>@!#|^:/&;a1 \n", max_size=60))
def test_no_markup_raises(text: str) -> None:
    to_text(text, [BOT])


def shared(*files: object) -> IncomingMessage:
    payload = sample("message_file_share")
    event = payload["event"]
    assert isinstance(event, dict)
    return read({**payload, "event": {**event, "files": list(files)}})


def test_a_file_is_told_with_its_id() -> None:
    assert read(sample("message_file_share")).attachments == (
        Attachment(name="numbers.csv", content_type="text/csv", size=512, reference="F2147483862"),
    )


def test_of_a_file_from_another_workspace_there_is_no_more_than_its_id() -> None:
    message = shared({"id": "F1", "file_access": "check_file_info", "created": 0})
    assert message.attachments == (Attachment(reference="F1"),)


@pytest.mark.parametrize("mode", ["tombstone", "hidden_by_limit", "external"])
def test_what_slack_does_not_hold_is_no_file(mode: str) -> None:
    assert shared({"id": "F1", "mode": mode}).attachments == ()


@pytest.mark.parametrize(
    "file", [None, "F1", [], {}, {"id": 7}, {"id": ""}, {"id": "F1/../x"}, {"id": "F" * 65}]
)
def test_what_is_no_file_costs_no_message(file: object) -> None:
    assert shared(file).attachments == ()
    assert shared(file).text == "What is in here?"


def test_odd_fields_of_a_file_are_left_out() -> None:
    [attachment] = shared(
        {"id": "F1", "name": "a\x00\ud800.csv", "size": -3, "mimetype": 9}
    ).attachments
    assert attachment.name == "a\ufffd\ufffd.csv"
    assert (attachment.size, attachment.content_type) == (None, "")
