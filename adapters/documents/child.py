"""Reads files for the bot, under limits: `python -m adapters.documents.child`.

Files come in and what is read goes out, as `frames` has them. A file that asks for too much ends
this process, and nothing else.
"""

import resource
import sys
import warnings
from contextlib import redirect_stdout, suppress

from adapters.documents.frames import Answer, pack_answer, take_file
from adapters.documents.read import read_file
from core.errors import UserError
from core.ports.documents import GivenFile

MEMORY = 1024 * 1024 * 1024  # bytes of address space
SECONDS_OF_WORK = 60  # for one file
DEEPEST = 3_000  # calls within each other
OPEN_FILES = 64


def main() -> None:
    """Answer one file after the other until there are no more."""
    _limit()
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    with redirect_stdout(sys.stderr):
        while (file := take_file(source)) is not None:
            _limit_work()
            answers.write(pack_answer(_answer(file)))
            answers.flush()


def _answer(file: GivenFile) -> Answer:
    try:
        return Answer(reading=read_file(file))
    except UserError as error:
        return Answer(refusal=str(error))
    except MemoryError:
        return Answer(refusal=f"{file.name}: reading it takes too much memory.")
    except RecursionError:
        return Answer(refusal=f"{file.name}: it is nested too deeply.")
    except Exception as error:  # noqa: BLE001 - a library meets what it was not made for
        return Answer(refusal=f"{file.name}: it cannot be read ({type(error).__name__}).")


def _limit() -> None:
    """No more memory than stated, no files written, no traces left of what was in memory."""
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(DEEPEST)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_NOFILE, OPEN_FILES)
    _set(resource.RLIMIT_AS, MEMORY)


def _limit_work() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + SECONDS_OF_WORK
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))


def _set(kind: int, most: int) -> None:
    """Some systems, such as macOS, know a limit and do not take it."""
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
