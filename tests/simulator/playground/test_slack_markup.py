"""Slack's formats as nodes."""

import pytest

from simulator.playground.slack import blocks, commonmark, mrkdwn, speech
from simulator.playground.slack.emoji import to_emoji, to_name, with_emoji
from simulator.playground.slack.nodes import plain
from simulator.playground.values import Node, PlaygroundError

NAMES = {"U1": "Ada", "C1": "general", "U0000000BOT": "Trialogue"}


def outline(nodes: tuple[Node, ...] | list[Node]) -> str:
    """Nodes in one line: a kind, and its words or children in brackets."""
    return " ".join(_outline(node) for node in nodes)


def _outline(node: Node) -> str:
    if node.kind == "text":
        return node.text
    address = f"={node.url}" if node.url else ""
    inner = node.text + "|".join(_outline(child) for child in node.children)
    return f"{node.kind}{address}[{inner}]" if inner else str(node.kind)


def paragraph(markup: str) -> str:
    """The outline of a text of one paragraph."""
    (node,) = mrkdwn.to_nodes(markup, NAMES)
    return outline(node.children)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("*bold* and _italic_", "bold[bold]  and  italic[italic]"),
        ("~gone~ `a *b* &lt;c&gt;`", "strike[gone]   code[a *b* <c>]"),
        ("*_both_*", "bold[italic[both]]"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("* not bold *", "* not bold *"),
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("<https://a.example/?x=1&amp;y=2|here>", "link=https://a.example/?x=1&y=2[here]"),
        ("<https://a.example>", "link=https://a.example[https://a.example]"),
        ("<mailto:a@b.example|a@b.example>", "link=mailto:a@b.example[a@b.example]"),
        ("<javascript:alert(1)|click>", "italic[click]"),
        ("<@U1>, <@U9>, <#C1|x>", "mention[@Ada] ,  mention[@U9] ,  mention[#general]"),
        ("<!here> <!subteam^S1|@team>", "mention[@here]   mention[@team]"),
        ("see https://a.example/b, or", "see  link=https://a.example/b[https://a.example/b] , or"),
        ("one\ntwo", "one break two"),
        (":tada: at 10:30:45 :nothing_like_this:", "🎉 at 10:30:45 :nothing_like_this:"),
    ],
)
def test_mrkdwn_is_read_as_slack_reads_it(markup: str, expected: str) -> None:
    assert paragraph(markup) == expected


def test_mrkdwn_has_paragraphs_quotes_and_code() -> None:
    markup = "first\n\n&gt; quoted\n&gt; *more*\nlast\n```\nx = 1 &lt; 2\n  *y*\n```"
    assert outline(mrkdwn.to_nodes(markup, NAMES)) == (
        "paragraph[first] quote[paragraph[quoted|break|bold[more]]] paragraph[last]"
        " preformatted[x = 1 < 2\n  *y*]"
    )


def test_a_markdown_block_is_commonmark() -> None:
    markdown = (
        "# Top\n\n**bold** _it_ ~~no~~ `c` [l](https://a.example)\nnext\n\n1. one\n2. two\n\n"
        "- a\n  - b\n\n> q\n\n```py\nx < 1\n```\n\n---\n\n<b>x</b> :+1:"
    )
    assert outline(commonmark.to_nodes(markdown)) == (
        "heading[Top]"
        " paragraph[bold[bold]| |italic[it]| |strike[no]| |code[c]| |"
        "link=https://a.example[l]|break|next]"
        " numbered[item[paragraph[one]]|item[paragraph[two]]]"
        " list[item[paragraph[a]|list[item[paragraph[b]]]]]"
        " quote[paragraph[q]] preformatted[x < 1] paragraph[———] paragraph[<b>x</b> 👍]"
    )


@pytest.mark.parametrize(
    "markdown",
    ["[x](javascript:alert(1))", "[x](data:text/html,x)", "![x](vbscript:y)", "<javascript:x>"],
)
def test_nobody_is_led_to_a_dangerous_address(markdown: str) -> None:
    assert "link" not in outline(commonmark.to_nodes(markdown))
    given = [
        {"type": "image", "image_url": "javascript:x", "alt_text": "y"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "<javascript:x|y>"}},
    ]
    assert "link" not in outline(blocks.to_nodes(given, NAMES))


