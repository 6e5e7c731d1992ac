"""CommonMark becomes what Telegram takes, with nothing lost and nothing broken."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.platforms.telegram.render import (
    COMMONMARK,
    MESSAGE_LIMIT,
    to_html,
    to_plain,
    to_words,
)
from core.text import utf16_length
from simulator.telegram.markup import MarkupError, parse_html

PIECES = [
    "a", "bc", " ", "  ", "\n", "\n\n", "    ", "*", "**", "***", "_", "__", "~~", "`", "``", "```",
    "~~~", "```python\n", "\n```\n", "# ", "## ", "- ", "* ", "+ ", "1. ", "7) ", "> ", ">", "|",
    "\n|---|---|\n", "| x | y |\n", "---\n", "===\n", "[", "]", "(", ")", "](http://x.y)", "![",
    "](tg://user?id=5)", "<b>", "</b>", "<http://x.y>", "<a@b.c>", "&", "&amp;", "&lt;", "<", ">",
    "\\", "\t", "é", "😀", "👩‍👩‍👧", "\x00", "\ud800", '"', "'", "@everyone", "[r]: http://x.y\n",
]  # fmt: skip
COMMONMARKED = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=200)
LETTER = re.compile(r"\w")


def shown(html: str) -> str:
    return parse_html(html)[0]


def kinds(html: str) -> list[object]:
    return [entity["type"] for entity in parse_html(html)[1]]


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("**b** *i* ~~s~~ `c`", "<b>b</b> <i>i</i> <s>s</s> <code>c</code>"),
        ("***both***", "<i><b>both</b></i>"),
        ("**b `c` d**", "<b>b </b><code>c</code><b> d</b>"),
        ("# Title\ntext", "<b>Title</b>\n\ntext"),
        ("# A **b**", "<b>A b</b>"),
        ("[t](https://x.y/?a=1&b=2)", '<a href="https://x.y/?a=1&amp;b=2">t</a>'),
        ("[`c`](http://x.y)", '<a href="http://x.y">c</a>'),
        ('[t](http://x.y/"onclick=)', '<a href="http://x.y/%22onclick=">t</a>'),
        ("<https://x.y>", '<a href="https://x.y">https://x.y</a>'),
        ("![alt](http://x.y/z.png)", '<a href="http://x.y/z.png">alt</a>'),
        ("[t](docs/a.md)", "t (docs/a.md)"),
        ("a\nb", "a\nb"),
        ("a  \nb", "a\nb"),
        ("a\n\n\nb", "a\n\nb"),
        ("- a\n- b\n  - c", "• a\n• b\n  • c"),
        ("- a\n\n- b", "• a\n• b"),
        ("3. a\n3. b", "3. a\n4. b"),
        ("0. a", "0. a"),
        ("1. a\n\n   more\n2. b", "1. a\n\n   more\n2. b"),
        ("-\n- b", "• \n• b"),
        ("> a\n> b", "<blockquote>a\nb</blockquote>"),
        ("> a\n>> b", "<blockquote>a\n\nb</blockquote>"),
        ("> a\n\nb", "<blockquote>a</blockquote>\n\nb"),
        ("```py\na < b\n```", '<pre><code class="language-py">a &lt; b</code></pre>'),
        ("```\na\n\nb\n```", "<pre>a\n\nb</pre>"),
        ('```"><b>\na\n```', "<pre>a</pre>"),
        ("a\n\n---\n\nb", "a\n\n———\n\nb"),
        ("| a | bb |\n|---|---|\n| ccc | d |", "<pre>a   | bb\n----+---\nccc | d</pre>"),
        ("|a|\n|-|\n|[t](http://x.y)|", "<pre>a\n--------------\nt (http://x.y)</pre>"),
        ("- a\n  ```\n  x\n  ```", "• a\n  <pre>x</pre>"),
    ],
)
def test_each_construct_has_its_form(source: str, html: str) -> None:
    assert to_html(source) == html


@pytest.mark.parametrize(
    "text", ["a & b < c > d", "<b>not bold</b>", "<script>", 'say "hi"', "x &lt; y"]
)
def test_statement_34_what_a_person_typed_shows_literally(text: str) -> None:
    assert shown(to_html(text)) == unescape(text)
    assert kinds(to_html(text)) == []


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "<!channel>", "<@U1>", "<@&1>", "@everyone", "@here", "Hi @Channel!", "@all",
        "[you](tg://user?id=5)", "<tg://user?id=5>", '<a href="tg://user?id=5">you</a>',
    ],
)  # fmt: skip
def test_statement_33_nobody_is_called(text: str, plain: bool) -> None:
    posted = to_plain(text) if plain else to_html(text)
    assert plain or "text_link" not in kinds(posted)
    assert not re.search(r"@(everyone|here|channel|all)\b", posted, re.IGNORECASE)


@pytest.mark.parametrize("text", ["", "  \n", "&nbsp;", "[r]: http://x.y", "```\n```", "![]()"])
def test_what_would_be_empty_is_shown_as_written(text: str) -> None:
    assert unescape(to_html(text)) == text


@pytest.mark.parametrize("marker", ["> ", "- ", "1. ", "> - "])
@pytest.mark.parametrize("depth", [5, 9, 10, 11, 18, 19, 20, 21, 40])
def test_what_is_nested_deeper_than_the_parser_goes_is_shown(marker: str, depth: int) -> None:
    text = "before\n\n" + marker * depth + "the point\n\nafter"
    visible = shown(to_html(text))
    assert [word in visible for word in ("before", "the point", "after")] == [True] * 3


def test_a_table_that_grows_too_long_is_shown_as_written() -> None:
    text = f"| {'x' * 100} | b |\n|---|---|\n" + "| a | b |\n" * 300
    assert utf16_length(text) < 3_900
    assert shown(to_html(text)) == text.strip() or shown(to_html(text)) == text


@pytest.mark.parametrize(
    "html", ["<b>", "</b>", "<b><i></b></i>", "<h1>x</h1>", "a < b", "<b", "<a href=", "<span>x"]
)
def test_the_stand_in_refuses_what_telegram_refuses(html: str) -> None:
    with pytest.raises(MarkupError):
        parse_html(html)


@settings(max_examples=400)
@given(COMMONMARKED | ANYTHING)
def test_no_text_makes_a_broken_tag_or_an_empty_or_overlong_message(text: str) -> None:
    visible = shown(to_html(text))
    assert utf16_length(visible) <= MESSAGE_LIMIT
    assert visible.strip() or not text.strip()


@settings(max_examples=400)
@given(COMMONMARKED | ANYTHING)
def test_every_letter_that_commonmark_shows_is_shown(text: str) -> None:
    reference = unescape(re.sub(r"<[^>]*>", "", COMMONMARK.render(text)))
    letters = iter(LETTER.findall(shown(to_html(text))))
    assert all(letter in letters for letter in LETTER.findall(reference))


@settings(max_examples=200)
@given(COMMONMARKED)
def test_code_and_quotes_are_never_nested_wrongly(text: str) -> None:
    entities = parse_html(to_html(text))[1]
    for outer in entities:
        for inner in entities:
            if inner is not outer and outer["type"] == inner["type"] == "blockquote":
                assert not _overlap(outer, inner)
            if inner is not outer and outer["type"] in {"code", "pre"}:
                assert inner["type"] in {"code", "pre", "blockquote"} or not _overlap(outer, inner)


def _overlap(one: dict[str, object], other: dict[str, object]) -> bool:
    (a, b), (c, d) = _span(one), _span(other)
    return a < d and c < b


def _span(entity: dict[str, object]) -> tuple[int, int]:
    offset, length = entity["offset"], entity["length"]
    assert isinstance(offset, int)
    assert isinstance(length, int)
    return offset, offset + length


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Sorry. Use `/comment`.", "Sorry. Use /comment."),
        ("**Why?** of [this](https://a.example)", "Why? of this (https://a.example)"),
        ("2 * 3 & 4 < 5", "2 * 3 & 4 < 5"),
        ("---", "---"),
    ],
)
def test_a_line_can_do_without_its_marks(line: str, words: str) -> None:
    assert to_words(line) == words
