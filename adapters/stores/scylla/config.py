"""Where ScyllaDB is, and every number that bounds how the bot waits for it."""

from dataclasses import dataclass, field
from datetime import timedelta

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Waiting, in one place.

    `start`: so long the start of the bot waits to hear whether the schema is right. `request`: a
    statement that takes longer has failed. `failures` in a row open the breaker: calls are then
    refused at once, and a probe goes out after `first_probe`, then less and less often up to
    `last_probe`. `reconnect` bounds the driver's own pauses. `in_flight` statements are sent at
    once, the others wait their turn.
    """

    start: timedelta = timedelta(seconds=5)
    connect: timedelta = timedelta(seconds=5)
    request: timedelta = timedelta(seconds=1)
    failures: int = 5
    first_probe: timedelta = timedelta(milliseconds=500)
    last_probe: timedelta = timedelta(seconds=4)
    first_reconnect: timedelta = timedelta(milliseconds=500)
    last_reconnect: timedelta = timedelta(seconds=4)
    heartbeat: timedelta = timedelta(seconds=5)
    in_flight: int = 256
