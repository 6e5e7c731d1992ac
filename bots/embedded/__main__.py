"""Run the databases alone: `python -m bots.embedded --data-dir DIR`, until standard input closes.

Prints one line once they answer. DIR/running.json, which only its owner can read, says how to
reach them.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from bots.embedded import embedded, usable_data_dir
from core.errors import ConfigurationError


async def run(data_dir: Path) -> None:
    """Serve until standard input closes or a signal says to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with embedded(data_dir, attach=False):
        sys.stdout.write(f"ready {data_dir}\n")
        sys.stdout.flush()
        loop.add_reader(sys.stdin.fileno(), stop.set)
        await stop.wait()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m bots.embedded", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    data_dir = usable_data_dir(parser.parse_args().data_dir)
    try:
        asyncio.run(run(data_dir))
    except ConfigurationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
