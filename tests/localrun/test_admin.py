"""The administrator's first password is known as long as it opens, and then no more."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.localrun import run_file
from infra.localrun.admin import admin_in, login
from infra.localrun.api import Api
from infra.localrun.settings import settings


class Door(BaseHTTPRequestHandler):
    """A token endpoint that answers with the server's `says`."""

    def do_POST(self) -> None:  # noqa: N802 (the base class's name)
        status = self.server.says  # type: ignore[attr-defined]
        body = json.dumps({"access_token": "t"} if status == 200 else {"error": "no"}).encode()
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Not in the tests' output."""


@pytest.fixture
def door() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("status", "is_known"), [(200, True), (400, False), (503, True)])
def test_a_refused_password_is_forgotten_and_only_that(
    door: ThreadingHTTPServer, tmp_path: Path, status: int, is_known: bool
) -> None:
    door.says = status  # type: ignore[attr-defined]
    first = admin_in(tmp_path)
    signed_in = login(first, Api(f"http://127.0.0.1:{door.server_port}"), tmp_path)
    assert (signed_in is not None) is (status == 200)
    known = admin_in(tmp_path)
    assert (known.password == first.password) is is_known
    facts = run_file.facts(settings({}), known, {"launcher": 1})
    assert ("password" in facts) is is_known


def test_the_first_password_is_made_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    assert admin_in(tmp_path) == admin_in(tmp_path)
    assert len(admin_in(tmp_path).password) >= 20
    assert (tmp_path / "admin.json").stat().st_mode & 0o777 == 0o600
