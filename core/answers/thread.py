"""Tell questions that only make sense after what was said before."""

import re

from core.text import normalise

CONNECTIVES = ("and", "but", "or", "also", "so", "then", "otherwise", "what about", "how about")
POINTERS = frozenset(("it", "its", "it's", "they", "them", "this", "that", "these", "those", "one"))
QUESTION_WORDS = frozenset(("why", "how", "when", "where", "who", "which", "what", "since"))
SHORT = 6  # words: in a longer question a pointer mostly points into the question itself
DEPARTMENT = re.compile(r"\bIT\b")  # as it is written, where not all is in capitals
BARE = 2  # words: "why", "how much", "since when" ask about what was said before


def leans_on_thread(question: str) -> bool:
    """Whether a question leans on its thread, such as `and for contractors?` or `why is that?`.

    It does when it begins with a connective, points at something in few words, or is a bare
    question word. When in doubt it does: all it costs is a look-up in memory.
    """
    text = normalise(_without_it_department(question))
    words = text.replace(",", " ").split()
    if f"{' '.join(words)} ".startswith(tuple(f"{word} " for word in CONNECTIVES)):
        return True
    if len(words) <= SHORT and not POINTERS.isdisjoint(words):
        return True
    return len(words) <= BARE and bool(words) and words[0] in QUESTION_WORDS


def _without_it_department(question: str) -> str:
    """The question with another word for what is no pointer, as in `how do I reach IT?`."""
    shouted = question.isupper() and len(question.split()) > 1
    return question if shouted else DEPARTMENT.sub("department", question)
