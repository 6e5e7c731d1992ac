"""A Discord server as a pane, and its wire, without a bot."""

import orjson
import pytest

from simulator.discord.calls import Call
from simulator.discord.faults import Fault, refusal
from simulator.discord.interactions import LOADING
from simulator.discord.objects import JSON
from simulator.discord.witness import Dispatched, Served
from simulator.discord.world import World
from simulator.playground.discord import show
from simulator.playground.discord.inline import Names
from simulator.playground.discord.memory import Context, Entry, Memory
from simulator.playground.discord.seed import populate
from simulator.playground.discord.wire import is_shown, to_call, to_event
from simulator.playground.discord.writing import compose
from simulator.playground.values import NodeKind
from tests.simulator.playground.discord import PEOPLE, ROOMS

FIRST = "2026-01-05T10:00:00+00:00"


def message(identifier: int = 1, **changes: object) -> JSON:
    return {
        "id": str(identifier),
        "channel_id": "5",
        "author": {"id": "7"},
        "content": "hi",
        "timestamp": FIRST,
        "flags": 0,
        "embeds": [],
        "components": [],
        "attachments": [],
        **changes,
    }


def button(label: str, **changes: object) -> JSON:
    return {"type": 2, "style": 1, "label": label, "custom_id": label, **changes}


def shown(entry: Entry) -> str:
    return show.to_message(entry, Names(), lambda _: "maya").text


def test_an_embed_is_a_quote_with_its_parts() -> None:
    embed = {
        "author": {"name": "Report"},
        "title": "Week 3",
        "url": "https://a.example",
        "description": "**All** well",
        "fields": [{"name": "Asked", "value": "12"}],
        "footer": {"text": "by hand"},
    }
    told = show.to_message(Entry(message=message(embeds=[embed])), Names(), lambda _: "")
    quote = told.content[1]
    assert quote.kind is NodeKind.QUOTE
    assert quote.children[1].children[0].url == "https://a.example"
    assert told.text == "hi\nReport\nWeek 3\nAll well\nAsked\n12\nby hand"


def test_an_embed_with_another_scheme_is_no_link() -> None:
    embed = {"title": "Click", "url": "javascript:alert(1)"}
    told = show.to_message(Entry(message=message(embeds=[embed])), Names(), lambda _: "")
    assert told.content[1].children[0].children[0].kind is NodeKind.BOLD


def test_buttons_are_counted_through_all_rows() -> None:
    rows = [
        {"type": 1, "components": [button("A"), button("B")]},
        {"type": 1, "components": [{"type": 3, "custom_id": "menu"}]},
        {"type": 1, "components": [button("C", emoji={"name": "🎉"})]},
    ]
    told = show.to_message(Entry(message=message(components=rows)), Names(), lambda _: "")
    assert [[(one.id, one.label) for one in row] for row in told.buttons] == [
        [("0", "A"), ("1", "B")],
        [("2", "🎉 C")],
    ]
    assert [one["label"] for one in show.clickable(rows)] == ["A", "B", "C"]


def test_who_used_a_command_is_above_the_answer() -> None:
    entry = Entry(message=message(), context=Context(used="Maya used /ask"))
    assert shown(entry) == "Maya used /ask\nhi"


def test_a_thread_is_behind_its_channel() -> None:
    world = World("Trialogue")
    populate(world, PEOPLE, ROOMS)
    parent, _ = world.text_channel("help")
    thread = world.start_thread(parent, "about passwords")
    channels = show.to_channels(world)
    assert [one.name for one in channels[:3]] == ["help", "about passwords", "general"]
    assert (channels[1].kind, channels[1].parent) == ("thread", parent.id)
    assert channels[1].id == thread.id


def test_only_the_newest_messages_are_shown_in_their_order() -> None:
    entries = [Entry(message=message(number)) for number in range(show.MOST + 20, 0, -1)]
    ids = [int(one.id) for one in show.latest(entries)]
    assert ids == list(range(21, show.MOST + 21))


def test_thinking_is_given_up_when_discord_does() -> None:
    bot = World("Trialogue").bot
    loading = Entry(message=message(flags=LOADING))
    began = 1_767_607_200.0
    assert [one.text for one in show.to_typing([loading], [], bot, now=began + 899)] == [
        "Trialogue is thinking…"
    ]
    assert show.to_typing([loading], [], bot, now=began + 901) == ()
    assert show.latest([loading]) == []


def test_commands_name_what_follows_them() -> None:
    common = {"type": 1, "description": "…"}
    registered = {
        "": [
            {**common, "name": "ask", "options": [{"name": "question", "type": 3}]},
            {
                **common,
                "name": "kb",
                "options": [{"name": "add", "type": 1}, {"name": "list", "type": 1}],
            },
            {**common, "name": "Quote", "type": 3},
        ]
    }
    assert [(one.name, one.argument) for one in show.to_commands(registered)] == [
        ("ask", "question"),
        ("kb", "add|list"),
    ]


