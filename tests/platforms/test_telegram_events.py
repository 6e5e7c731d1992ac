"""Telegram's updates become messages, or nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platforms.telegram.answers import decode
from adapters.platforms.telegram.clicks import ANSWER_WITHIN
from adapters.platforms.telegram.events import to_message
from adapters.platforms.telegram.payload import Update
from adapters.platforms.telegram.places import Me
from core.messages import (
    Attachment,
    Author,
    Conversation,
    IncomingMessage,
    Kind,
    Platform,
    ReplyHandle,
    Space,
)
from core.text import UNSTORABLE
from tests.platforms.telegram import ignored_samples, sample

ME = Me(id=4242, username="trialogue_bot")
NOW = datetime(2026, 11, 20, tzinfo=UTC)
GROUP = "-1001234567890"

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    "message_id", "from", "chat", "date", "text", "entities", "caption", "sender_chat",
    "reply_to_message", "message_thread_id", "is_topic_message", "caption_entities",
]  # fmt: skip


def understood(raw: object) -> IncomingMessage | None:
    update = Update.read(raw)
    return None if update is None else to_message(update, ME, NOW)


def read(update: dict[str, Any]) -> IncomingMessage:
    message = understood(update)
    assert message is not None
    return message


def mention(text: str, offset: int, length: int = 14) -> str:
    update = sample("group_mention")
    update["message"]["text"] = text
    update["message"]["entities"] = [{"type": "mention", "offset": offset, "length": length}]
    return read(update).text


def private(text: str) -> IncomingMessage | None:
    update = sample("private_text")
    update["message"]["text"] = text
    return understood(update)


def test_a_mention_in_a_group_begins_a_chain_of_its_own() -> None:
    assert read(sample("group_mention")) == IncomingMessage(
        dedupe_key="4242:700000001:51:1790000000",
        message_key=f"4242:{GROUP}:51:1790000000",
        conversation=Conversation(
            platform=Platform.TELEGRAM, space="4242", channel=GROUP, thread="0", root="51"
        ),
        space=Space(platform=Platform.TELEGRAM, id=GROUP),
        author=Author(platform=Platform.TELEGRAM, id="1111", name="Ada Lovelace"),
        message_id="51",
        text="how long do refunds take?",
        sent_at=datetime.fromtimestamp(1_790_000_000, UTC),
    )


def test_a_private_message_belongs_to_no_space_and_no_chain() -> None:
    message = read(sample("private_text"))
    assert message.space is None
    assert message.conversation == Conversation(
        platform=Platform.TELEGRAM, space="4242", channel="1111", thread="0", direct=True
    )
    assert message.text == "How long do refunds take?"


def test_a_start_link_asks_for_help_whatever_it_carries() -> None:
    message = read(sample("private_start"))
    assert (message.text, message.kind) == ("/start", Kind.COMMAND)


def test_a_caption_is_what_was_said() -> None:
    assert read(sample("private_photo_with_caption")).text == "What is this plug?"


def test_entities_are_counted_in_utf16() -> None:
    assert read(sample("group_mention_after_emoji")).text == "👩‍👩‍👧 hi , refunds?"


def test_a_mention_without_a_name_counts() -> None:
    assert read(sample("group_text_mention")).text == "refunds?"


def test_a_reply_to_the_bot_needs_no_mention() -> None:
    message = read(sample("group_reply_to_bot"))
    assert message.text == "and for books?"
    assert message.reply_to == message.conversation.root == "52"


def test_a_mention_in_a_reply_to_a_person_stays_in_that_chain() -> None:
    message = read(sample("group_mention_in_reply_to_a_person"))
    assert message.conversation.thread == "0", "thread ids of a plain group are no topics"
    assert message.reply_to == message.conversation.root == "40"


def test_a_command_for_this_bot_loses_its_address() -> None:
    assert read(sample("group_command")).text == "/ask refunds?"


def test_a_command_in_a_topic_is_answered_in_that_topic() -> None:
    message = read(sample("topic_command"))
    assert message.text == "/analyze sales"
    assert (message.conversation.thread, message.conversation.root) == ("7", "")
    assert message.reply_to is None, "the topic's own beginning is not a message replied to"


def test_the_general_topic_goes_by_reply_chains() -> None:
    update = sample("group_mention")
    update["message"]["chat"]["is_forum"] = True
    assert read(update).conversation.thread == "0"
    assert read(update).conversation.root == "51"


VOTE = "rate:up:0198c5d29f3e7d1a8f666d5f0c1f4d2b"


def test_a_click_is_understood_where_its_message_is() -> None:
    assert read(sample("click_in_group")) == IncomingMessage(
        dedupe_key="4242:700000001",
        conversation=Conversation(
            platform=Platform.TELEGRAM, space="4242", channel=GROUP, thread="0", root="51"
        ),
        space=Space(platform=Platform.TELEGRAM, id=GROUP),
        author=Author(platform=Platform.TELEGRAM, id="1111", name="Ada Lovelace"),
        message_id="52",
        reply_to="52",
        text=VOTE,
        sent_at=NOW,
        kind=Kind.CLICK,
        handle=ReplyHandle(value="4772187643128", expires_at=NOW + ANSWER_WITHIN),
    )


@pytest.mark.parametrize(
    ("name", "channel", "thread", "root"),
    [
        ("click_in_topic", GROUP, "7", ""),
        ("click_in_private", "1111", "0", ""),
        ("click_on_inaccessible", GROUP, "0", "52"),
    ],
)
def test_a_click_elsewhere(name: str, channel: str, thread: str, root: str) -> None:
    message = read(sample(name))
    assert (message.text, message.reply_to) == (VOTE, "52")
    where = message.conversation
    assert (where.channel, where.thread, where.root) == (channel, thread, root)
    assert where.direct is (message.space is None) is (channel == "1111")


@pytest.mark.parametrize("name", ignored_samples())
def test_what_is_not_for_the_bot_is_ignored(name: str) -> None:
    update = Update.read(sample(name))
    assert update is not None, "ignored is not malformed"
    assert to_message(update, ME, NOW) is None


def test_a_command_for_another_bot_is_ignored_in_private_too() -> None:
    assert private("/ask@OtherBot why") is None


def test_a_path_is_not_a_command() -> None:
    message = private("/usr/bin is where?")
    assert message is not None
    assert message.text == "/usr/bin is where?"


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("@trialogue_bot, why?", 0, "why?"),
        ("@trialogue_bot: why?", 0, "why?"),
        ("@trialogue_bot\nwhy?", 0, "why?"),
        ("@trialogue_bot", 0, ""),
        ("why @trialogue_bot is it?", 4, "why is it?"),
        ("why? @trialogue_bot", 5, "why?"),
        (", so @trialogue_bot why?", 5, ", so why?"),
        ("@TRIALOGUE_BOT why?", 0, "why?"),
        ("@trialogue_bot /ask why?", 0, "/ask why?"),
    ],
)
def test_the_mention_leaves_no_gap(text: str, offset: int, expected: str) -> None:
    assert mention(text, offset) == expected


def test_two_mentions_both_go() -> None:
    update = sample("group_mention")
    update["message"]["text"] = "@trialogue_bot why, @trialogue_bot?"
    update["message"]["entities"] = [
        {"type": "mention", "offset": 20, "length": 14},
        {"type": "mention", "offset": 0, "length": 14},
    ]
    assert read(update).text == "why, ?"


def test_what_no_store_takes_is_replaced() -> None:
    message = private("a\x00b")
    assert message is not None
    assert message.text == "a\N{REPLACEMENT CHARACTER}b"


def test_half_a_surrogate_pair_costs_one_character_and_not_the_batch() -> None:
    raw = decode(b'{"ok": true, "result": ["a\\ud83d", "\\ud83d\\ude00", "b"]}')
    assert raw == {"ok": True, "result": ["a\N{REPLACEMENT CHARACTER}", "😀", "b"]}


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"<html>"])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        decode(body)


@given(JSON)
def test_any_json_is_understood_or_refused(raw: object) -> None:
    assert understood(raw) is None or isinstance(raw, dict)


@given(st.sampled_from(["message", "edited_message"]), st.sampled_from(FIELDS), JSON)
def test_any_value_in_any_field_is_understood_or_refused(
    kind: str, name: str, value: object
) -> None:
    update = sample("group_mention")
    update[kind] = update.pop("message")
    update[kind][name] = value
    message = understood(update)
    assert message is None or (kind == "message" and not UNSTORABLE.search(message.text))


@given(st.sampled_from(["id", "from", "message", "data", "chat_instance"]), JSON)
def test_any_value_in_any_field_of_a_click_is_understood_or_refused(
    name: str, value: object
) -> None:
    update = sample("click_in_group")
    update["callback_query"][name] = value
    message = understood(update)
    assert message is None or not UNSTORABLE.search(message.text)


@given(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=4),
)
def test_any_text_with_any_entities_can_be_stored(text: str, spans: list[tuple[int, int]]) -> None:
    update = sample("group_text_mention")
    user = update["message"]["entities"][0]["user"]
    update["message"]["text"] = text
    update["message"]["entities"] = [
        {"type": "text_mention", "offset": offset, "length": length, "user": user}
        for offset, length in spans
    ]
    message = understood(update)
    assert message is None or not UNSTORABLE.search(message.text)


def test_a_mention_that_the_server_did_not_mark_is_one_all_the_same() -> None:
    update = sample("group_mention")
    name = update["message"]["text"].split()[0]
    del update["message"]["entities"]
    assert read(update).text == "how long do refunds take?"
    update["message"]["text"] = f"{name}x how?"
    assert understood(update) is None


def test_a_message_without_a_date_was_sent_when_it_came() -> None:
    update = sample("group_mention")
    del update["message"]["date"]
    assert read(update).text == "how long do refunds take?"


def test_another_message_with_a_known_update_number_is_another() -> None:
    first, again = sample("group_mention"), sample("group_mention")
    again["message"]["message_id"] += 1
    assert read(first).dedupe_key != read(again).dedupe_key


def with_media(**media: object) -> IncomingMessage:
    update = sample("private_photo_with_caption")
    del update["message"]["photo"]
    update["message"] |= media
    message = understood(update)
    assert message is not None
    return message


def test_a_photo_is_told_in_its_largest_size() -> None:
    sizes = [{"file_id": f"P{size}", "file_size": size} for size in (1313, 90_000, 8000)]
    assert with_media(photo=sizes).attachments == (
        Attachment(name="photo.jpg", content_type="image/jpeg", size=90_000, reference="P90000"),
    )


def test_a_document_is_told_as_its_sender_named_it() -> None:
    document = {
        "file_id": "BQAC",
        "file_name": "a\x00.csv",
        "mime_type": "text/csv",
        "file_size": 3_000_000_000,
    }
    assert with_media(document=document).attachments == (
        Attachment(
            name="a\ufffd.csv", content_type="text/csv", size=3_000_000_000, reference="BQAC"
        ),
    )


@pytest.mark.parametrize(
    ("kind", "name"), [("audio", "audio"), ("video", "video.mp4"), ("voice", "voice.ogg")]
)
def test_recordings_are_files_too(kind: str, name: str) -> None:
    [attachment] = with_media(**{kind: {"file_id": "X"}}).attachments
    assert attachment == Attachment(name=name, reference="X")


def test_an_animation_is_told_once() -> None:
    """Telegram sends it as a document too, for older bots."""
    media = {"file_id": "X", "file_name": "cat.mp4"}
    assert len(with_media(animation=media, document=media).attachments) == 1
