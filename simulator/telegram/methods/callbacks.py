"""Answers to clicks."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.text import utf16_length
from simulator.standin import Posted
from simulator.telegram.parameters import truth
from simulator.telegram.refusals import Json, bad_request
from simulator.telegram.world import Answered, World

if TYPE_CHECKING:
    from simulator.telegram.methods import Method

NOTICE_LIMIT = 200
ANSWER_WITHIN_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Callbacks:
    """A click is to be answered soon; its person alone sees the text."""

    world: World

    def table(self) -> "Mapping[str, Method]":
        """The methods by name."""
        return {"answerCallbackQuery": self.answer}

    async def answer(self, parameters: Json) -> object:
        query = self.world.queries.get(str(parameters.get("callback_query_id")))
        if query is None or self.world.clock.now() - query.at > ANSWER_WITHIN_SECONDS:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        text = str(parameters.get("text") or "")
        if utf16_length(text) > NOTICE_LIMIT:
            raise bad_request("MESSAGE_TOO_LONG")
        alert = truth(parameters, "show_alert")
        self.world.answers.append(Answered(query_id=query.id, text=text, alert=alert))
        if text:
            self.world.on_posted(
                Posted(
                    id=query.id,
                    channel=query.channel,
                    reply_to=query.id,
                    text=text,
                    at=time.perf_counter(),
                    visible_to=query.person,
                )
            )
        return True
