"""How long the bot waits for each store and how much it asks of it at once: all such numbers."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresLimits:
    """`pool` connections at most. `command`: for a connection, and for a statement on it.

    A statement that met a passing error is tried `attempts` times, `pause` apart and more.
    """

    pool: int = 12
    command: timedelta = timedelta(seconds=10)
    attempts: int = 3
    pause: timedelta = timedelta(milliseconds=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisLimits:
    """Short times, because an answer waits behind them. There is one connection for everything.

    `socket`: for one answer of the server; `group` for one group of at most `commands`; `waiting`
    commands may wait before new ones are turned away. `cache` is `socket` for a second server, and
    what the bot can do without is left alone for `rest` after a failure.
    """

    socket: timedelta = timedelta(milliseconds=500)
    group: timedelta = timedelta(seconds=1)
    commands: int = 500
    waiting: int = 20_000
    cache: timedelta = timedelta(milliseconds=200)
    rest: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScyllaLimits:
    """What bounds the waiting for a store that the bot can do without.

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


POSTGRES = PostgresLimits()
REDIS = RedisLimits()
SCYLLA = ScyllaLimits()
