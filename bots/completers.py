"""The language model, where one is configured."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bots.settings import Settings
from core.errors import ConfigurationError
from core.ports.completer import Completer

if TYPE_CHECKING:
    from adapters.completers.limits import Limits

EXTRA = "COMPLETER_MODEL needs an extra package: `pip install 'trialogue[openai]'`."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCompleter:
    """A model, and whether it also puts what the bot is sure of into words.

    `trouble` is why it is not asked now, empty when it is; `limits` is how long people wait.
    """

    completer: Completer
    always: bool
    trouble: Callable[[], str]
    limits: "Limits"


@asynccontextmanager
async def open_completer(settings: Settings) -> AsyncIterator[OpenCompleter | None]:
    """Open the model. Nothing is asked of it, and nothing of it is loaded where there is none."""
    if settings.completer_model is None:
        yield None
        return
    try:
        from adapters.completers.openai import ModelAddress, OpenAICompleter
    except ModuleNotFoundError as error:
        raise ConfigurationError(EXTRA) from error
    from adapters.completers.limits import Limits

    key = settings.openai_api_key
    address = ModelAddress(
        model=settings.completer_model,
        base_url=settings.openai_base_url,
        api_key=key.get_secret_value() if key else None,
    )
    limits = Limits.within(timedelta(seconds=settings.completer_timeout))
    async with OpenAICompleter.open(address, limits) as completer:
        yield OpenCompleter(
            completer=completer,
            always=settings.completer_use == "always",
            trouble=lambda: completer.trouble,
            limits=limits,
        )
