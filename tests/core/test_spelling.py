"""Reading a misspelt question as it was meant, and nothing else as something it was not."""

import random
import time
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.entries import NewEntry
from core.knowledge.audience import ADMINS
from core.knowledge.audiences import EVERYBODY
from core.knowledge.index import CERTAIN, Index, build
from core.knowledge.merge import merge
from core.knowledge.spelling import CHANGED, build_spelling, distance
from core.knowledge.words import stem, words
from core.ports.knowledge import Snapshot

QUESTIONS = {
    "How do I reset my password?": "Choose Reset password.",
    "I forgot my password": "Choose Forgotten.",
    "How many days of vacation do I have?": "Thirty.",
    "How do I connect to the VPN?": "Install the client.",
    "Where do I report a broken laptop?": "Write to the help desk.",
}
WORDS = """
    password connect account accountant three there thursday cannon donut vpn reset timer install
    installation employer export mandarin
"""
VOCABULARY = WORDS.split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def index_of(questions: dict[str, str]) -> Index:
    entries = [NewEntry(phrasings=(one,), answer=answer) for one, answer in questions.items()]
    return build(Snapshot(revision=1, entries=merge((), entries, new_id=uuid4).added))


INDEX = index_of(QUESTIONS)
AUDIENCES = (EVERYBODY, frozenset({ADMINS}))
SPELLING = build_spelling(dict.fromkeys(VOCABULARY, 1))


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("how do i reset my pasword", "How do I reset my password?"),
        ("i forgot my pasword", "I forgot my password"),
        ("i fogrot my passwrod", "I forgot my password"),
        ("how do i conect to the vpn", "How do I connect to the VPN?"),
        ("how many days of vaccation do i have", "How many days of vacation do I have?"),
        ("whree do i reoprt a brokn laptop", "Where do I report a broken laptop?"),
    ],
)
def test_a_misspelt_question_is_answered(question: str, meant: str) -> None:
    best = INDEX.search(question)[0]
    assert best.question == meant
    assert CERTAIN <= best.score < 1


def test_a_misspelt_question_is_less_certain_than_the_same_one_spelt_well() -> None:
    for right, wrong in (
        ("the password reset", "the pasword reset"),
        ("connect vpn", "conect vpn"),
    ):
        assert INDEX.search(wrong)[0].score < INDEX.search(right)[0].score


@pytest.mark.parametrize(
    "question",
    ["how do i connect to the vps", "how do i reset my passport", "i forgot my keys", "location"],
)
def test_another_word_is_not_a_misspelt_one(question: str) -> None:
    assert all(passage.score < CERTAIN for passage in INDEX.search(question))


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("pasword", "password"),
        ("passsword", "password"),
        ("passwrod", "password"),
        ("passwird", "password"),
        ("rset", "reset"),
        ("instalaton", "installation"),  # two slips in a long word
        ("accuont", "account"),
        ("thrusday", "thursday"),
    ],
)
def test_a_slip_is_seen_through(word: str, meant: str) -> None:
    assert SPELLING.meant(word) == meant


@pytest.mark.parametrize(
    "word",
    [
        "vps",  # too short: anything is near
        "tiger",  # timer: with a letter changed a short word is another one
        "import",  # export: what comes first is hardly ever a slip
        "thre",  # three, as a stem: there
        "tuesdai",  # a day is not the one that is spelt alike
        "cannot",  # cannon
        "dont",  # donut
        "passw0rd",
        "account2",
        "12345",
        "psswrd",  # two slips in a short word
        "passport",  # password: with two letters changed a long word is another one, too
        "margarin",  # mandarin
        "",
        "a" * 500,
    ],
)
def test_a_word_is_what_it_is(word: str) -> None:
    assert SPELLING.meant(word) is None


def test_of_two_words_as_near_the_more_common_one_is_meant() -> None:
    assert build_spelling({"trail": 1, "trial": 7}).meant("triail") == "trial"
    assert build_spelling({"trail": 7, "trial": 1}).meant("triail") == "trail"


