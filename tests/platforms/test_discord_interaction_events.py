"""Discord's interactions in our words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platforms.discord.commands import definitions, is_known
from adapters.platforms.discord.handles import Deferral, Handle
from adapters.platforms.discord.interactions import Interaction, to_interaction
from adapters.platforms.discord.render import to_components
from core.messages import Author, Button, Conversation, Kind, Platform, Space
from tests.platforms.discord import GUILD, sample

NOW = datetime(2025, 11, 18, 9, 30, 1, tzinfo=UTC)
ADA = Author(platform=Platform.DISCORD, id="1100000000000000042", name="Ada")


def understood(payload: object) -> Interaction:
    interaction = to_interaction(payload, now=NOW)
    assert interaction is not None
    return interaction


def test_a_slash_command_is_its_text() -> None:
    interaction = understood(sample("interaction_command"))
    message = interaction.message

    assert message.kind is Kind.COMMAND
    assert message.text == "/ask what is the refund policy?"
    assert message.conversation == Conversation(
        platform=Platform.DISCORD, space=GUILD, channel="1150000000000000100"
    )
    assert message.space == Space(platform=Platform.DISCORD, id=GUILD)
    assert message.author == ADA
    assert message.dedupe_key == message.message_id == "1440255100000000000"
    assert message.sent_at == datetime(2025, 11, 18, 8, 19, 34, 485000, tzinfo=UTC)  # by its id
    assert interaction.deferral is Deferral.OPEN


@pytest.mark.parametrize(("kind", "parent"), [(11, "5"), (12, "5"), (0, "")])
def test_a_thread_names_its_channel_and_a_channel_not_its_category(kind: int, parent: str) -> None:
    payload = sample("interaction_command")
    payload["channel"] |= {"type": kind, "parent_id": "5"}
    assert understood(payload).message.conversation.parent == parent


def test_a_command_carries_its_file_and_not_the_files_id() -> None:
    payload = sample("interaction_command")
    payload["data"] = {
        "id": "1",
        "name": "learn",
        "type": 1,
        "options": [{"name": "file", "type": 11, "value": "1440255100000000009"}],
        "resolved": {
            "attachments": {
                "1440255100000000009": {
                    "id": "1440255100000000009",
                    "filename": "faq.csv",
                    "content_type": "text/csv",
                    "size": 46,
                    "url": "https://cdn.discordapp.com/ephemeral-attachments/1/2/faq.csv?ex=1",
                }
            }
        },
    }
    message = understood(payload).message
    assert message.text == "/learn"
    [file] = message.attachments
    assert (file.name, file.content_type, file.size) == ("faq.csv", "text/csv", 46)
    assert file.reference.startswith("https://cdn.discordapp.com/")


def test_what_is_chosen_follows_the_commands_name() -> None:
    payload = sample("interaction_command_direct")
    payload["data"]["options"] = [{"name": "whose", "type": 3, "value": "team"}]
    assert understood(payload).message.text == "/usage team"


def test_only_what_need_not_be_chosen_has_choices() -> None:
    [usage] = [one for one in definitions() if one["name"] == "usage"]
    [whose] = usage["options"]
    assert not whose["required"]
    assert whose["choices"] == [{"name": "team", "value": "team"}]


def test_a_private_command_in_a_direct_channel() -> None:
    interaction = understood(sample("interaction_command_direct"))

    assert interaction.message.text == "/usage"
    assert interaction.message.conversation.key == "discord:dm:1160000000000000005"
    assert interaction.message.conversation.direct
    assert interaction.message.space is None
    assert interaction.message.author.name == "Ada Lovelace"
    assert interaction.deferral is Deferral.PRIVATE


def test_a_click_is_the_buttons_value() -> None:
    interaction = understood(sample("interaction_click"))

    assert interaction.message.kind is Kind.CLICK
    assert interaction.message.text == "rate:up:0123456789abcdef0123456789abcdef"
    assert interaction.message.reply_to == "1440255000000000000"
    assert interaction.deferral is Deferral.CLICK


def test_the_handle_holds_what_a_reply_needs_and_shows_nothing() -> None:
    interaction = understood(sample("interaction_command"))
    handle = interaction.message.handle
    assert handle is not None

    assert Handle.unpack(handle.value) == Handle(
        application="1200000000000000007",
        person=ADA.id,
        deferral=Deferral.OPEN,
        token=interaction.token,
    )
    assert timedelta(minutes=13) < handle.expires_at - NOW < timedelta(minutes=15)
    shown = f"{interaction!r} {handle!r} {Handle.unpack(handle.value)!r}"
    assert interaction.token not in shown


@given(st.text(min_size=1))
def test_a_handle_survives_any_token(token: str) -> None:
    handle = Handle(application="1", person="2", deferral=Deferral.CLICK, token=token)

    assert Handle.unpack(handle.pack()) == handle


def test_the_channel_is_known_by_either_field() -> None:
    payload = sample("interaction_command")
    for missing in ("channel", "channel_id"):
        less = {name: value for name, value in payload.items() if name != missing}
        assert understood(less).message.conversation.channel == "1150000000000000100"


@pytest.mark.parametrize(
    "changes",
    [
        {"type": 1},
        {"type": 4},
        {"type": 5},
        {"type": "x"},
        {"data": None},
        {"data": {"name": "ask", "type": 3, "target_id": "5"}},
        {"data": {}},
        {"context": 2},
        {"member": None},
        {"channel": None, "channel_id": None},
        {"application_id": "not a number"},
        {"id": "-1"},
    ],
)
def test_anything_else_is_not_for_us(changes: dict[str, Any]) -> None:
    assert to_interaction({**sample("interaction_command"), **changes}, now=NOW) is None


def test_a_menu_is_not_a_button() -> None:
    payload = sample("interaction_click")
    payload["data"] = {"custom_id": "x", "component_type": 3, "values": ["1"]}

    assert to_interaction(payload, now=NOW) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        (lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)),
    )
)
def test_nothing_that_arrives_is_a_fault_of_ours(payload: object) -> None:
    assert to_interaction(payload, now=NOW) is None
    assert to_interaction({**sample("interaction_command"), "data": payload}, now=NOW) is None


def test_commands_are_known_in_discords_own_form() -> None:
    stored = [
        {
            **{name: value for name, value in one.items() if name != "options" or value},
            "id": "1",
            "application_id": "2",
            "version": "3",
            "default_member_permissions": None,
            "name_localizations": None,
            "nsfw": False,
        }
        for one in reversed(definitions())
    ]

    assert is_known(stored)
    assert not is_known(stored[1:])
    assert not is_known([{**stored[0], "description": "Something else"}, *stored[1:]])
    assert not is_known([*stored, {"name": "old", "type": 1, "description": "Gone"}])
    assert not is_known(None)
    assert not is_known(["ask"])


def test_commands_keep_to_discords_limits() -> None:
    for one in definitions():
        assert 1 <= len(one["name"]) <= 32
        assert one["name"] == one["name"].lower()
        assert 1 <= len(one["description"]) <= 100


def test_buttons_stand_in_rows_of_five() -> None:
    buttons = [Button(label=f"{number} " + "x" * 90, value=str(number)) for number in range(12)]
    rows: list[Any] = to_components(buttons)

    assert [len(row["components"]) for row in rows] == [5, 5, 2]
    assert all(len(one["label"]) <= 80 for row in rows for one in row["components"])
    assert [one["custom_id"] for row in rows for one in row["components"]] == [
        str(number) for number in range(12)
    ]
