"""Names of files are safe to show and to use, whatever people call their files."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filenames import LONGEST, clean_name


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("report.pdf", "report.pdf"),
        ("Übersicht März.xlsx", "Übersicht März.xlsx"),
        ("Ü".encode().decode() + "U\u0308.txt", "ÜÜ.txt"),
        ("数据.csv", "数据.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\a.csv", "a.csv"),
        ("a/b/", "file"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        (".env", "env"),
        ("nul\x00byte.txt", "nulbyte.txt"),
        ("line\nbreak\t.txt", "line break .txt"),
        ("lone\ud800surrogate.txt", "lonesurrogate.txt"),
        ("gnp\u202egpj.exe", "gnpgpj.exe"),
        ("zero\u200bwidth.txt", "zerowidth.txt"),
        ('a<b>:"|?*.txt', "ab.txt"),
        ("trailing. ", "trailing"),
        ("x" * 500 + ".csv", "x" * (LONGEST - 4) + ".csv"),
        ("x" * 500, "x" * LONGEST),
        ("a." + "y" * 500, "a." + "y" * (LONGEST - 2)),
        ("\ufffd", "file"),
    ],
)
def test_a_name_is_cleaned(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@given(st.text(st.characters(), max_size=300))
def test_whatever_the_name_the_result_is_one_visible_part_of_a_path(name: str) -> None:
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= LONGEST
    assert len(cleaned.encode()) <= 4 * LONGEST
    assert cleaned not in {".", ".."}
    assert not set(cleaned) & set('/\\<>:"|?*\x00\n\r')
    assert cleaned == cleaned.strip()
    assert not any(unicodedata.category(one) in {"Cc", "Cf", "Cs"} for one in cleaned)
    assert clean_name(cleaned) == cleaned
