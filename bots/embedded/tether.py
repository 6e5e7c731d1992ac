"""Run a program that ends when its parent does: `tether.py PARENT SIGNAL UID GID PIPE PROGRAM ...`.

Executed by its path in a bare interpreter, before the program: standard library only. It drops to
UID and GID (-1 keeps ours), then replaces itself by the program with PR_SET_PDEATHSIG set. Where
the kernel has no such thing, PIPE is a descriptor that closes when the parent dies; it then stays
beside the program and watches it (-1: no pipe).
"""

import ctypes
import os
import select
import signal
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1
WATCH_MS = 100
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)


def main(arguments: list[str]) -> None:
    """Become the program, or watch over it."""
    parent, death_signal, uid, gid, pipe = map(int, arguments[:5])
    program = arguments[5:]
    os.umask(0o077)
    drop_privileges(uid, gid)
    if pipe < 0:
        tie_to_parent(parent, death_signal)
        os.execv(program[0], program)  # noqa: S606 - the owner's own command, no shell wanted
    watch(program, pipe, death_signal)


def drop_privileges(uid: int, gid: int) -> None:
    """Go on as an unprivileged user: PostgreSQL refuses to run as root."""
    if uid < 0:
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def tie_to_parent(parent: int, death_signal: int) -> None:
    """Ask the kernel for the signal; changing the user clears it, so this comes after."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)


def watch(program: list[str], pipe: int, death_signal: int) -> None:
    """Run the program beside us; end it when the pipe closes, end as it ended."""
    child = os.fork()
    if child == 0:
        os.close(pipe)
        os.execv(program[0], program)  # noqa: S606 - as above

    def forward(number: int, _frame: FrameType | None) -> None:
        os.kill(child, number)

    for number in FORWARDED:
        signal.signal(number, forward)
    watched = select.poll()
    watched.register(pipe, select.POLLIN | select.POLLHUP)
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if watched.poll(WATCH_MS):
            watched.unregister(pipe)
            os.kill(child, death_signal)
    sys.exit(os.waitstatus_to_exitcode(ended[1]) & 0xFF)


if __name__ == "__main__":
    main(sys.argv[1:])
