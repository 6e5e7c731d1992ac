"""`trialogue plans`: what each plan has, and what the organization has together."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.options import database_options
from bots.place import Place, organization_option, run_in
from core.accounts import Resource
from core.usage.reports import NAMES, amount

if TYPE_CHECKING:
    from asyncpg import Pool, Record

    from adapters.stores.postgres.plans import Plan

NO_LIMIT = "none"


class LimitType(click.ParamType[tuple[Resource, int | None]]):
    """A limit such as `messages=5000`; `messages=none` is no limit."""

    name = "RESOURCE=NUMBER"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Resource, int | None]:
        """Read it, or say what is expected."""
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).partition("=")
        if name not in set(Resource):
            self.fail(f"{name!r} is none of {', '.join(Resource)}.", param, ctx)
        if number == NO_LIMIT:
            return Resource(name), None
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            self.fail(f"{value!r}: expected a number, as in {name}=5000, or none.", param, ctx)
        return Resource(name), int(number)


LIMIT = LimitType()


@click.command()
@click.option(
    "--pool",
    "pools",
    multiple=True,
    type=LIMIT,
    help="Bound what the organization uses together by the month, storage in bytes; or `none`.",
)
@organization_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def plans(*, pools: Sequence[tuple[Resource, int | None]], as_json: bool, **where: Any) -> None:
    """Show what each plan has by the month, and what the organization has together."""

    async def work(
        pool: "Pool[Record]", organization_id: UUID
    ) -> "tuple[Sequence[Plan], Mapping[Resource, int]]":
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.plans import list_plans, list_pools, set_pool

        database = Database(pool=pool)
        for resource, per_month in pools:
            await set_pool(database, organization_id, resource, per_month)
        return await list_plans(database), await list_pools(database, organization_id)

    known, together = run_in(Place(**where), work)
    if as_json:
        limits = {plan.name: {"tracked": plan.tracked, "limits": plan.limits} for plan in known}
        click.echo(json.dumps({"plans": limits, "pool": together}, indent=2))
    else:
        click.echo("\n".join(_lines(known, together)))


def _lines(known: "Sequence[Plan]", together: Mapping[Resource, int]) -> Iterator[str]:
    for plan in known:
        yield f"{plan.name}: {_limits(plan.limits, tracked=plan.tracked)}"
    yield f"the organization together: {_limits(together, tracked=True)}"


def _limits(limits: Mapping[Resource, int], *, tracked: bool) -> str:
    bounded = [amount(one, limits[one]) for one in Resource if limits.get(one)]
    closed = [f"no {_name(one)}" for one in Resource if limits.get(one) == 0]
    words = [] if tracked else ["messages are not counted"]
    return ", ".join([*words, *bounded, *closed]) or "no limits"


def _name(resource: Resource) -> str:
    return NAMES[resource].removeprefix("of ")