def test_blocks_are_shown_without_what_can_be_clicked() -> None:
    words = {"type": "plain_text", "text": "a *b* :tada:"}
    given = [
        {"type": "header", "text": {"type": "plain_text", "text": "Top"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*x*"}, "fields": [words]},
        {"type": "divider"},
        {"type": "context", "elements": [words, {"type": "mrkdwn", "text": "_y_"}]},
        {"type": "image", "image_url": "https://a.example/p.png", "alt_text": "A picture"},
        {"type": "actions", "elements": [{"type": "button", "text": words}]},
        {"type": "unheard_of"},
        "nonsense",
    ]
    assert outline(blocks.to_nodes(given, NAMES)) == (
        "heading[Top] paragraph[bold[x]] paragraph[a *b* 🎉] paragraph[———]"
        " paragraph[small[a *b* 🎉| |italic[y]]]"
        " paragraph[link=https://a.example/p.png[A picture]]"
    )


def test_rich_text_has_lists_styles_and_mentions() -> None:
    def section(*pieces: object) -> dict[str, object]:
        return {"type": "rich_text_section", "elements": list(pieces)}

    bold = {"type": "text", "text": "b", "style": {"bold": True, "italic": True}}
    elements = [
        section(bold, {"type": "user", "user_id": "U1"}, {"type": "emoji", "name": "eyes"}),
        {"type": "rich_text_list", "style": "ordered", "elements": [section(bold)]},
        {"type": "rich_text_list", "style": "bullet", "elements": [section(bold)]},
        {"type": "rich_text_quote", "elements": [{"type": "channel", "channel_id": "C1"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "a\nb"}]},
        section({"type": "link", "url": "https://a.example"}, {"type": "odd"}, 7),
    ]
    assert outline(blocks.to_nodes([{"type": "rich_text", "elements": elements}], NAMES)) == (
        "paragraph[italic[bold[b]]|mention[@Ada]|👀]"
        " numbered[item[paragraph[italic[bold[b]]]]] list[item[paragraph[italic[bold[b]]]]]"
        " quote[paragraph[mention[#general]]] preformatted[a\nb]"
        " paragraph[link=https://a.example[https://a.example]]"
    )


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("@trialogue hi", "<@U0000000BOT> hi"),
        ("hi @Trialogue, you & <you>", "hi <@U0000000BOT>, you &amp; &lt;you&gt;"),
        ("me@trialogue.example, @trialogues", "me@trialogue.example, @trialogues"),
        ("`@trialogue`", "`@trialogue`"),
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("see https://a.example/x?y=1&z=2.", "see <https://a.example/x?y=1&amp;z=2>."),
        ("(https://a.example)", "(<https://a.example>)"),
        ("```\nhttps://a.example\n```", "```\nhttps://a.example\n```"),
    ],
)
def test_what_people_type_is_sent_as_slacks_clients_send_it(typed: str, text: str) -> None:
    assert speech.to_text(typed) == text


def test_the_blocks_of_a_person_look_like_their_text() -> None:
    typed = "*Hey* @Trialogue\n> a `b`\nhttps://a.example\n```\nc < d\n```"
    markup = speech.to_text(typed)
    assert blocks.to_nodes(speech.to_blocks(markup), NAMES) == mrkdwn.to_nodes(markup, NAMES)


def test_addresses_in_markdown_are_links() -> None:
    nodes = commonmark.to_nodes(
        "(https://a.example/b) [https://c.example](https://d.example) `https://e.example`"
    )
    assert outline(nodes) == (
        "paragraph[(|link=https://a.example/b[https://a.example/b]|) |"
        "link=https://d.example[https://c.example]| |code[https://e.example]]"
    )


def test_plain_words_are_what_is_read() -> None:
    nodes = commonmark.to_nodes("# Top\n\n**a** [b](https://x.example)\n\n- c\n- d\n")
    assert plain(nodes).split() == ["Top", "a", "b", "c", "d"]


@pytest.mark.parametrize("emoji", ["👍", "❤️", "🦊", "🎉", "⚠️"])
def test_an_emoji_comes_back(emoji: str) -> None:
    assert to_emoji(to_name(emoji)) == emoji.replace("\ufe0f", "")


@pytest.mark.parametrize("emoji", ["", "x", "+1", "👍👍", "🇩🇪"])
def test_what_is_no_emoji_is_refused(emoji: str) -> None:
    with pytest.raises(PlaygroundError, match="take 👍"):
        to_name(emoji)


def test_a_name_without_an_emoji_stays() -> None:
    assert to_emoji("shipit") == ":shipit:"
    assert with_emoji(":shipit: :+1:") == ":shipit: 👍"


def test_a_table_in_markdown_has_columns() -> None:
    (table,) = commonmark.to_nodes("| Room | Printer |\n|---|---|\n| Oslo | **P1** |\n| B | |\n")
    assert table.kind == "preformatted"
    assert table.text == "Room  Printer\n────  ───────\nOslo  P1\nB"