def test_an_edit_is_marked_and_the_end_of_thinking_is_none() -> None:
    memory = Memory()
    memory.write(message(flags=LOADING, content=""), Context())
    memory.write(message(content="one"), Context())
    assert not memory.entries["1"].is_edited
    memory.write(message(content="one", components=[button("A")]), Context())
    assert not memory.entries["1"].is_edited
    memory.write(message(content="two"), Context())
    assert memory.entries["1"].is_edited


@pytest.mark.parametrize(
    ("text", "is_called"),
    [
        ("hey @TRIALOGUE!", True),
        ("@trialogue's", True),
        ("@trialogues", False),
        ("me@trialogue.example", False),
    ],
)
def test_the_bots_name_is_a_mention(text: str, is_called: bool) -> None:
    world = World("Trialogue")
    channel, _ = world.text_channel("help")
    composed = compose(world, channel, world.person("maya"), text)
    assert (f"<@{world.bot.id}>" in composed["content"]) is is_called
    assert bool(composed["mentions"]) is is_called


def event(name: str, payload: JSON, *, wanted: int = 1, reached: int = 1) -> Dispatched:
    return Dispatched(
        event=name, payload=orjson.dumps(payload), wanted=wanted, reached=reached, sessions=wanted
    )


def test_a_click_is_told_by_its_label_and_without_its_token() -> None:
    clicked = {
        "id": "3",
        "type": 3,
        "token": "secret",
        "channel_id": "5",
        "data": {"custom_id": "rate:up", "component_type": 2},
        "message": {"components": [{"type": 1, "components": [button("👍", custom_id="rate:up")]}]},
    }
    told = to_event(event("INTERACTION_CREATE", clicked), at=1.0)
    assert (told.name, told.channel) == ("INTERACTION_CREATE button 👍", "5")
    assert "secret" not in str(told.payload)


def test_an_event_that_nobody_gets_says_so() -> None:
    assert "history" in to_event(event("MESSAGE_CREATE", {}, wanted=0, reached=0), at=1.0).note
    assert "resumed" in to_event(event("MESSAGE_CREATE", {}, reached=0), at=1.0).note
    assert to_event(event("MESSAGE_CREATE", {"author": {"bot": True}}), at=1.0).note
    assert not to_event(event("MESSAGE_CREATE", {"author": {"bot": False}}), at=1.0).note


def test_only_what_belongs_to_messages_is_told() -> None:
    assert is_shown(event("MESSAGE_CREATE", {}))
    assert is_shown(event("MESSAGE_CREATE", {}, wanted=0, reached=0))
    assert not is_shown(event("CHANNEL_CREATE", {}))
    unwanted = Dispatched(
        event="MESSAGE_REACTION_ADD", payload=b"{}", wanted=0, reached=0, sessions=1
    )
    assert not is_shown(unwanted)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/channels/12/messages", "/channels/*/messages"),
        ("/channels/12/messages/13", "/channels/*/messages/*"),
        ("/webhooks/12/se-cret", "/webhooks/*/*"),
        ("/webhooks/12/se-cret/messages/@original", "/webhooks/*/*/messages/@original"),
        ("/interactions/12/se-cret/callback", "/interactions/*/*/callback"),
        (
            "/channels/1/messages/2/reactions/%F0%9F%91%8D/@me",
            "/channels/*/messages/*/reactions/👍/@me",
        ),
    ],
)
def test_calls_are_told_without_ids_and_tokens(path: str, name: str) -> None:
    assert to_call(served(path), channel=None).name == f"POST {name}"


def served(path: str, *, status: int = 200, fault: Fault | None = None) -> Served:
    url = "http://127.0.0.1:1/cdn/attachments/1/2/a.csv?ex=1&hm=signature&"
    said = {"content": "hi", "attachments": [{"url": url}]}
    call = Call(method="POST", path=path, parts=(), query={}, said=said)
    return Served(call=call, status=status, fault=fault, began=1.0, ended=2.0)


def test_what_went_wrong_with_a_call_is_told() -> None:
    path = "/channels/12/messages"
    limited = to_call(served(path, status=429, fault=refusal(429, retry_after=3)), channel="12")
    cut = to_call(served(path, status=500, fault=Fault(accepts=True)), channel="12")
    plain = to_call(served(path), channel="12")
    assert (limited.status, bool(limited.note)) == ("429", True)
    assert (cut.status, bool(cut.note)) == ("connection cut", True)
    assert (plain.status, plain.note, plain.at, plain.ended) == ("200", "", 1.0, 2.0)
    assert "signature" not in str(plain.payload)
