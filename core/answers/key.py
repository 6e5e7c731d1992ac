"""The key of a cached answer: everything that the answer depends on."""

from hashlib import blake2b
from uuid import UUID

from core.knowledge.audiences import EVERYBODY, Audience
from core.text import normalise

EVERYONE = "everyone"
ANY_LANGUAGE = ""
ENTRY = "\0entry"  # no question has a NUL


def cache_key(
    *,
    organization_id: UUID,
    revision: int,
    composer: str,
    question: str,
    audience: Audience = EVERYBODY,
) -> str:
    """Name the answer to a question at a revision of the knowledge.

    The index reads the same normalised text, so that questions with one key have one answer. The
    `audience` is what of the knowledge's audiences who asks is part of: all who are part of none
    share their answers. The organization is written in braces: a cluster keeps together what is of
    one organization.
    """
    parts = (
        str(organization_id),
        " ".join(sorted(audience)) or EVERYONE,
        ANY_LANGUAGE,
        str(revision),
        composer,
        normalise(question),
    )
    digest = blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"{{{organization_id}}}:{digest}"


def entry_key(*, organization_id: UUID, revision: int, composer: str, entry_id: UUID) -> str:
    """Name what a model says of an entry at a revision: it was told nothing but the entry."""
    return cache_key(
        organization_id=organization_id,
        revision=revision,
        composer=composer,
        question=f"{ENTRY}{entry_id}",
    )
