"""Discord's Markdown in the playground."""

import pytest

from simulator.playground.discord.inline import Names
from simulator.playground.discord.markup import to_nodes, to_plain
from simulator.playground.values import Node

NAMES = Names(people={"7": "Maya"}, channels={"8": "help"}, roles={"9": "Administrators"})


def told(nodes: tuple[Node, ...]) -> str:
    """Nodes as an outline: `bold(text)`, and `link<url>(text)`."""
    return "".join(_told(node) for node in nodes)


def _told(node: Node) -> str:
    url = f"<{node.url}>" if node.url else ""
    if node.kind == "text":
        return node.text
    inner = node.text or told(node.children)
    return f"{node.kind.value}{url}({inner})" if inner else node.kind.value


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("**a** *b* _c_ __d__ ~~e~~", "bold(a) italic(b) italic(c) underline(d) strike(e)"),
        ("***a***", "bold(italic(a))"),
        ("**a *b* c**", "bold(a italic(b) c)"),
        ("**two\nlines**", "bold(twobreaklines)"),
        ("one\ntwo", "onebreaktwo"),
        ("`a **b**` ``c ` d``", "code(a **b**) code(c ` d)"),
        (r"\*a\* \_b\_ \\", r"*a* _b_ \\"[:-1]),
        ("snake_case_name 2 * 3 * 4", "snake_case_name 2 * 3 * 4"),
        ("**not closed", "**not closed"),
        ("[the *page*](https://a.example/b)", "link<https://a.example/b>(the italic(page))"),
        ("[x](https://a.example/b_(c))", "link<https://a.example/b_(c)>(x)"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        (
            "See https://a.example/b_c_d.",
            "See link<https://a.example/b_c_d>(https://a.example/b_c_d).",
        ),
        ("(https://a.example)", "(link<https://a.example>(https://a.example))"),
        ("<https://a.example>", "link<https://a.example>(https://a.example)"),
        ("<@7> <@!7> <@1>", "mention(@Maya) mention(@Maya) mention(@unknown-user)"),
        ("<#8> <@&9> </ask:5>", "mention(#help) mention(@Administrators) mention(/ask)"),
        ("<:party:12>", ":party:"),
        ("<b>no & html</b>", "<b>no & html</b>"),
    ],
)
def test_within_a_line(text: str, outline: str) -> None:
    (paragraph,) = to_nodes(text, NAMES)
    assert told((paragraph,)) == f"paragraph({outline})"


@pytest.mark.parametrize(
    ("text", "outline"),
    [
        ("# A\n## B\n### C\n#### D", "heading(A)heading(B)heading(C)paragraph(#### D)"),
        ("#no\n# yes", "paragraph(#no)heading(yes)"),
        ("-# small\nbig", "paragraph(small(small))paragraph(big)"),
        ("a\n\nb", "paragraph(a)paragraph(b)"),
        ("> a\n> **b**\nc", "quote(paragraph(abreakbold(b)))paragraph(c)"),
        (">>> a\n\nb", "quote(paragraph(a)paragraph(b))"),
        (">no quote", "paragraph(>no quote)"),
        ("- a\n- b\n  more", "list(item(a)item(bbreakmore))"),
        ("* a\n  * b\n    1. c\n* d", "list(item(alist(item(bnumbered(item(c)))))item(d))"),
        ("1. a\n\n2. b", "numbered(item(a)item(b))"),
        ("  - a\n- b", "list(item(a)item(b))"),
        ("text\n- a\nrest", "paragraph(text)list(item(a))paragraph(rest)"),
        ("```py\nx = 1\n\ny\n```after", "preformatted(x = 1\n\ny)paragraph(after)"),
        ("a ```b``` c", "paragraph(a)preformatted(b)paragraph(c)"),
        ("```\n**x**\n> y\n```", "preformatted(**x**\n> y)"),
        ("> ```\n> x\n> ```", "quote(preformatted(x))"),
        ("```open", "paragraph(```open)"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_blocks(text: str, outline: str) -> None:
    assert told(to_nodes(text, NAMES)) == outline


def test_plain_words_keep_lines_and_lose_marks() -> None:
    text = "# Title\n**a** [b](https://c.example)\n\n- one\n- two\n```\nx\n```\n> quoted"
    assert to_plain(to_nodes(text)) == "Title\na b\none\ntwo\nx\nquoted"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("mark", ["*", "**", "_", "`", "~~", "[", "> ", "- ", "[a](", "**_", "\\"])
def test_a_long_message_of_marks_is_read_in_time(mark: str) -> None:
    to_nodes(mark * (4000 // len(mark)))
