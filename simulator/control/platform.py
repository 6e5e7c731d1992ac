"""What the control API needs of a platform beyond the common protocol of the stand-ins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from simulator.control.requests import AnyFault, Command, FaultKind, Message, Upload
from simulator.standin import Asked, StandIn

Json = dict[str, object]
SECRET = ("TOKEN", "SECRET")
SECRET_ARGUMENTS = frozenset({"token", "secret_token", "client_secret"})
STRUCK_OUT = "[token]"


class MisuseError(Exception):
    """A request that cannot be done: the text says what to do instead."""

    def __init__(self, sentence: str, *, status: int = 422) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of the bot, as far as the stand-in records it. `error` is the platform's own word."""

    method: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    status: int | None = None
    error: str | None = None


class PlatformControl(Protocol):
    """One platform under control. `features` and `faults` are what can be asked of it.

    What only some platforms have is in the protocols after this one.
    """

    features: frozenset[str]
    faults: frozenset[FaultKind]

    @property
    def stand_in(self) -> StandIn:
        """The stand-in, a new one after each reset."""

    def people(self) -> Mapping[str, str]:
        """The ids of everybody there is, by name."""

    def channels(self) -> Mapping[str, str]:
        """The ids of the channels or groups, by name."""

    def add_person(self, name: str) -> str:
        """Create a person, or find them, and return their id."""

    def add_channel(self, name: str) -> str:
        """Create a channel or group, or find it, and return its id."""

    async def write(self, message: Message) -> Asked:
        """Write as a person. `MisuseError` where the platform has no such message."""

    async def command(self, command: Command) -> Asked:
        """Use a command as a person. `LookupError` where the platform shows them none such."""

    def calls(self) -> Sequence[Call]:
        """The calls of the bot, first to last."""

    def unserved(self) -> Sequence[str]:
        """The methods that the bot called and the stand-in does not serve."""

    def plan(self, fault: AnyFault) -> None:
        """Let something go wrong. The kind is one of `faults`."""

    def clear_faults(self) -> None:
        """Let nothing more go wrong."""

    async def reset(self) -> None:
        """Begin anew at the same address with the same tokens: every connection is cut."""


@runtime_checkable
class TakesFiles(Protocol):
    """A platform where people can send files to the bot."""

    async def upload(self, upload: Upload) -> Asked:
        """Send a file as a person."""


@runtime_checkable
class CallsBots(Protocol):
    """A platform that calls bots at addresses it was given."""

    async def point_at(self, urls: Sequence[str]) -> None:
        """Call these bots from now on. `MisuseError` where an address is refused."""


@runtime_checkable
class HasClock(Protocol):
    """A platform whose time can be moved."""

    def advance(self, seconds: float) -> None:
        """Move the clock, and do what has become due."""


def find_message(stand_in: StandIn, message_id: str) -> Asked | None:
    """A person's message by its id."""
    return next((one for one in reversed(stand_in.asked) if one.id == message_id), None)


def port_of(stand_in: StandIn) -> int:
    """The port that a stand-in listens on."""
    settings = stand_in.environment.items()
    url = next(value for name, value in settings if name.endswith("_API_URL"))
    return urlsplit(url).port or 0


def secrets_of(stand_in: StandIn) -> Sequence[str]:
    """The tokens by which a bot and this platform know each other."""
    settings = stand_in.environment.items()
    return [value for name, value in settings if value and name.endswith(SECRET)]


def without(secrets: Sequence[str], value: object) -> object:
    """A value with the tokens in it struck out, however deep."""
    match value:
        case str():
            for secret in secrets:
                value = value.replace(secret, STRUCK_OUT)
            return value
        case Mapping():
            return {
                str(name): STRUCK_OUT if name in SECRET_ARGUMENTS else without(secrets, one)
                for name, one in value.items()
            }
        case list() | tuple():
            return [without(secrets, one) for one in value]
        case None | bool() | int() | float():
            return value
        case _:
            return without(secrets, str(value))
