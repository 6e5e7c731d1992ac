"""A task has the result of its latest run, alike on PostgreSQL and on a CQL engine."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from bots.clock import utc_now
from core.ports.task_results import TaskResult
from tests.stores.engines import ENGINES, Engine, Source, open_engine, source_of

MEGABYTE = 1_000_000
STRANGER = UUID(int=5)


@pytest.fixture(params=ENGINES)
def source(request: pytest.FixtureRequest) -> Source:
    return source_of(request)


@pytest.fixture
async def engine(source: Source) -> AsyncIterator[Engine]:
    async with open_engine(source) as engine:
        yield engine


@pytest.fixture
async def done(engine: Engine) -> TaskResult:
    """The result of a first run, of somebody who is known; not kept yet."""
    organization_id, user_id = await engine.somebody()
    return TaskResult(
        task_id=uuid4(),
        organization_id=organization_id,
        user_id=user_id,
        kind="analyze",
        run_no=1,
        result='{"rows": 3, "note": "größer als 🙂"}',
        finished_at=(now := utc_now()).replace(microsecond=now.microsecond // 1000 * 1000),
    )


async def test_a_result_comes_back_as_it_was(engine: Engine, done: TaskResult) -> None:
    await engine.results.put(done)
    await engine.results.put(done)
    assert await engine.results.get(done.organization_id, done.task_id) == done


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
async def test_the_latest_run_stays_whichever_is_written_last(
    engine: Engine, done: TaskResult, order: tuple[int, ...]
) -> None:
    for number in order:
        await engine.results.put(replace(done, run_no=number, result=f'"{number}"'))
    found = await engine.results.get(done.organization_id, done.task_id)
    assert found is not None
    assert (found.run_no, found.result) == (3, '"3"')


async def test_another_organization_has_no_such_task(engine: Engine, done: TaskResult) -> None:
    await engine.results.put(done)
    assert await engine.results.get(STRANGER, done.task_id) is None
    assert await engine.results.get(done.organization_id, uuid4()) is None


async def test_a_large_result_and_one_with_nul_are_kept(engine: Engine, done: TaskResult) -> None:
    await engine.results.put(replace(done, result="x" * MEGABYTE))
    found = await engine.results.get(done.organization_id, done.task_id)
    assert found is not None
    assert len(found.result) == MEGABYTE
    await engine.results.put(replace(done, run_no=2, result="a\x00b"))
    found = await engine.results.get(done.organization_id, done.task_id)
    assert found is not None
    assert "\x00" not in found.result


async def test_results_of_who_was_forgotten_are_gone_and_do_not_come_back(
    engine: Engine, done: TaskResult
) -> None:
    await engine.results.put(done)
    await engine.erase(done.user_id)
    assert await engine.results.get(done.organization_id, done.task_id) is None

    late = replace(done, task_id=uuid4())
    for again in (replace(done, run_no=2), late):
        await engine.results.put(again)
        assert await engine.results.get(done.organization_id, again.task_id) is None

    new = replace(done, task_id=uuid4(), finished_at=done.finished_at + timedelta(hours=1))
    await engine.results.put(new)
    assert await engine.results.get(done.organization_id, new.task_id) == new