def test_a_nearer_word_is_meant_rather_than_a_more_common_one() -> None:
    assert build_spelling({"contractor": 9, "contractual": 1}).meant("contractul") == "contractual"


def test_nothing_is_meant_where_nothing_is_known() -> None:
    assert build_spelling({}).meant("password") is None


@given(st.sampled_from(VOCABULARY), st.text(LETTERS, min_size=1, max_size=1), st.data())
def test_any_one_slip_in_a_long_word_is_near_it(
    word: str, letter: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    for slip in (
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
    ):
        assert distance(slip, word) == distance(word, slip) <= CHANGED
        if len(word) >= 8 and slip[0] == word[0] and slip not in VOCABULARY:
            meant = SPELLING.meant(slip)
            assert meant is not None
            assert distance(slip, meant) <= distance(slip, word)


@given(st.lists(st.sampled_from(sorted({word for one in QUESTIONS for word in words(one)}))))
def test_a_known_word_is_never_changed(known: list[str]) -> None:
    asked = INDEX.texts.ask(" ".join(known))
    assert asked is None or asked.misread == 0
    assert asked is None or set(asked.reading.words) <= set(words(" ".join(known)))


@given(st.text(max_size=200) | st.lists(st.text(LETTERS, max_size=30)).map(" ".join))
@example("İİİİİİİİ ßßßßßßßß \ud800\ud800\ud800\ud800 नमस्ते passwörd п'ять")
@example("pasword " * 50)
def test_any_question_can_be_asked(question: str) -> None:
    assert all(0 <= passage.score <= 1 for passage in INDEX.search(question))


def test_a_question_full_of_slips_takes_a_moment() -> None:
    chance = random.Random(3)
    vocabulary = ["".join(chance.choices(LETTERS, k=chance.randint(4, 14))) for _ in range(5_000)]
    spelling = build_spelling(dict.fromkeys(vocabulary, 1))
    misspelt = [word[:2] + word[3:] for word in vocabulary if len(word) > 8][:1_000]
    begun = time.process_time()
    found = sum(spelling.meant(word) is not None for word in misspelt)
    assert (time.process_time() - begun) / len(misspelt) < 0.001  # 0.1 ms
    assert found == len(misspelt)
    assert len(spelling.remains) * spelling.remains.itemsize < 5_000_000


def test_a_vocabulary_of_words_that_are_all_alike_takes_a_moment() -> None:
    codes = [f"product{a}{b}{c}" for a in LETTERS for b in LETTERS for c in "abcdefgh"]
    spelling = build_spelling(dict.fromkeys(codes, 1))
    begun = time.process_time()
    for code in codes[:100]:
        spelling.meant(code + "z")
    assert (time.process_time() - begun) / 100 < 0.01  # 1 ms


FOR_ADMINS = NewEntry(
    phrasings=("Where is the spreadsheet of salaries?",),
    answer="In the payroll cabinet.",
    audience=(ADMINS,),
)


@pytest.mark.parametrize(
    ("question", "secret"),
    [
        ("where is the spreadshet of salries", "spreadsheet"),
        ("the pay roll cabinett", "payroll"),
        ("salariescabinet", "cabinet"),
    ],
)
def test_words_that_only_others_may_see_are_not_known(question: str, secret: str) -> None:
    """For who may not see an entry a question is read as where there is none."""
    entries = [NewEntry(phrasings=(one,), answer=answer) for one, answer in QUESTIONS.items()]
    added = merge((), (*entries, FOR_ADMINS), new_id=uuid4).added
    texts = build(Snapshot(revision=1, entries=added)).texts
    known = {each: texts.ask(question, texts.hidden_from(each)) for each in AUDIENCES}
    outside, inside = known[EVERYBODY], known[frozenset({ADMINS})]
    without = INDEX.texts.ask(question)
    assert outside
    assert inside
    assert without
    assert outside.reading == without.reading
    assert outside.misread == pytest.approx(without.misread, abs=0.01)
    assert not outside.reader.knows(stem(secret))
    assert inside.reader.knows(stem(secret))
    assert stem(secret) in inside.reading.words
    assert stem(secret) not in outside.reading.words
