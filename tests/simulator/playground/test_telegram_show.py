"""The stand-in's world as people see it, and what a Telegram app does with typed words."""

from datetime import timedelta

import pytest

from simulator.playground.telegram.seed import in_order
from simulator.playground.telegram.show import to_commands, to_message
from simulator.playground.telegram.writing import reaches_bot, shared, typed
from simulator.playground.values import (
    ButtonShown,
    CommandShown,
    File,
    Line,
    NodeKind,
    ReactionShown,
    Room,
)
from simulator.telegram import TelegramStandIn
from simulator.telegram.chats import Chat
from simulator.telegram.files import Files
from simulator.telegram.refusals import Json
from simulator.telegram.world import World

ME: Json = {"id": 7, "is_bot": True, "first_name": "Trialogue", "username": "trialogue_bot"}
GROUP: Json = {"id": -1, "type": "supergroup", "title": "general"}


@pytest.fixture
async def world() -> World:
    return TelegramStandIn().world


@pytest.fixture
def chat(world: World) -> Chat:
    return world.chats.group("general")


def by_ada(world: World, chat: Chat, **content: object) -> Json:
    return world.chats.any_message(chat, world.chats.person("ada"), content, at=1_000.5)


def by_bot(world: World, chat: Chat, **content: object) -> Json:
    return world.chats.any_message(chat, world.me, content, at=1_000)


def test_a_persons_message(world: World, chat: Chat) -> None:
    shown = to_message(by_ada(world, chat, text="hello"), chat, world)
    assert (shown.author, shown.text, shown.at, shown.edited) == ("ada", "hello", 1_000, False)
    assert (shown.channel, shown.reply_to, shown.visible_to) == (str(chat.id), None, None)


def test_links_and_commands_in_the_bots_own_words_are_found_but_not_in_code(
    world: World, chat: Chat
) -> None:
    message = by_bot(
        world,
        chat,
        text="/ask or /help, https://a.org",
        entities=[{"type": "code", "offset": 0, "length": 4}],
    )
    [paragraph] = to_message(message, chat, world).content
    assert [(node.kind, node.text or node.url) for node in paragraph.children] == [
        (NodeKind.CODE, "/ask"),
        (NodeKind.TEXT, " or "),
        (NodeKind.MENTION, "/help"),
        (NodeKind.TEXT, ", "),
        (NodeKind.LINK, "https://a.org"),
    ]


def test_buttons_are_numbered_through_all_rows(world: World, chat: Chat) -> None:
    rows = [[{"text": "a"}, {"text": "b"}], [{"text": "a"}]]
    message = by_bot(world, chat, text="x", reply_markup={"inline_keyboard": rows})
    assert to_message(message, chat, world).buttons == (
        (ButtonShown(id="0", label="a"), ButtonShown(id="1", label="b")),
        (ButtonShown(id="2", label="a"),),
    )


def test_the_bots_reactions_are_shown_beside_peoples(world: World, chat: Chat) -> None:
    message = by_ada(world, chat, text="x")
    place = (str(chat.id), str(message["message_id"]))
    world.reactions[place] = ["👀"]
    world.given[place] = {"ada": "👍", "bob": "👀"}
    assert to_message(message, chat, world).reactions == (
        ReactionShown(emoji="👀", people=("", "bob")),
        ReactionShown(emoji="👍", people=("ada",)),
    )


def test_a_file_that_is_known_no_more_is_not_shown(world: World, chat: Chat) -> None:
    message = by_ada(world, chat, caption="x", document={"file_id": "gone"})
    assert to_message(message, chat, world).files == ()


def test_a_command_of_several_menus_is_shown_once() -> None:
    menu: list[Json] = [{"command": "ask", "description": "Ask"}]
    assert to_commands({"all_group_chats": menu, "all_private_chats": menu}) == (
        CommandShown(name="ask", description="Ask"),
    )


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("@Trialogue, why?", "@trialogue_bot, why?"),
        ("@trialogue_bot @Trialogue why?", "@trialogue_bot why?"),
        ("@trialogue_bot @trialogue_bots why?", "@trialogue_bot @trialogue_bots why?"),
        ("hey @TRIALOGUE", "hey @trialogue_bot"),
        ("@Trialogue_Bot why", "@Trialogue_Bot why"),
        ("me@trialogue.example", "me@trialogue.example"),
        ("@trialogue.example", "@trialogue.example"),
        ("@trialogues", "@trialogues"),
        (" \x00a ", "\N{REPLACEMENT CHARACTER}a"),
    ],
)
def test_the_bot_may_be_called_by_its_first_name(text: str, sent: str) -> None:
    assert typed(text, ME)["text"] == sent


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("hello", False),
        ("so, @trialogue: why", True),
        ("😀😀 @TRIALOGUE_bot", True),
        ("@somebody_else", False),
        ("/ask why", True),
        ("/ask@trialogue_bot why", True),
        ("/ask@other_bot why", False),
        ("please /ask", False),
    ],
)
def test_what_a_bot_in_privacy_mode_reads(text: str, *, reaches: bool) -> None:
    assert reaches_bot({"chat": GROUP, **typed(text, ME)}, ME) is reaches


def test_a_reply_to_the_bot_reaches_it_and_one_to_a_person_does_not() -> None:
    message: Json = {"chat": GROUP, **typed("why?", ME)}
    assert reaches_bot({**message, "reply_to_message": {"from": ME}}, ME)
    assert not reaches_bot({**message, "reply_to_message": {"from": {"id": 8}}}, ME)


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("image/png", "photo"), ("image/svg+xml", "document"), ("text/plain", "document")],
)
def test_a_picture_is_sent_as_a_photo(content_type: str, kind: str) -> None:
    assert set(shared(File(name="a", content_type=content_type, content=b"a"), Files())) == {kind}


def test_what_was_said_is_in_order_over_all_rooms() -> None:
    def line(text: str, hours: int, *replies: Line) -> Line:
        return Line(person="ada", text=text, ago=timedelta(hours=hours), replies=replies)

    rooms = [
        Room(name="a", lines=(line("1", 9, line("4", 2)), line("3", 5, line("too early", 8)))),
        Room(name="b", lines=(line("2", 7),)),
    ]
    seeded = in_order(rooms, now=100_000.0)
    assert [one.line.text for one in seeded] == ["1", "2", "3", "too early", "4"]
    assert [one.reply_to.line.text if one.reply_to else "" for one in seeded] == [
        *("", "", "", "3", "1"),
    ]
    assert seeded[0].at == 100_000 - 9 * 3_600
