"""Where the embedded databases answer."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """How to reach what runs. An address is empty when that database is not ours to run.

    `postgres_owner_dsn` is the superuser's, for migrations. `postgres_dsn` logs in as
    `trialogue_app`, which owns nothing and becomes `trialogue_bot`. All hold passwords.
    """

    postgres_owner_dsn: str = ""
    postgres_dsn: str = ""
    redis_url: str = ""

    def __repr__(self) -> str:
        """Which databases run, without the passwords in their addresses."""
        return f"Addresses({', '.join(f.name for f in fields(self) if getattr(self, f.name))})"
