"""The line to PostgreSQL is cut at the very statement: before the server has it, and after."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from chalicelib.changers.postgresql import Postgresql
from chalicelib.changers.target import Login, Target, Uncertain
from chalicelib.core.plain import Plain
from tests.canary import canary
from tests.targets.postgresql import PostgresServer, running_postgresql

pytestmark = pytest.mark.xdist_group("postgresql cut")

STATEMENT = b"ALTER ROLE"


class Scissors:
    """A line on loopback that is cut when the statement comes: before or after it is passed on."""

    def __init__(self, port: int, *, after: bool) -> None:
        self._server, self._after = port, after
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _serve(self) -> None:
        with suppress(OSError):
            near, _ = self._door.accept()
            far = socket.create_connection(("127.0.0.1", self._server), 5)
            threading.Thread(target=self._back, args=(near, far), daemon=True).start()
            self._forth(near, far)

    def _forth(self, near: socket.socket, far: socket.socket) -> None:
        while sent := near.recv(65536):
            if STATEMENT not in sent:
                far.sendall(sent)
                continue
            near.shutdown(socket.SHUT_WR)  # nothing that the server says arrives any more
            if self._after:
                far.sendall(sent)
            near.close()
            return

    def _back(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while said := far.recv(65536):
                near.sendall(said)
        far.close()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_postgresql() as running:
        running.reload("ssl=off")  # the scissors read along to find the statement
        yield running


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_cut_line_is_uncertain_and_one_of_both_values_opens(
    server: PostgresServer, after: bool
) -> None:
    name = f"cut_{'after' if after else 'before'}"
    old, new = Plain(canary()), Plain(canary())
    server.add_role(name, old)
    line = Scissors(server.port, after=after)
    try:
        with pytest.raises(Uncertain):
            Postgresql().change(
                Target("127.0.0.1", line.port, "postgres", ()), Login(name, old), new
            )
    finally:
        line.close()
    stands, fell = (new, old) if after else (old, new)
    assert server.opens(name, stands)
    assert not server.opens(name, fell)
