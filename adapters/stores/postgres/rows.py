"""From rows to values and back: what several of this folder's files need."""

from collections.abc import Sequence

import asyncpg
from pydantic import TypeAdapter

from core.accounts import Account, Pool
from core.errors import UnstorableError
from core.messages import Button, Conversation, IncomingMessage, Posting
from core.ports.inbox import Admitted, Verdict
from core.ports.threads import Exchange, Turn

MESSAGE = TypeAdapter(IncomingMessage)
BUTTONS = TypeAdapter(tuple[Button, ...])
WITHOUT_HANDLE = {"handle"}  # a secret that is not kept


def buttons_json(buttons: Sequence[Button]) -> str | None:
    """Buttons as the outbox keeps them."""
    return BUTTONS.dump_json(tuple(buttons)).decode() if buttons else None


def message_json(message: IncomingMessage) -> str:
    """A message as the inbox keeps it. `UnstorableError` when it is no Unicode text."""
    try:
        return MESSAGE.dump_json(message, exclude=WITHOUT_HANDLE).decode()
    except ValueError as error:
        raise UnstorableError("the message is not Unicode text") from error


def to_posting(row: asyncpg.Record) -> Posting:
    """Read a row of the view `postings`."""
    return Posting(
        id=row["id"],
        message_id=row["message_id"],
        conversation=Conversation.parse(row["conversation_key"], direct=row["direct"]),
        conversation_id=row["conversation_id"],
        reply_to=row["reply_to"],
        text=row["text"],
        plain=row["plain"],
        attempts=row["attempts"],
        unconfirmed=row["unconfirmed"],
        written_at=row["written_at"],
        buttons=BUTTONS.validate_json(row["buttons"]) if row["buttons"] else (),
        visible_to=row["visible_to"],
    )


def to_admitted(row: asyncpg.Record, message: IncomingMessage) -> Admitted:
    """Read what `admit` returns of a message."""
    return _admitted(row, message, queued=row["queued"])


def to_waiting(row: asyncpg.Record) -> Admitted:
    """Read a row of `waiting_messages`."""
    message = MESSAGE.validate_json(row["message"])
    return _admitted(row, message, orphaned=row["orphaned"], crashes=row["crash_count"])


def to_exchange(row: asyncpg.Record) -> Exchange:
    """Read a settled message of the inbox."""
    return Exchange(
        message_id=row["id"],
        organization_id=row["organization_id"],
        conversation_id=row["conversation_id"],
        user_id=row["user_id"],
        question=MESSAGE.validate_json(row["message"]).text,
        asked_at=row["received_at"],
        answer=row["answer"],
        confidence=row["confidence"],
        answered_at=row["settled_at"],
    )


def to_late_turn(row: asyncpg.Record) -> Turn:
    """Read a row of the table `late_turns`."""
    return Turn(
        id=row["id"],
        organization_id=row["organization_id"],
        conversation_id=row["conversation_id"],
        user_id=row["user_id"],
        actor="bot",
        text=row["text"],
        confidence=row["confidence"],
        at=row["at"],
    )


def _admitted(
    row: asyncpg.Record,
    message: IncomingMessage,
    *,
    queued: bool = False,
    orphaned: bool = False,
    crashes: int = 0,
) -> Admitted:
    return Admitted(
        id=row["id"],
        message=message,
        verdict=Verdict(row["verdict"]),
        conversation=_conversation(row["conversation_key"], message),
        conversation_id=row["conversation_id"],
        sequence=row["sequence"],
        owner=row["owner"],
        attempt=row["attempt"],
        queued=queued,
        orphaned=orphaned,
        crashes=crashes,
        account=_account(row),
        received_at=row["received_at"],
    )


def _conversation(key: str, message: IncomingMessage) -> Conversation:
    if not message.conversation.root:
        return message.conversation
    return Conversation.parse(key, direct=message.conversation.direct)


def _account(row: asyncpg.Record) -> Account | None:
    if row["user_id"] is None:
        return None
    return Account(
        user_id=row["user_id"],
        organization_id=row["organization_id"],
        plan=row["plan"],
        quota_limit=row["quota_limit"],
        quota_left=row["quota_left"],
        quota_used=row["quota_used"],
        tracked=row["tracked"],
        pool=_pool(row["pool_limit"], row["pool_used"]),
        period_ends=row["period_ends"],
        knowledge_revision=row["knowledge_revision"],
    )


def _pool(limit: int | None, used: int) -> Pool | None:
    return None if limit is None else Pool(limit=limit, used=used)
