"""Valkey in the data directory: every write in an append-only file, nothing evicted."""

from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bots.embedded.logfile import LogFile
from bots.embedded.place import Place
from bots.embedded.server import Program, Server
from bots.embedded.sockets import VALKEY_SOCKET

NAME = "Valkey"
CONNECT_SECONDS = 5
# Read from standard input: a password on a command line is there for every user to see.
CONFIGURATION = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
requirepass {password}
dir "{directory}"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
always-show-logo no
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valkey:
    """Valkey of one data directory."""

    place: Place
    program: Path

    @property
    def url(self) -> str:
        """The address, for clients of Redis."""
        return f"unix://:{self.place.passwords.valkey}@{self.place.sockets / VALKEY_SOCKET}?db=0"

    def server(self) -> Server:
        """The server, with a directory to write to."""
        self.place.directory.make_private(self.place.directory.valkey)
        return Server(program=self._program(), answers=self._answers)

    def _program(self) -> Program:
        return Program(
            name=NAME,
            command=(str(self.program), "-"),
            user=self.place.directory.user,
            log=LogFile(path=self.place.directory.logs / "valkey.log"),
            stop_signal=SIGTERM,
            death_signal=SIGTERM,  # writes out the last second, then ends
            given=self._configuration().encode(),
            held=(self.place.lock,),
        )

    def _configuration(self) -> str:
        escaped = str(self.place.directory.valkey).replace("\\", "\\\\").replace('"', '\\"')
        return CONFIGURATION.format(
            socket=self.place.sockets / VALKEY_SOCKET,
            password=self.place.passwords.valkey,
            directory=escaped,
        )

    async def _answers(self) -> bool:
        """Whether a command is answered; false while the append-only file is still read."""
        return await answers(self.url)


async def answers(url: str) -> bool:
    """Whether a server at this address answers now; asked once, without the client's patience."""
    async with Redis.from_url(
        url, retry=Retry(NoBackoff(), 0), socket_timeout=CONNECT_SECONDS
    ) as client:
        try:
            return bool(await client.ping())
        except (OSError, RedisError):
            return False
