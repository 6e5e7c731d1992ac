"""What goes over the wire is shown with the act that it belongs to."""

import time

import pytest

from simulator.playground.traces import Followed, Trace, Traces
from simulator.playground.values import Direction, Json, WireEvent

DIRECTS = {"D1": "ada"}


@pytest.fixture
def grown() -> list[int]:
    """The ids of the traces that were said to have grown."""
    return []


@pytest.fixture
def traces(grown: list[int]) -> Traces:
    """Traces of a platform where D1 is Ada's direct conversation."""
    return Traces(changed=grown.append, direct_of=lambda _, channel: DIRECTS.get(channel))


def act(
    traces: Traces, *, channel: str = "C1", asked: str = "1.5", platform: str = "slack"
) -> Followed:
    """Somebody asks something."""
    followed = traces.begin(
        platform=platform, channel=channel, person="ada", kind="say", text="how?"
    )
    followed.asked = asked
    return followed


def event(
    name: str = "chat.postMessage", *, channel: str | None = "C1", **payload: object
) -> WireEvent:
    """Something on the wire, now."""
    at = time.perf_counter()
    return WireEvent(
        platform="slack",
        direction=Direction.FROM_BOT,
        name=name,
        at=at,
        ended=at + 0.004,
        channel=channel,
        payload=payload,
    )


def line(conversation: str = "slack:T1:C1:1.5", **more: object) -> Json:
    """The bot's line about a message."""
    return {
        "action": "message_processed",
        "conversation": conversation,
        "outcome": "answered",
        "duration_ms": 3.2,
        "databases_used": ["postgresql", "redis"],
        "cache_hit": False,
        **more,
    }


def names(trace: Trace) -> list[str]:
    return [step.name for step in trace.steps]


def test_what_names_the_message_belongs_to_it_though_another_one_came_after(
    traces: Traces,
) -> None:
    first, second = act(traces, asked="1.5"), act(traces, asked="2.5")
    traces.hear(event(thread_ts="1.5"))
    assert names(first.trace) == ["chat.postMessage"]
    assert names(second.trace) == []


def test_what_names_no_message_belongs_to_the_latest_act_of_its_channel(traces: Traces) -> None:
    here, _ = act(traces, channel="C1"), act(traces, channel="C2")
    traces.hear(event("assistant.threads.setStatus"))
    assert names(here.trace) == ["assistant.threads.setStatus"]


def test_a_private_answer_belongs_to_the_act_of_the_person_whose_conversation_it_is(
    traces: Traces,
) -> None:
    here = act(traces, channel="C1")
    traces.hear(event(channel="D1"))
    assert names(here.trace) == ["chat.postMessage"]


def test_what_names_no_channel_belongs_to_the_latest_act_of_its_platform(traces: Traces) -> None:
    _, here = act(traces, platform="slack"), act(traces, platform="slack")
    act(traces, platform="discord")
    traces.hear(event("apps.connections.open", channel=None))
    assert names(here.trace) == ["apps.connections.open"]


def test_what_was_on_the_wire_before_the_act_is_not_its(traces: Traces) -> None:
    earlier = event()
    time.sleep(0.01)
    here = act(traces)
    traces.hear(earlier)
    assert names(here.trace) == []


def test_steps_are_in_order_of_time_however_they_are_heard(traces: Traces) -> None:
    here = act(traces)
    first, second = event("first"), event("second")
    traces.hear(second)
    traces.hear(first)
    assert names(here.trace) == ["first", "second"]
    assert here.trace.steps[0].duration_ms == pytest.approx(4, abs=0.1)


def test_the_bots_own_line_is_shown_with_its_message(traces: Traces) -> None:
    other, here = act(traces, asked="1.5"), act(traces, asked="2.5")
    traces.read(line("slack:T1:C1:2.5", cache_hit=True))
    assert other.trace.log is None
    assert here.trace.log is not None
    assert here.trace.log.cache_hit
    assert here.trace.log.databases_used == ("postgresql", "redis")


def test_lines_of_one_conversation_are_those_of_its_acts_in_order(traces: Traces) -> None:
    first, second = act(traces, asked="a"), act(traces, asked="b")
    traces.read(line("slack:T1:C1:0"))
    traces.read(line("slack:T1:C1:0", outcome="unknown"))
    assert (first.trace.log and first.trace.log.outcome) == "answered"
    assert (second.trace.log and second.trace.log.outcome) == "unknown"


def test_other_lines_of_the_log_are_nobodys(traces: Traces) -> None:
    here = act(traces)
    traces.read({"action": "started", "conversation": "slack:T1:C1:1.5"})
    assert here.trace.log is None


def test_an_act_that_was_refused_leaves_no_trace(traces: Traces) -> None:
    traces.give_up(act(traces))
    assert traces.all() == ()


def test_each_growth_is_told(traces: Traces, grown: list[int]) -> None:
    here = act(traces)
    traces.hear(event())
    traces.read(line())
    assert grown == [here.trace.id] * 3
