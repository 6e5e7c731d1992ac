"""Where ScyllaDB is, and how the bot waits for it."""

from dataclasses import dataclass, field

from adapters.stores.limits import ScyllaLimits as Limits

__all__ = ["KEYSPACE", "NODES_FOR_QUORUM", "Limits", "ScyllaAddress"]

KEYSPACE = "unified_chatbot_ks"
NODES_FOR_QUORUM = 3
"""From so many nodes on a write waits for most of them; below, for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScyllaAddress:
    """How to reach a cluster. Without `datacenter` the first node that answers says which it is.

    `tls` verifies the servers by the system's certificates, or by those in the file `authority`.
    """

    hosts: tuple[str, ...]
    port: int = 9042
    keyspace: str = KEYSPACE
    datacenter: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    authority: str | None = None

    @property
    def place(self) -> str:
        """Hosts and port, for people."""
        return f"{','.join(self.hosts)}:{self.port}"
