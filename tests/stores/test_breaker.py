"""What fails again and again is not asked for a while."""

import pytest

from adapters.stores.scylla.breaker import Breaker
from core.errors import UnavailableError


@pytest.fixture
def breaker() -> Breaker:
    breaker = Breaker(failures=3)
    breaker.close()
    return breaker


def fail(breaker: Breaker, error: Exception | None = None) -> None:
    with pytest.raises(type(error or UnavailableError())), breaker.call():
        raise error or UnavailableError("ScyllaDB: no answer")


def test_it_begins_open_since_nothing_has_answered_yet() -> None:
    breaker = Breaker(failures=3)
    with pytest.raises(UnavailableError, match="not reached yet"), breaker.call():
        raise AssertionError("a call got through")


def test_so_many_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker)
    fail(breaker)
    assert not breaker.is_open
    fail(breaker)
    assert breaker.is_open
    assert breaker.reason == "no answer"
    with pytest.raises(UnavailableError, match="ScyllaDB: no answer"), breaker.call():
        raise AssertionError("a call got through")


def test_a_success_between_failures_keeps_it_closed(breaker: Breaker) -> None:
    for _ in range(5):
        fail(breaker)
        fail(breaker)
        with breaker.call():
            pass
    assert not breaker.is_open


def test_what_is_wrong_with_a_statement_says_nothing_of_the_server(breaker: Breaker) -> None:
    for _ in range(9):
        fail(breaker, ValueError())
    assert not breaker.is_open


def test_a_probe_that_succeeds_closes_it_and_counts_anew(breaker: Breaker) -> None:
    for _ in range(3):
        fail(breaker)
    breaker.close()
    fail(breaker)
    assert not breaker.is_open
