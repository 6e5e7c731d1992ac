"""The methods of the Bot API, by what they are about."""

from collections.abc import Awaitable, Callable, Mapping

from simulator.telegram.methods.callbacks import Callbacks
from simulator.telegram.methods.media import Media
from simulator.telegram.methods.members import Members
from simulator.telegram.methods.messages import Messages
from simulator.telegram.methods.settings import SettingsMethods
from simulator.telegram.refusals import Json
from simulator.telegram.world import World

Method = Callable[[Json], Awaitable[object]]


def methods_of(world: World) -> Mapping[str, Method]:
    """All that are served, by their names in lower case."""
    messages = Messages(world)
    served: dict[str, Method] = {}
    for group in (
        SettingsMethods(world).table(),
        messages.table(),
        Media(world, messages).table(),
        Callbacks(world).table(),
        Members(world).table(),
    ):
        served |= {name.lower(): method for name, method in group.items()}
    return served
