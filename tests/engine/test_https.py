"""Calls to the cluster: TLS verified, nothing followed, nothing unbounded."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.engine.https import MOST_BYTES, Poster, checked_url
from tests.ports import free_port
from tests.targets.certificate import self_signed


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    seen: list[str]

    def do_POST(self) -> None:
        self.server.seen.append(self.path)  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/away"):
            self.send_response(307)
            self.send_header("Location", "/base/elsewhere")
            self.end_headers()
            return
        body = b"x" * (MOST_BYTES + 1) if self.path.endswith("/long") else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def server(context: ssl.SSLContext | None = None) -> Iterator[HTTPServer]:
    made = HTTPServer(("127.0.0.1", 0), Handler)
    made.seen = []  # type: ignore[attr-defined]
    if context:
        made.socket = context.wrap_socket(made.socket, server_side=True)
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://vault.example/x",
        "http://127.0.0.1.example",
        "http://10.0.0.1",
        "ftp://localhost",
        "vault.example",
        "https://",
        "https://user:word@vault.example",
        "https://vault.example/x?y=1",
        "",
    ],
)
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        checked_url(url)


@pytest.mark.parametrize(
    "url", ["https://vault.example/SecretServer/", "http://127.0.0.1:8100", "http://[::1]:1/a"]
)
def test_https_anywhere_and_http_to_this_machine_are_taken(url: str) -> None:
    assert checked_url(url).hostname


def test_the_reply_comes_with_the_server_s_time() -> None:
    with server() as made:
        reply = Poster(f"http://127.0.0.1:{made.server_port}/base/").post("/a", b"{}", {})
        assert (reply.status, reply.body, made.seen) == (200, b"{}", ["/base/a"])  # type: ignore[attr-defined]
    assert reply.at is not None
    assert abs((reply.at - datetime.now(UTC)).total_seconds()) < 10


def test_a_redirect_is_not_followed() -> None:
    with server() as made:
        poster = Poster(f"http://127.0.0.1:{made.server_port}/base")
        assert poster.post("/away", b"{}", {}).status == 307
        assert made.seen == ["/base/away"]  # type: ignore[attr-defined]


def test_an_endless_reply_is_cut() -> None:
    with server() as made, pytest.raises(Unavailable):
        Poster(f"http://127.0.0.1:{made.server_port}/base").post("/long", b"{}", {})


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        Poster(f"http://127.0.0.1:{free_port()}").post("/a", b"", {})


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[HTTPServer]:
    """A server under TLS. Its certificate is its own authority, in `tmp_path/certificate`."""
    key, certificate = self_signed("127.0.0.1")
    (tmp_path / "key").write_bytes(key)
    (tmp_path / "certificate").write_bytes(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    with server(context) as made:
        yield made


def test_tls_counts_only_with_a_known_authority(secure: HTTPServer, tmp_path: Path) -> None:
    ca, url = tmp_path / "certificate", f"https://127.0.0.1:{secure.server_port}/base"
    with pytest.raises(Unavailable):
        Poster(url).post("/a", b"{}", {})
    assert Poster(url, ca).post("/a", b"{}", {}).status == 200
    with pytest.raises(Unavailable):
        Poster(url.replace("127.0.0.1", "localhost"), ca).post("/a", b"{}", {})


@contextmanager
def proxy() -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that tunnels one connection; its port, and what it was asked for."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            asked.append(line.recv(4096))
            host, _, port = asked[0].split()[1].decode().rpartition(":")
            with line, socket.create_connection((host, int(port)), 10) as other:
                line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while ready := select.select([line, other], [], [], 10)[0]:
                    data = ready[0].recv(65536)
                    if not data:
                        return
                    (other if ready[0] is line else line).sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], asked
        thread.join(10)


def test_a_proxy_only_carries_what_ends_at_the_cluster(
    secure: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy() as (port, asked):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        url = f"https://127.0.0.1:{secure.server_port}/base"
        assert Poster(url, tmp_path / "certificate").post("/a", b"{}", {}).status == 200
    assert asked[0].startswith(b"CONNECT 127.0.0.1:")
    assert b"/base" not in asked[0]
