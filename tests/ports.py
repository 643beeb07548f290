"""Ports of loopback for servers of tests: each is given to one test only.

They lie below those that Linux gives to outgoing connections (32768 and up), so nobody takes one
while its server is started, or started again. Workers that run side by side have ranges of their
own; runs of the suite side by side begin somewhere in theirs.
"""

from __future__ import annotations

import os
import random
import socket
from itertools import cycle

FIRST, EACH, WORKERS = 10_000, 1_000, 22

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_begin = random.randrange(EACH)  # noqa: S311
_next = cycle(FIRST + _worker * EACH + (_begin + number) % EACH for number in range(EACH))


def free_port() -> int:
    """A port that nobody listens on."""
    return free_row(1)


def free_row(count: int) -> int:
    """The first of so many ports one after the other, none of which anybody listens on."""
    row: list[int] = []
    while len(row) < count:
        port = next(_next)
        if not _is_free(port):
            row = []
        elif row and port != row[-1] + 1:
            row = [port]
        else:
            row.append(port)
    return row[0]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
