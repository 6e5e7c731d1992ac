"""Checks side by side, each within its time; none can stop another."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bots.doctor.report import Finding, broken

LIMIT = 12.0
"""Seconds for a check."""

Look = Callable[[], AsyncGenerator[Finding, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something to look at. `look` is an async generator's function; it changes nothing."""

    subject: str
    look: Look
    cure: str
    """What to do when there is no answer in time."""


async def examine(checks: Sequence[Check], *, limit: float = LIMIT) -> Sequence[Finding]:
    """Do all of them at the same time; the findings come in the order of the checks."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(_examine(check, limit)) for check in checks]
    return [finding for task in running for finding in task.result()]


async def _examine(check: Check, limit: float) -> Sequence[Finding]:
    """What a check found, up to where it took too long or failed."""
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(limit):
            await _collect(check.look, findings)
    except TimeoutError:
        findings.append(broken(check.subject, f"no answer within {limit:g} s", cure=check.cure))
    except Exception as error:  # noqa: BLE001 - one check's fault must not hide what others found
        found = f"the check itself failed ({type(error).__name__}: {error})"
        findings.append(broken(check.subject, found, cure=check.cure))
    return findings


async def _collect(look: Look, findings: list[Finding]) -> None:
    async with aclosing(look()) as found:
        async for finding in found:
            findings.append(finding)  # noqa: PERF401 - what was found before a failure counts
