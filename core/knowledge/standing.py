"""Where the knowledge stands: what a question without an answer was compared with."""

from core.knowledge.index import Index


def stands_at(index: Index) -> int:
    """A number that grows with each revision, and once more when that one is fitted."""
    return 2 * index.revision + (index.fitted_at == index.revision)
