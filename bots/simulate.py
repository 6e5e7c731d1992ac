"""`trialogue simulate`: Slack, Discord and Telegram on this machine, for any bot."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from core.errors import UserError

if TYPE_CHECKING:  # the help is shown without loading the platforms
    from simulator.control import Simulation

NAMES = ("slack", "discord", "telegram")
LAST_PORT = 65_532  # three more are needed

EXAMPLE = """\
# Write to the bot as a person, and see what it answers:
curl -d '{{"text": "hello", "person": "ada"}}' {url}/{platform}/messages
curl '{url}/{platform}/postings?wait=10'
"""


def _check_address(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.startswith("http://"):
        raise click.BadParameter("it must begin with http://, as in http://127.0.0.1:8080.")
    return value


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, LAST_PORT),
    help="The control API's port; the platforms take the three after it. Free ones if not given.",
)
@click.option(
    "--platform",
    "platforms",
    type=click.Choice(NAMES),
    multiple=True,
    help="Which one to run, several times for several; all if not given.",
)
@click.option(
    "--bot-url",
    metavar="URL",
    callback=_check_address,
    help="Where a bot takes Slack's events over HTTP, without /slack/events; else in Socket Mode.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON instead.")
def simulate(
    *, port: int | None, platforms: Sequence[str], bot_url: str | None, as_json: bool
) -> None:
    """Run Slack, Discord and Telegram on this machine, for any bot.

    Prints the settings that point a bot there, and runs until Ctrl-C. What people write, and what
    the bot did, goes over the control API: see docs/simulator.md. The tokens are no secrets.
    """
    from bots.running import run

    async def work() -> None:
        await _simulate(
            port=port or 0,
            platforms=platforms or NAMES,
            targets=[bot_url] if bot_url else [],
            as_json=as_json,
        )

    try:
        run(work)
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)


async def _simulate(
    *, port: int, platforms: Sequence[str], targets: Sequence[str], as_json: bool
) -> None:
    import asyncio

    from simulator.control import simulate as running

    try:
        async with running(platforms, port=port, targets=targets) as simulation:
            click.echo(_as_json(simulation) if as_json else _in_words(simulation))
            await asyncio.Event().wait()
    except OSError as error:
        raise UserError(
            f"Cannot listen on the ports from {port}: {error.strerror or error}. Give another"
            " --port, or none."
        ) from error


def _as_json(simulation: "Simulation") -> str:
    platforms = {name: one.stand_in.environment for name, one in simulation.controls.items()}
    return json.dumps({"control": simulation.url, "platforms": platforms}, default=dict)


def _in_words(simulation: "Simulation") -> str:
    settings = "".join(f"{name}={value}\n" for name, value in simulation.settings.items())
    example = EXAMPLE.format(url=simulation.url, platform=next(iter(simulation.controls)))
    return f"# For your bot's .env:\n{settings}\n{example}\n# Ctrl-C stops."
