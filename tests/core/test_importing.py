"""Files that people import: read as a whole, or refused with every place that is wrong."""

import json

import pytest

from core.entries import NewEntry
from core.errors import UserError
from core.knowledge.importing import LARGEST_FILE, read_entries


def read(name: str, text: str) -> tuple[NewEntry, ...]:
    return read_entries(name, text.encode()).entries


def refusal(name: str, content: str | bytes) -> list[str]:
    """The lines of the sentence that refuses a file."""
    with pytest.raises(UserError) as refused:
        read_entries(name, content.encode() if isinstance(content, str) else content)
    return str(refused.value).split("\n  ")


def test_csv_rows_become_entries() -> None:
    text = 'question,answer,keywords,source\n"Why, now?","One.\nTwo.",a; b|c,book.md\nWho?,You,,\n'
    assert read("dir/faq.csv", text) == (
        NewEntry(
            phrasings=("Why, now?",),
            answer="One.\nTwo.",
            keywords=("a", "b", "c"),
            source="book.md",
        ),
        NewEntry(phrasings=("Who?",), answer="You", source="dir/faq.csv"),
    )


def test_csv_rows_with_one_answer_are_phrasings_of_one_entry() -> None:
    text = "question,answer,keywords\nWhy?,A,x\nWho?,B,\nHow come?,A,y;x\nwhy,A,\n"
    first, second = read("faq.csv", text)
    assert first.phrasings == ("Why?", "How come?")
    assert first.keywords == ("x", "y")
    assert second.phrasings == ("Who?",)


def test_one_answer_from_two_sources_is_two_entries() -> None:
    text = "question,answer,source\nWhy?,A,one.md\nWhy?,A,two.md\n"
    assert [entry.source for entry in read("faq.csv", text)] == ["one.md", "two.md"]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffquestion,answer\r\nWhy?,A\r\n",
        "Question;Answer\nWhy?;A\n",
        ' "ANSWER"\t question\nA\tWhy?\n'.replace(' "ANSWER"', '"ANSWER"'),
        "\n\nquestion,answer,\n,,\nWhy?,A,\n\n\n",
        "question,answer\nWhy?,A",
    ],
)
def test_csv_is_read_as_spreadsheets_write_it(text: str) -> None:
    assert [(e.phrasings, e.answer) for e in read("faq.csv", text)] == [(("Why?",), "A")]


def test_a_column_that_is_not_ours_is_left_out_and_said() -> None:
    reading = read_entries("faq.csv", b"id,question,answer\n1,Why?,A\n")
    assert len(reading.entries) == 1
    assert reading.notes == ("faq.csv: the column 'id' is not known and was left out",)


def test_a_question_that_is_answered_twice_is_said() -> None:
    reading = read_entries("faq.csv", b"question,answer\nWhy?,A\nWHY,B\n")
    assert len(reading.entries) == 2
    assert reading.notes == ("faq.csv: row 3 answers the question of row 2 differently.",)


def test_every_bad_csv_row_is_named_with_its_reason() -> None:
    long = "x" * 20_001
    text = f"question,answer\nWhy?,\n,A\n\nWhat?,a,b\nHow\x00?,A\nWho?,{long}\n"
    assert refusal("faq.csv", text) == [
        "faq.csv has 5 problems:",
        "row 2: the answer is missing",
        "row 3: the question is missing",
        "row 5: it has 3 cells and the header 2; text with the separator in it needs quotes",
        "row 6: the question has a NUL or another character that is no text",
        "row 7: the answer has 20,001 characters, 20,000 are allowed",
    ]


def test_only_the_first_problems_are_shown() -> None:
    lines = refusal("faq.csv", "question,answer\n" + "Why?,\n" * 50)
    assert len(lines) == 22
    assert lines[0].startswith("faq.csv has 50 problems:")
    assert lines[-1] == "and 30 more"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("question\nWhy?\n", "row 1: the header names no column answer"),
        ("Why?,Because\n", "row 1: the header names no column question and no column answer"),
        ("question,answer,answer\na,b,c\n", "row 1: the header names the column answer twice"),
        ('question,answer\nWhy?,A\n"open,B\nWho?,C\n', "row 3: the quotes are not closed"),
        ('question,answer\n"Why" not?,A\n', "row 2: the quotes are not closed or stand inside"),
        ("question,answer\n", "the file: it holds no question with an answer"),
    ],
)
def test_a_table_that_is_none_is_refused(text: str, reason: str) -> None:
    assert refusal("faq.csv", text)[1].startswith(reason)


@pytest.mark.parametrize("wrapped", [False, True])
def test_json_objects_become_entries(wrapped: bool) -> None:
    items = [
        {"question": "Why?", "questions": ["How come?"], "answer": "A", "keywords": "a;b"},
        {"phrasings": ["Who?"], "answer": "B", "keywords": ["c d"], "source": "book.md"},
    ]
    text = json.dumps({"entries": items} if wrapped else items)
    assert read("faq.json", text) == (
        NewEntry(
            phrasings=("Why?", "How come?"), answer="A", keywords=("a", "b"), source="faq.json"
        ),
        NewEntry(phrasings=("Who?",), answer="B", keywords=("c d",), source="book.md"),
    )


