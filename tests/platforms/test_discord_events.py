"""Discord's payloads in our words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platforms.discord.events import Place, snowflake, to_message, to_place, to_places
from core.messages import Attachment, Author, Conversation, IncomingMessage, Platform, Space
from tests.platforms.discord import BOT, GUILD, ignored_samples, sample

NAMES = {"1150000000000000001": "billing", "1150000000000000101": "news"}

SENT_AT = datetime(2025, 11, 18, 9, 30, 0, 123000, tzinfo=UTC)


def understood(payload: object) -> IncomingMessage:
    message = to_message(payload, bot=BOT, name_of=NAMES.get)
    assert message is not None
    return message


def test_a_mention_in_a_server_is_a_message() -> None:
    assert understood(sample("mention")) == IncomingMessage(
        dedupe_key="1440255100000000000",
        conversation=Conversation(
            platform=Platform.DISCORD, space=GUILD, channel="1150000000000000100"
        ),
        space=Space(platform=Platform.DISCORD, id=GUILD),
        author=Author(platform=Platform.DISCORD, id="1100000000000000042", name="Ada"),
        message_id="1440255100000000000",
        text="what is the refund policy?",
        sent_at=SENT_AT,
    )


def test_a_direct_message_is_in_no_space() -> None:
    message = understood(sample("direct"))

    assert message.space is None
    assert message.conversation.key == "discord:dm:1160000000000000005"
    assert message.conversation.direct
    assert message.text == "what is the refund policy?"


def test_a_reply_that_pings_the_bot_is_a_message() -> None:
    message = understood(sample("reply_that_pings"))

    assert message.reply_to == "1440255000000000000"
    assert message.text == "and for gifts?"


def test_a_thread_is_a_channel_of_its_own() -> None:
    message = understood(sample("mention_in_thread"))

    assert message.conversation.key == f"discord:{GUILD}:1440255000000000001"
    assert message.text == "And abroad, ?"


def test_ids_become_names_that_people_read() -> None:
    message = understood(sample("mention_with_names"))

    assert message.text == "ask @Amazing Grace and @billing in #news :party:, see /help"
    assert message.author.name == "Countess"


def test_unknown_ids_become_words() -> None:
    message = to_message(sample("mention_with_names"), bot=BOT)

    assert message is not None
    assert message.text == "ask @Amazing Grace and @role in #channel :party:, see /help"


def test_the_history_says_the_same_as_the_gateway() -> None:
    assert understood({**sample("from_history"), "guild_id": GUILD}) == understood(
        sample("mention")
    )


def test_a_forwarded_message_replies_to_nothing() -> None:
    message = understood(sample("direct_forward"))

    assert message.reply_to is None
    assert message.text == ""


@pytest.mark.parametrize("name", ignored_samples())
def test_what_is_not_for_the_bot_is_ignored(name: str) -> None:
    assert to_message(sample(name), bot=BOT) is None


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (f"<@{BOT}>", ""),
        (f"<@{BOT}>, what is it?", "what is it?"),
        (f"<@{BOT}>: what is it?", "what is it?"),
        (f"<@{BOT}> :) hi", ":) hi"),
        (f"hey <@!{BOT}> what", "hey what"),
        (f"<@{BOT}>```py\nif x:\n    y  = 1\n```", "```py\nif x:\n    y  = 1\n```"),
        (f"<@{BOT}> a & b < c > d", "a & b < c > d"),
        (f"<@{BOT}> nul \0 and half \ud83d", "nul \ufffd and half \ufffd"),
        (f"<@{BOT}> @everyone <t:1700000000:R>", "@everyone <t:1700000000:R>"),
    ],
)
def test_the_text_is_what_the_person_wrote(content: str, text: str) -> None:
    assert understood({**sample("mention"), "content": content}).text == text


def test_a_name_with_nothing_storable_in_it_does_no_harm() -> None:
    author = {**sample("mention")["author"], "global_name": "A\0da\ud800"}

    assert understood({**sample("mention"), "author": author}).author.name == "A\ufffdda\ufffd"


def test_without_a_timestamp_the_id_says_when() -> None:
    payload = sample("mention")
    del payload["timestamp"]
    sent_at = understood(payload).sent_at

    assert snowflake(sent_at) <= int(payload["id"]) < snowflake(sent_at) + (1 << 22)


def test_a_guild_tells_where_people_write() -> None:
    assert to_places(sample("guild")) == (
        Place(channel="1150000000000000100", guild=GUILD, newest=1440255100000000000),
        Place(channel="1150000000000000101", guild=GUILD, newest=None),
        Place(channel="1150000000000000104", guild=GUILD, newest=1440255100000000009),
        Place(channel="1440255000000000001", guild=GUILD, newest=1440255100000000001),
    )


def test_only_a_direct_channel_has_no_guild() -> None:
    assert to_place({"id": "5", "type": 1}) == Place(channel="5", guild=None, newest=None)
    assert to_place({"id": "5", "type": 3}) is None
    assert to_place({"id": "5", "type": 11, "guild_id": "6", "last_message_id": "7"}) == Place(
        channel="5", guild="6", newest=7
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(sorted(sample("mention_with_names")))


@given(ANYTHING)
def test_any_json_is_understood_or_ignored(payload: Any) -> None:
    to_message(payload, bot=BOT)
    to_places(payload)
    to_place(payload)


@given(st.dictionaries(FIELDS, ANYTHING, max_size=4), st.booleans())
def test_any_field_may_be_anything(changes: dict[str, Any], direct: bool) -> None:
    payload = {**sample("mention_with_names"), **changes}
    if direct:
        payload["guild_id"] = None

    message = to_message(payload, bot=BOT)

    assert message is None or message.text.encode()


@given(st.text())
def test_any_words_can_be_stored(content: str) -> None:
    text = understood({**sample("direct"), "content": content + "\ud800\0"}).text

    assert "\0" not in text
    assert text.encode()


def test_files_are_told_with_their_addresses() -> None:
    url = "https://cdn.discordapp.com/attachments/1/2/a.csv?ex=1&is=2&hm=3&"
    files = [
        {"id": "2", "filename": "a.csv", "content_type": "text/csv", "size": 8, "url": url},
        {"id": "3", "filename": "b\x00.bin", "size": 9, "url": url},
        {"id": "4", "filename": "nowhere"},
    ]
    assert understood({**sample("direct"), "attachments": files}).attachments == (
        Attachment(name="a.csv", content_type="text/csv", size=8, reference=url),
        Attachment(name="b\ufffd.bin", size=9, reference=url),
    )
