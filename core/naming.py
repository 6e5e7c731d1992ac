"""Learn what people are called from whom a first message came without a name."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from core.errors import UnavailableError
from core.ports.inbox import Admitted
from core.ports.names import Heard, Names

MOST = 10_000  # people whose name was kept already
TOGETHER = 1.0  # seconds in which names are gathered

log = structlog.get_logger(service="chatbot_service")


@dataclass(slots=True, kw_only=True)
class LearnNames:
    """Hears every message that was admitted, and keeps its author's name once.

    Slack names people with a command or a click, and not with what they write; who was invited has
    no name before they write. It is off the way of the answer: a name that is lost comes again.
    """

    names: Names
    tasks: asyncio.TaskGroup
    together: float = TOGETHER
    most: int = MOST
    _known: OrderedDict[UUID, None] = field(default_factory=OrderedDict)
    _heard: dict[UUID, Heard] = field(default_factory=dict)

    def hear(self, admitted: Admitted) -> None:
        """Keep the name of who wrote this in a moment, unless that was done before."""
        account, name = admitted.account, admitted.message.author.name
        if account is None or not name or account.user_id in self._known:
            return
        self._known[account.user_id] = None
        while len(self._known) > self.most:
            self._known.popitem(last=False)
        if not self._heard:
            self.tasks.create_task(self._learn())
        self._heard[account.user_id] = Heard(
            user_id=account.user_id, name=name, at=admitted.received_at
        )

    async def _learn(self) -> None:
        await asyncio.sleep(self.together)
        heard, self._heard = list(self._heard.values()), {}
        try:
            await self.names.learn(heard)
        except UnavailableError as error:
            log.warning("names_not_learned", people=len(heard), reason=str(error))
            for one in heard:  # they are kept with the next message
                self._known.pop(one.user_id, None)
        except Exception:
            log.exception("names_not_learned", people=len(heard))
