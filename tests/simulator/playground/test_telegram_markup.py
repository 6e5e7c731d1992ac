"""A text and its entities as a tree."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as some

from simulator.playground.telegram.markup import Entity, to_nodes
from simulator.playground.values import Node, NodeKind
from simulator.telegram.entities import find_entities, said_by
from simulator.telegram.markup import parse_html

ENTITY_TYPES = (
    "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "url",
    "mention", "bot_command", "blockquote", "expandable_blockquote", "email", "custom_emoji",
)  # fmt: skip


def brief(node: Node) -> object:
    """A node as nested tuples: (kind, what it says or leads to, children)."""
    said = node.text or node.url
    children = [brief(child) for child in node.children]
    return (node.kind.value, *([said] if said else []), *([children] if children else []))


def shown(text: str, *entities: Entity) -> list[object]:
    return [brief(node) for node in to_nodes(text, entities)]


def of_html(html: str) -> list[object]:
    text, entities = parse_html(html)
    return shown(text, *entities)


def line(html: str) -> object:
    """The one paragraph of a message."""
    [paragraph] = of_html(html)
    assert isinstance(paragraph, tuple)
    assert paragraph[0] == "paragraph"
    return paragraph[1]


def leaves(nodes: Iterator[Node] | tuple[Node, ...]) -> Iterator[str]:
    for node in nodes:
        yield node.text
        yield from leaves(node.children)


@pytest.mark.parametrize(
    ("html", "nodes"),
    [
        ("a <b>b</b> c", [("text", "a "), ("bold", [("text", "b")]), ("text", " c")]),
        (
            "<i>a <u>b <s>c</s></u></i>",
            [
                (
                    "italic",
                    [("text", "a "), ("underline", [("text", "b "), ("strike", [("text", "c")])])],
                )
            ],
        ),
        ("<b><i>a</i></b>", [("bold", [("italic", [("text", "a")])])]),
        ("<i><b>a</b></i>", [("italic", [("bold", [("text", "a")])])]),
        ("<code>a &lt; b</code>", [("code", "a < b")]),
        ("<b><code>x</code></b>", [("bold", [("code", "x")])]),
        ("<tg-spoiler>who <b>did</b> it</tg-spoiler>",
         [("text", "who "), ("bold", [("text", "did")]), ("text", " it")]),
        ('<a href="https://a.org/?x=1&amp;y">l</a>',
         [("link", "https://a.org/?x=1&y", [("text", "l")])]),
        ('<a href="tg://user?id=1">l</a>', [("text", "l")]),
        ('<a href="javascript:alert(1)">l</a>', [("text", "l")]),
        ("a\nb", [("text", "a"), ("break",), ("text", "b")]),
        ("😀<b>😀</b>é", [("text", "😀"), ("bold", [("text", "😀")]), ("text", "é")]),
    ],
)  # fmt: skip
def test_what_stands_in_a_line(html: str, nodes: object) -> None:
    assert line(html) == nodes


def test_blocks_end_paragraphs() -> None:
    html = (
        "one\ntwo\n\n\nthree\n<blockquote>four\nfive</blockquote>\n"
        '<pre><code class="language-py">a\n\nb</code></pre>six'
    )
    assert of_html(html) == [
        ("paragraph", [("text", "one"), ("break",), ("text", "two")]),
        ("paragraph", [("text", "three")]),
        ("quote", [("text", "four"), ("break",), ("text", "five")]),
        ("preformatted", "a\n\nb"),
        ("paragraph", [("text", "six")]),
    ]


def test_a_long_quote_is_a_quote() -> None:
    assert of_html("<blockquote expandable>a</blockquote>") == [("quote", [("text", "a")])]


def test_a_block_of_code_is_one_entity_with_its_language() -> None:
    assert parse_html('<pre><code class="language-py">a</code></pre>') == (
        "a",
        [{"type": "pre", "offset": 0, "length": 1, "language": "py"}],
    )


def test_what_overlaps_is_cut_where_its_surroundings_end() -> None:
    bold: Entity = {"type": "bold", "offset": 0, "length": 4}
    italic: Entity = {"type": "italic", "offset": 2, "length": 4}
    assert shown("abcdef", bold, italic) == [
        (
            "paragraph",
            [("bold", [("text", "ab"), ("italic", [("text", "cd")])]), ("text", "ef")],
        )
    ]


@pytest.mark.parametrize(
    ("kind", "said", "node"),
    [
        ("url", "https://a.org", ("link", "https://a.org", [("text", "https://a.org")])),
        ("url", "a.org/x", ("link", "https://a.org/x", [("text", "a.org/x")])),
        ("url", "ftp://a.org", ("text", "ftp://a.org")),
        ("url", "http://[", ("text", "http://[")),
        ("email", "a@b.org", ("link", "mailto:a@b.org", [("text", "a@b.org")])),
        ("mention", "@ada", ("mention", "@ada")),
        ("text_mention", "Ada", ("mention", "Ada")),
        ("bot_command", "/ask", ("mention", "/ask")),
        ("hashtag", "#a", ("text", "#a")),
    ],
)
def test_what_telegram_finds_by_itself(kind: str, said: str, node: object) -> None:
    entity: Entity = {"type": kind, "offset": 0, "length": len(said)}
    assert shown(said, entity) == [("paragraph", [node])]


@given(
    text=some.text(some.sampled_from("ab \n😀é"), max_size=20),
    entities=some.lists(
        some.fixed_dictionaries(
            {
                "type": some.sampled_from(ENTITY_TYPES),
                "offset": some.integers(-2, 30),
                "length": some.integers(-2, 30),
            }
        ),
        max_size=6,
    ),
)
def test_no_word_is_lost_or_said_twice(text: str, entities: list[Entity]) -> None:
    words = "".join(leaves(to_nodes(text, entities)))
    assert words.replace("\n", "") == text.replace("\n", "")


def test_no_link_leads_anywhere_but_to_the_web() -> None:
    entity: Entity = {"type": "text_link", "offset": 0, "length": 1, "url": "data:text/html,x"}
    [paragraph] = to_nodes("a", [entity])
    assert [node.kind for node in paragraph.children] == [NodeKind.TEXT]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("😀 see https://a.org/x?y=(1). Or", [("url", "https://a.org/x?y=(1")]),
        ("www.a.org, a.io", [("url", "www.a.org"), ("url", "a.io")]),
        ("write to a.b@c.org!", [("email", "a.b@c.org")]),
        ("@Ada_L and @bob's", [("mention", "@Ada_L"), ("mention", "@bob")]),
        ("/ask how, /ask@my_bot", [("bot_command", "/ask"), ("bot_command", "/ask@my_bot")]),
        ("/usr/bin 1/2 v1.5 e.g. this", []),
    ],
)
def test_what_is_found_in_a_typed_text(text: str, found: object) -> None:
    assert [(one["type"], said_by(text, one)) for one in find_entities(text)] == found