def test_every_bad_json_object_is_named_by_its_path() -> None:
    items = [{"question": "Why?"}, 7, {"questions": ["a", 1], "answer": "A"}, {"answer": " "}]
    assert refusal("faq.json", json.dumps({"entries": items})) == [
        "faq.json has 5 problems:",
        "entries[0].answer: it is missing",
        "entries[1]: it must be an object with question and answer",
        "entries[2].questions[1]: it must be text",
        "entries[3]: the question is missing",
        "entries[3]: the answer is missing",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"question": ]', "line 1, column 15: this is no JSON"),
        ('"text"', 'the file: it must hold a list of objects, or {"entries": [...]}'),
        ('{"items": []}', "the file: it must hold a list"),
        ("[]", "the file: it holds no question with an answer"),
        ('[{"question": "a\\u0000", "answer": "b"}]', "[0]: the question has a NUL"),
        ("[" * 100_000, "line 1, column"),
    ],
)
def test_json_that_is_none_is_refused(text: str, reason: str) -> None:
    assert refusal("faq.json", text)[1].startswith(reason)


PAGE = """\
---
title: The FAQ
---
# Frequently asked

- [How do I start?](#how-do-i-start)

<!-- a comment -->

## How do I *start* `it`?

Run this:

```sh
# not a heading
trialogue up
```

### On macOS

The same.

---

## Travel

Where we say how to travel.

### Booking

Ask the office.

### Expenses

## Travel

- Twice.
"""


def test_a_markdown_page_gives_an_entry_for_each_question() -> None:
    start, booking, travel = read("docs/faq.md", PAGE)
    assert start.phrasings == ("How do I start it?",)
    assert start.answer.startswith("Run this:\n\n```sh\n# not a heading\ntrialogue up\n```")
    assert start.answer.endswith("### On macOS\n\nThe same.")
    assert start.source == "docs/faq.md#how-do-i-start-it"
    assert booking.phrasings == ("Booking",)
    assert booking.keywords == ("Travel",)
    assert booking.source == "docs/faq.md#booking"
    assert (travel.answer, travel.source) == ("- Twice.", "docs/faq.md#travel-1")


def test_questions_within_a_question_stand_for_themselves() -> None:
    text = "# Access?\n\nIntro.\n\n## From home?\n\nBy VPN.\n\n## From abroad?\n\nNot at all.\n"
    entries = read("faq.md", text)
    assert [(e.phrasings[0], e.answer) for e in entries] == [
        ("Access?", "Intro."),
        ("From home?", "By VPN."),
        ("From abroad?", "Not at all."),
    ]


def test_headings_are_read_in_both_styles_and_other_line_ends() -> None:
    entries = read("faq.markdown", "Why?\r\n====\r\n\r\nBecause.\r\n\r\nWho?\r\n----\r\nYou.\r\n")
    assert [(e.phrasings[0], e.answer) for e in entries] == [("Why?", "Because."), ("Who?", "You.")]


def test_a_page_without_text_is_refused() -> None:
    assert refusal("faq.md", "# Why?\n\n# Who?\n")[1] == "the page: no heading has text below it"
    assert refusal("faq.md", "# Title\n\n<!-- a comment -->\n") == [
        "faq.md: there is no text in it: pictures and scripts are not read."
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("faq.xlsx", b"x", "faq.xlsx: a file to import ends in .csv, .json, .md, .markdown, .txt."),
        ("faq.csv", b"", "faq.csv: the file is empty. Is it the right one?"),
        ("faq.md", b" \n\n", "faq.md: the file is empty. Is it the right one?"),
        ("faq.csv", b"question,answer\nGr\xfc\xdfe,A\n", "faq.csv: line 2 is not UTF-8 text (byte"),
        ("faq.csv", "question,answer\na,b".encode("utf-16"), "faq.csv: the file is UTF-16 text."),
        ("faq.csv", b"x" * (LARGEST_FILE + 1), "faq.csv: the file has more than 32 MB."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(name: str, content: bytes, reason: str) -> None:
    assert refusal(name, content)[0].startswith(reason)


def test_whom_an_entry_is_for_is_read_from_tables_and_objects() -> None:
    expected = NewEntry(
        phrasings=("Why?", "How come?"),
        answer="A",
        keywords=("a, b", "c"),
        source="",
        tags=("x", "y"),
        language="pt-br",
        audience=("role:admin", "channel:slack:T1:C1"),
        passage=True,
    )
    table = (
        "question,answer,keywords,source,tags,language,audience,passage\n"
        'Why?,A,"""a, b""; c",-,x|y,PT-br,role:admin; channel:slack:T1:C1,yes\n'
        "How come?,A,,-,,,,\n"
    )
    one = {
        "questions": ["Why?", "How come?"],
        "answer": "A",
        "keywords": ["a, b", "c"],
        "source": "-",
        "tags": "x|y",
        "language": "PT-br",
        "audience": ["role:admin", "channel:slack:T1:C1"],
        "passage": True,
    }
    assert read("faq.csv", table) == (expected,)
    assert read("faq.json", json.dumps([one])) == (expected,)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Why?,A,german,", "row 2: the language 'german' is no tag such as de or pt-br"),
        (
            "Why?,A,,everyone",
            "row 2: the audience 'everyone' is neither role:admin nor channel: with a channel's",
        ),
        ("Why?,A,,channel:slack:T1", "row 2: the audience 'channel:slack:T1' is neither"),
        (
            "Why?,A,,role:admin\nWho?,A,,channel:slack:T1:C1",
            "row 3: its answer and source are those of row 2, and its audience is another one",
        ),
        ("Why?,A,de,\nWho?,A,fr,", "row 3: its answer and source are those of row 2, and its lan"),
    ],
)
def test_an_audience_or_language_that_is_none_is_refused(row: str, reason: str) -> None:
    assert refusal("faq.csv", f"question,answer,language,audience\n{row}\n")[1].startswith(reason)


def test_an_answer_may_begin_with_indented_code() -> None:
    [entry] = read("faq.csv", 'question,answer\nHow?,"\n\n    make test\n\nThen wait.  \n"\n')
    assert entry.answer == "    make test\n\nThen wait."
