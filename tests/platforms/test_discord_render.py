"""Replies in Discord's format."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.platforms.discord.render import (
    LONGEST_CONTENT,
    TEXT_LIMIT,
    to_content,
    to_payload,
)
from core.splitting import split
from core.text import utf16_length


@pytest.mark.parametrize(
    ("commonmark", "shown"),
    [
        ("Within **14 days**, _see_ `page 3`.", "Within **14 days**, _see_ `page 3`."),
        ("# One\n### Three", "# One\n### Three"),
        ("#### Four ##\n###### **Six**", "**Four**\n**Six**"),
        ("Title\n=====\n\nPart\n---", "# Title\n\n## Part"),
        ("above\n\n---\n* * *\nbelow", "above\n\n───\n───\nbelow"),
        ("+ a\n  + b\n1) c", "- a\n  - b\n1. c"),
        ("> + a\n- 1) b", "> - a\n- 1. b"),
        ("1 + 2 is 3 (page 4) or so", "1 + 2 is 3 (page 4) or so"),
        ("[here](https://a.example/?b=1) and there", "[here](https://a.example/?b=1) and there"),
        ("__strong__ and snake__case__name", "**strong** and snake__case__name"),
        ("||not hidden||", r"\|\|not hidden\|\|"),
        ("-# not small\n>>> not all", "\\-# not small\n\\>>> not all"),
        ("a &amp; b &lt; c &#62; d &copy;", r"a & b \< c \> d ©"),
        ("a & b < c > d", "a & b < c > d"),
        (r"\*not bold\* \_", r"\*not bold\* \_"),
        ("line\\\nnext", "line\nnext"),
        ("![chart](https://a.example/x.png)", "[chart](https://a.example/x.png)"),
        ("see https://a.example/__init__", "see https://a.example/__init__"),
        ("`__init__ || &amp;`", "`__init__ || &amp;`"),
        ("```py\n__a__ || &amp; 1) | x |\n```", "```py\n__a__ || &amp; 1) | x |\n```"),
        ("~~~py\n+ a\n~~~\n+ b", "```py\n+ a\n```\n- b"),
        ("~~~~\n```\n~~~~", "~~~~\n```\n~~~~"),
    ],
)
def test_commonmark_is_shown_as_it_is_meant(commonmark: str, shown: str) -> None:
    assert to_content(commonmark) == shown


def test_a_table_is_an_aligned_code_block() -> None:
    table = "Prices:\n| plan | price |\n|:--|--:|\n| free | 0 |\n| a \\| b | **9** |\nthat is all"

    assert to_content(table) == (
        "Prices:\n```\nplan   price\n─────  ─────\nfree   0\na | b  9\n```\nthat is all"
    )


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("**P1** and `P2`", "P1 and P2"),
        ("_at once_, ~~later~~", "at once, later"),
        ("[wiki](https://a.example/b_c_d)", "wiki (https://a.example/b_c_d)"),
        (r"snake_case_name, 2 * 3, \*", "snake_case_name, 2 * 3, *"),
    ],
)
def test_the_cells_of_a_table_have_no_marks(cell: str, shown: str) -> None:
    assert f"\n{shown}\n```" in to_content(f"| what |\n|---|\n| {cell} |")


def test_a_pipe_makes_no_table() -> None:
    assert to_content("a | b\nc | d") == "a | b\nc | d"


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(
    "text", ["@everyone", "@here <@1> <@!1> <@&1>", "<!channel> <#1>", "tg://user?id=1"]
)
def test_nobody_is_notified(text: str, plain: bool) -> None:
    assert to_payload(text, plain=plain)["allowed_mentions"] == {
        "parse": [],
        "replied_user": False,
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**a** _b_ `c` ~~d~~ ||e||", r"\*\*a\*\* \_b\_ \`c\` \~\~d\~\~ \|\|e\|\|"),
        ("# a\n- b\n> c\n-# d", "\\# a\n\\- b\n\\> c\n\\-# d"),
        ("x\n  - a\n\n1. b", "x\n  \\- a\n\n1. b"),
        ("<@1> <#2> <:e:3> </f:4> <t:5>", r"\<@1> \<#2> \<:e:3> \</f:4> \<t:5>"),
        ("a & b < c > d", "a & b < c > d"),
        ("[a](https://b.example/c_d)", r"\[a](https://b.example/c_d)"),
        ("C:\\path", r"C:\\path"),
    ],
)
def test_plain_text_shows_character_by_character(text: str, shown: str) -> None:
    assert to_payload(text, plain=True)["content"] == shown


@pytest.mark.parametrize("text", ["", " \n", "\\"])
def test_a_message_is_never_empty(text: str) -> None:
    assert to_payload(text, plain=False)["content"] == "…"


def test_text_that_grows_too_long_is_posted_as_it_is() -> None:
    text = "*" * TEXT_LIMIT

    assert to_payload(text, plain=True)["content"] == text


PIECES = (
    *("||", "__a__", "&amp;", "#### x", "| a | b |", "|---|---|", "```", "~~~", "+ x", "1)"),
    *("\\", "`", "<@1>", "\U0001f600", "w\u0308rd", "===", ">>> ", "\n", " ", "\ud800"),
)


@given(
    st.lists(st.sampled_from(PIECES), max_size=400),
    st.booleans(),
)
def test_every_part_of_any_reply_fits(pieces: list[str], plain: bool) -> None:
    text = "x" + "".join(pieces)
    for part in split(text, TEXT_LIMIT):
        content = to_payload(part, plain=plain)["content"]
        assert isinstance(content, str)
        assert 0 < utf16_length(content) <= LONGEST_CONTENT
        assert content.encode()


def test_a_long_answer_keeps_its_code_in_fences() -> None:
    code = "\n".join(f"    total_{number} = price * {number}" for number in range(1200))
    parts = split(f"Like so:\n\n```python\n{code}\n```\n\nThat is all.", TEXT_LIMIT)
    contents = [str(to_payload(part, plain=False)["content"]) for part in parts]

    assert len(contents) > 10
    assert all(content.count("```") in (0, 2) for content in contents)
    assert all("```python" in content for content in contents[:-1])
    assert [line for content in contents for line in content.split("\n") if "total_" in line] == (
        code.split("\n")
    )
