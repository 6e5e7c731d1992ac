"""Long replies are cut where it hurts least, and never through a code fence."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from core.fences import close_fence
from core.splitting import split
from core.text import utf16_length

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
LINES = st.sampled_from(
    [
        "", "", "A sentence. And another one!", "word " * 12, "x" * 70, "- item", "  more of it",
        "10. tenth", "    deep", "> quoted", "```", "```py", "~~~", "~~~~ sql", "````md", "`````",
        "  ```sh", "- ```js", "  ```", "    ```", "> ```", "> > ~~~", "1. ~~~", "   ~~~", "\tcode",
        "# Heading", "a `b` [c](d) **e f**", FAMILY * 3, "日本語。" * 6, "\\* \\_", "<pre>",
        "</pre>", "``` not a fence `", "e\N{COMBINING ACUTE ACCENT}" * 30, "----", "   ", "-",
        "    x = 1",
    ]
)  # fmt: skip
MARKS = re.compile(r"[\s>\d.-]*(`{3,}|~{3,})\s*\w*\s*")
MARKDOWN = st.lists(LINES, min_size=1, max_size=30).map("\n".join)
LIMITS = st.integers(32, 130)


def open_at_the_end(text: str) -> bool:
    """Whether a code fence runs to the end of a text without being closed."""
    parser = MarkdownIt("commonmark")
    plain = [t for t in parser.parse(text) if t.type == "fence"]
    if not plain or plain[-1].map is None:
        return False
    first, end = plain[-1].map
    return end == len(text.split("\n")) and end - first < 2 + len(plain[-1].content.splitlines())


def seen(text: str) -> str:
    """What a person reads, without the marks that a cut may repeat or move."""
    lines = re.split(r"\r\n|\n|\r", text)
    return re.sub(r"[\s>`~]", "", "".join(line for line in lines if not MARKS.fullmatch(line)))


@given(text=MARKDOWN, limit=LIMITS)
@settings(max_examples=400, deadline=None)
@example(text="```py\n" + "x" * 100 + "\n```", limit=32)
@example(text="- ```js\n  " + "x = 1\n  " * 30 + "```\nafter", limit=60)
def test_every_part_fits_and_closes_its_fences(text: str, limit: int) -> None:
    if not text.strip():
        return
    for part in split(text, limit):
        assert part.strip()
        assert utf16_length(part) <= limit
        assert not open_at_the_end(part), part


@given(text=MARKDOWN, limit=LIMITS)
@settings(max_examples=400, deadline=None)
def test_nothing_but_white_space_is_lost(text: str, limit: int) -> None:
    if not text.strip():
        return
    assert seen("\n".join(split(text, limit))) == seen(text)


@given(text=st.text(min_size=1, max_size=300), limit=LIMITS)
@settings(max_examples=400, deadline=None)
def test_any_text_at_all_is_cut_within_the_limit(text: str, limit: int) -> None:
    if not text.strip():
        return
    parts = split(text, limit)
    assert all(utf16_length(part) <= limit for part in parts)
    if "`" not in text and "~" not in text:
        assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)


def test_a_short_text_is_left_as_it_is() -> None:
    assert split("  Hello,\n\nworld. ", 32) == ("  Hello,\n\nworld. ",)


def test_paragraphs_stay_whole() -> None:
    first, second = "One sentence. " * 4, "Another one. " * 4
    assert split(f"{first}\n\n{second}", 80) == (first.strip(), second.strip())


def test_a_sentence_is_cut_before_a_word() -> None:
    text = "The first sentence is here. The second sentence is a little longer than that."
    assert split(text, 60) == (
        "The first sentence is here.",
        "The second sentence is a little longer than that.",
    )


def test_a_cut_fence_is_opened_again_with_its_language() -> None:
    code = "\n".join(f"print({number})" for number in range(20))
    parts = split(f"Run this:\n\n```python\n{code}\n```\n\nDone.", 100)
    assert len(parts) > 2
    assert all(part.startswith("```python\n") for part in parts[1:-1])
    assert all("\n```" in part for part in parts[:-1])
    assert parts[-1].endswith("Done.")


def test_the_indentation_of_code_survives_a_cut() -> None:
    code = "def f():\n" + "\n".join(f"    step_{number}()" for number in range(12))
    parts = split(f"```py\n{code}\n```", 80)
    inside = [line for part in parts for line in part.split("\n") if "step_" in line]
    assert inside == [f"    step_{number}()" for number in range(12)]


def test_a_fence_in_a_list_item_stays_code_in_the_next_part() -> None:
    code = "\n".join(f"    make step-{number}" for number in range(12))
    parts = split(f"1.  Build it:\n\n    ```sh\n{code}\n    ```\n\n    Then wait.\n\n2.  Go.", 90)
    rendered = [MarkdownIt("commonmark").render(part) for part in parts]
    assert sum(html.count('class="language-sh"') for html in rendered) >= 3
    assert not any("```" in html for html in rendered)
    assert "<p>Then wait.</p>" in "".join(rendered)


def test_a_fence_in_a_quote_stays_in_the_quote() -> None:
    code = "\n".join(f"> line {number}" for number in range(12))
    for part in split(f"> ~~~ text\n{code}\n> ~~~", 60):
        html = MarkdownIt("commonmark").render(part)
        assert html.startswith("<blockquote>")
        assert "<code" in html


def test_a_short_fence_moves_to_the_next_part_as_a_whole() -> None:
    text = "Some words before it, and a few more of them.\n\n```\none\ntwo\nthree\n```"
    assert split(text, 64) == (
        "Some words before it, and a few more of them.",
        "```\none\ntwo\nthree\n```",
    )


def test_a_heading_stays_with_its_text() -> None:
    text = "Some words before it, and a few more of them.\n\n## Next\n\nThe text of the next one."
    assert split(text, 60)[1].startswith("## Next\n\nThe text")


def test_a_fence_left_open_is_closed() -> None:
    assert split("Look:\n```\ncode", 100) == ("Look:\n```\ncode\n```",)
    assert close_fence("- ~~~\n  code") == "- ~~~\n  code\n  ~~~"
    assert close_fence("```\ncode\n```") == "```\ncode\n```"


def test_emoji_families_flags_and_accents_are_not_cut() -> None:
    for cluster in (FAMILY, "🇩🇪", "e\N{COMBINING ACUTE ACCENT}", "👍🏽"):
        for part in split(cluster * 60, 50):
            assert part == cluster * part.count(cluster)


def test_links_and_inline_code_are_not_cut() -> None:
    link = "[the travel handbook of the team](https://example.org/h)"
    parts = split(f"Everything that matters is written down in {link} for everyone.", 90)
    assert any(link in part for part in parts)


def test_a_huge_word_takes_no_longer_than_it_must() -> None:
    begun = time.process_time()
    parts = split("x" * 100_000, 32)
    assert "".join(parts) == "x" * 100_000
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("marks", ["`", "~", ">", "- ", "\n", "[", "**", "\\"])
def test_endless_marks_come_to_an_end(marks: str) -> None:
    parts = split("a" + marks * 3_000 + "b", 64)
    assert all(utf16_length(part) <= 64 for part in parts)


def test_no_text_and_no_room_are_refused() -> None:
    with pytest.raises(ValueError, match="nothing to split"):
        split(" \n ", 100)
    with pytest.raises(ValueError, match="room"):
        split("text", 31)
