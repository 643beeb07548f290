"""A test provider of OpenID Connect, as a process of its own on loopback: code flow with PKCE.

It is strict where clients go wrong: the client's secret, the redirect address, the code's one use,
the PKCE verifier. What it says of somebody is told to it beforehand: `POST /test`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CLIENT = "conclave"
ROOT = Path(__file__).parent.parent.parent


@dataclass
class TestProvider:
    """The process, as a test drives it."""

    __test__ = False

    issuer: str
    secret: str

    def says(self, **facts: Any) -> None:
        """sub, claims to change, alg, kid, rotate: of whoever comes next."""
        body = json.dumps(facts).encode()
        urllib.request.urlopen(f"{self.issuer}/test", body, timeout=5).read()  # noqa: S310

    def visited(self, url: str) -> dict[str, str]:
        """What the provider has the browser bring back: code and state."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == self.issuer
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=5)
        connection.request("GET", f"{parts.path}?{parts.query}")
        reply = connection.getresponse()
        assert reply.status == 302, reply.read()
        there = urlsplit(reply.getheader("Location") or "")
        return {name: values[0] for name, values in parse_qs(there.query).items()}


@contextmanager
def running() -> Iterator[TestProvider]:
    secret = secrets.token_hex(16)
    command = [sys.executable, "-m", "tests.access.provider"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(secret + "\n")
            process.stdin.flush()
            yield TestProvider(process.stdout.readline().strip(), secret)
        finally:
            process.kill()


class Handler(BaseHTTPRequestHandler):
    issuer = ""
    secret = ""
    facts: dict[str, Any] = {}
    codes: dict[str, dict[str, str]] = {}
    keys: list[ECKey] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorize":
            self._authorize({name: one[0] for name, one in parse_qs(parts.query).items()})
        elif parts.path == "/jwks":
            self._answer({"keys": [one.as_dict(private=False) for one in self.keys]})
        else:
            at = {"authorization_endpoint": "authorize", "token_endpoint": "token"}
            places = {name: f"{self.issuer}/{one}" for name, one in at.items()}
            self._answer({"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **places})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/test":
            self.facts.clear()
            self.facts.update(json.loads(body))
            if self.facts.get("rotate"):
                self.keys[:] = [new_key()]
            return self._answer({})
        form = {name: one[0] for name, one in parse_qs(body).items()}
        asked = self.codes.pop(form["code"], None)
        if asked is None or not self._is_client() or not is_of(form, asked):
            return self._answer({"error": "invalid_grant"}, 400)
        return self._answer(
            {"access_token": "a", "token_type": "Bearer", "id_token": self._token(asked)}
        )

    def _authorize(self, asked: dict[str, str]) -> None:
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = secrets.token_hex(8)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{back}")
        self.end_headers()

    def _is_client(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        name, _, word = base64.b64decode(given).decode().partition(":")
        return (unquote(name), unquote(word)) == (CLIENT, self.secret)

    def _token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "sub": self.facts.get("sub", "somebody"),
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            "email": "ada@example.com",
            **self.facts.get("claims", {}),
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        algorithm, key = self.facts.get("alg", "ES256"), self.keys[0]
        header = {"alg": algorithm, "kid": self.facts.get("kid", key.kid)}
        if self.facts.get("forged"):
            key = new_key()
        if algorithm == "HS256":
            public = json.dumps(key.as_dict(private=False)).encode()
            return jwt.encode(header, claims, OctKey.import_key(public), algorithms=["HS256"])
        if algorithm == "none":
            parts = (json.dumps(one).encode() for one in (header, claims))
            return (
                ".".join(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts) + "."
            )
        return jwt.encode(header, claims, key)

    def _answer(self, said: dict[str, Any], status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def is_of(form: dict[str, str], asked: dict[str, str]) -> bool:
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    proven = base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
    return proven and form["redirect_uri"] == asked["redirect_uri"]


def new_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})


def main() -> None:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    Handler.secret = sys.stdin.readline().strip()
    Handler.issuer = f"http://127.0.0.1:{server.server_port}"
    Handler.keys[:] = [new_key()]
    print(Handler.issuer, flush=True)  # noqa: T201 - whoever started it waits for this
    server.serve_forever()


if __name__ == "__main__":
    main()
