"""Who has come in, and whether that still counts."""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from core.errors import UserError
from core.ports.clock import Clock
from core.ports.sessions import Session, Sessions, TokenVersions

BYTES = 32  # of a session's id
SUSPENDED = "This account may not come in. Ask the person who runs this bot."


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSessions:
    """Sessions are kept in a store that may forget; what has ended is told by one that does not.

    Whatever becomes of the first, no session comes back that was ended: its version is old. Only a
    hash of a session's id is kept.
    """

    sessions: Sessions
    versions: TokenVersions
    clock: Clock

    async def begin(self, user_id: UUID) -> str:
        """Let a person in; the secret id of the session. `UserError` for who is suspended."""
        version = await self.versions.of(user_id)
        if version is None:
            raise UserError(SUSPENDED)
        session_id = secrets.token_urlsafe(BYTES)
        session = Session(user_id=user_id, token_version=version, begun_at=self.clock())
        await self.sessions.put(_kept_as(session_id), session)
        return session_id

    async def find(self, session_id: str) -> Session | None:
        """The session, if it is still one."""
        session = await self.sessions.get(_kept_as(session_id))
        if session is None:
            return None
        if await self.versions.of(session.user_id) != session.token_version:
            await self.sessions.drop(_kept_as(session_id))
            return None
        return session

    async def end(self, session_id: str) -> None:
        """Let a person out."""
        await self.sessions.drop(_kept_as(session_id))

    async def end_all(self, user_id: UUID) -> None:
        """Let them out everywhere."""
        await self.versions.end_all(user_id)


def _kept_as(session_id: str) -> str:
    return sha256(session_id.encode("utf-8", "replace")).hexdigest()
