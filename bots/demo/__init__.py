"""`trialogue demo`: everything at once, on this machine, with nothing to configure."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="The page's port; 8484 if it is free, else any. 0 is any.",
)
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where everything is kept, .trialogue-demo if not given.",
)
@click.option("--reset", is_flag=True, help="Begin anew: delete what an earlier demo left.")
@click.option("--open", "browser", is_flag=True, help="Open the page in the browser.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON instead.")
def demo(
    *, port: int | None, data_dir: Path | None, reset: bool, browser: bool, as_json: bool
) -> None:
    """Try Trialogue in Slack, Discord and Telegram: no token, no key, no Docker.

    Starts embedded databases, the three platforms simulated on this machine, the bot with sample
    knowledge, and a page to speak with it. Ctrl-C stops all of it and keeps what was said.
    """
    import sys

    from bots.demo.stage import Demo, Wishes
    from bots.logs import configure_logs
    from bots.running import run

    configure_logs("WARNING", "auto", output=sys.stderr.buffer)
    wishes = Wishes(data_dir=data_dir, port=port, reset=reset, browser=browser, as_json=as_json)
    try:
        run(Demo.of(wishes).run)
    except KeyboardInterrupt:
        click.echo("Stopped. The next start goes on from here.", err=as_json)
