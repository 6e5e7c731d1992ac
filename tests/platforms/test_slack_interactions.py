"""Slack's commands and clicks become messages, or nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platforms.slack.interactions import to_click, to_command
from adapters.platforms.slack.responses import Responses
from adapters.platforms.slack.webapi import WebApi
from core.messages import (
    Author,
    Conversation,
    IncomingMessage,
    Kind,
    Platform,
    ReplyHandle,
    Space,
)
from tests.platforms.slack import NOW, sample

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def command(**changed: object) -> IncomingMessage | None:
    return to_command({**sample("command"), **changed}, NOW)


def click(**changed: object) -> IncomingMessage | None:
    return to_click({**sample("block_actions"), **changed}, NOW)


def test_a_command_is_a_message_in_its_channel() -> None:
    assert command() == IncomingMessage(
        dedupe_key="13345224609.738474920.8088930838d88f008e0",
        conversation=Conversation(platform=Platform.SLACK, space="T0001", channel="C2147483705"),
        space=Space(platform=Platform.SLACK, id="T0001"),
        author=Author(platform=Platform.SLACK, scope="T0001", id="U2147483697", name="Steve"),
        message_id="13345224609.738474920.8088930838d88f008e0",
        text="/weather 94070",
        sent_at=NOW,
        kind=Kind.COMMAND,
        handle=ReplyHandle(
            value="https://hooks.slack.com/commands/1234/5678",
            expires_at=NOW + timedelta(minutes=30),
        ),
    )


def test_a_click_is_a_message_in_the_thread_of_its_button() -> None:
    assert click() == IncomingMessage(
        dedupe_key="12466734323.1395872398",
        conversation=Conversation(
            platform=Platform.SLACK,
            space="T9TK3CUKW",
            channel="CBR2V3XEX",
            thread="1548261000.000100",
        ),
        space=Space(platform=Platform.SLACK, id="T9TK3CUKW"),
        author=Author(platform=Platform.SLACK, scope="T3MDE", id="U0CA5", name="amy.mcgee"),
        message_id="1548261231.000200",
        reply_to="1548261231.000200",
        text="click_me_123",
        sent_at=datetime(2019, 1, 25, 14, 26, 57, 840180, tzinfo=UTC),
        kind=Kind.CLICK,
        handle=ReplyHandle(
            value="https://hooks.slack.com/actions/AABA1ABCD/1232321423432/D09sSasdasdAS9091209",
            expires_at=NOW + timedelta(minutes=30),
        ),
    )


def test_the_person_of_a_command_and_of_a_mention_is_one() -> None:
    used = command(team_id="T061EG9R6", user_id="W021FGA1Z", user_name="")
    assert used is not None
    assert used.author == Author(platform=Platform.SLACK, scope="T061EG9R6", id="W021FGA1Z")


@pytest.mark.parametrize(
    ("text", "meant"),
    [("", "/ask"), ("  how?  ", "/ask how?"), ("a &amp; &lt;b&gt;", "/ask a & <b>")],
)
def test_a_command_keeps_its_words(text: str, meant: str) -> None:
    used = command(command="/ask", text=text)
    assert used is not None
    assert used.text == meant


def test_mentions_in_a_command_are_readable() -> None:
    used = command(command="/ask", text="<@U1|ada> in <#C1|general>")
    assert used is not None
    assert used.text == "/ask @ada in #general"


@pytest.mark.parametrize("missing", ["team_id", "user_id", "channel_id", "command", "trigger_id"])
def test_a_command_without_a_place_or_person_is_none(missing: str) -> None:
    assert command(**{missing: ""}) is None
    assert command(**{missing: "no id \n"}) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"actions": []},
        {"actions": None},
        {"actions": [{"type": "static_select", "selected_option": {}}]},
        {"actions": [{"type": "button", "value": "x" * 2001}]},
        {"user": {}},
        {"user": {"id": "USLACKBOT", "team_id": "T1"}},
        {"container": {}, "message": {}},
        {"container": {}, "channel": None},
        {"message": {"ts": "abc"}, "container": {"type": "view", "channel_id": "C1"}},
    ],
)
def test_a_click_that_is_none_is_nothing(changed: dict[str, Any]) -> None:
    assert click(**changed) is None


def test_a_click_without_a_trigger_is_known_by_what_was_clicked() -> None:
    clicked = click(trigger_id=None)
    assert clicked is not None
    assert clicked.dedupe_key == "T9TK3CUKW:U0CA5:1548261231.000200:1548426417.840180"


def test_a_click_below_a_message_outside_a_thread_begins_one() -> None:
    clicked = click(message={"ts": "1548261231.000200"})
    assert clicked is not None
    assert clicked.conversation.thread == "1548261231.000200"


@pytest.mark.parametrize("thread", [None, "1548261000.000100"])
def test_an_ephemeral_message_is_known_by_its_container_alone(thread: str | None) -> None:
    container = {"message_ts": "1548261231.000200", "channel_id": "C1", "is_ephemeral": True}
    if thread:
        container["thread_ts"] = thread
    clicked = click(message=None, channel=None, container=container)
    assert clicked is not None
    assert (clicked.conversation.channel, clicked.conversation.thread) == ("C1", thread or "")


def test_a_click_in_an_organization_wide_app_belongs_to_the_persons_team() -> None:
    clicked = click(team=None, is_enterprise_install=True)
    assert clicked is not None
    assert clicked.conversation.space == "T3MDE"


@pytest.mark.parametrize("url", [None, "", 7, "with a space", "x" * 300])
def test_what_is_no_address_is_no_handle(url: object) -> None:
    used = command(response_url=url)
    assert used is not None
    assert used.handle is None


def test_a_handle_is_not_shown() -> None:
    assert "hooks.slack.com" not in repr(command())


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("https://hooks.slack.com/commands/T1/2/3", True),
        ("https://slack.com/commands/T1/2/3", True),
        ("http://hooks.slack.com/commands/T1/2/3", False),
        ("https://hooks.slack.com.evil.example/x", False),
        ("https://evil.example/hooks.slack.com", False),
        ("https://hooks.slack.com@evil.example/x", False),
        ("https://user@hooks.slack.com/x", False),
        ("https://hooks.slack.com:8443/x", False),
        ("https://files.slack.com/x", False),
        ("//hooks.slack.com/x", False),
    ],
)
def test_statement_66_only_slacks_own_addresses_are_called(url: str, usable: bool) -> None:
    web = WebApi(token="xoxb-1", address="https://slack.com/api/")
    responses = Responses(web=web, clock=lambda: NOW)
    handle = ReplyHandle(value=url, expires_at=NOW + timedelta(minutes=1))
    assert responses.is_usable(handle) is usable


@given(fields=st.dictionaries(st.sampled_from([*sample("command")]), JSON | st.text(), max_size=8))
def test_no_form_makes_reading_a_command_raise(fields: dict[str, object]) -> None:
    command(**fields)
    to_command(fields, NOW)


@given(fields=st.dictionaries(st.sampled_from([*sample("block_actions")]), JSON, max_size=8))
def test_no_payload_makes_reading_a_click_raise(fields: dict[str, object]) -> None:
    click(**fields)
    to_click(fields, NOW)


@given(
    inner=st.dictionaries(st.sampled_from(["id", "ts", "thread_ts", "value", "action_ts"]), JSON)
)
def test_no_part_of_a_payload_makes_reading_a_click_raise(inner: dict[str, object]) -> None:
    click(user=inner, message=inner, container=inner, team=inner, actions=[inner])
    click(actions=[{"value": "x", **inner}])
