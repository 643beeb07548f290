"""A real SMTP server on loopback: TLS with a throw-away certificate, one account."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from tests.canary import canary
from tests.ports import free_port
from tests.targets.certificate import self_signed

HOST, USER = "127.0.0.1", "vault"


@dataclass
class Server:
    """answers: what the next letters are answered with, instead of being taken."""

    port: int
    password: str = field(default_factory=canary, repr=False)
    letters: list[Message] = field(default_factory=list)
    readers: list[list[str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(message_from_bytes(content))
        self.readers.append(list(envelope.rcpt_tos))
        return "250 taken"

    def login(
        self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any
    ) -> AuthResult:
        right = (data.login, data.password) == (USER.encode(), self.password.encode())
        return AuthResult(success=right)


@contextmanager
def smtp_server(folder: Path, *, implicit: bool = False, name: str = HOST) -> Iterator[Server]:
    """The server, and its certificate at `folder`/certificate.pem."""
    key, certificate = self_signed(name)
    (folder / "key.pem").write_bytes(key)
    (folder / "certificate.pem").write_bytes(certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    server = Server(free_port())
    tls: dict[str, Any] = {"ssl_context": context} if implicit else {"tls_context": context}
    controller = Controller(
        server,
        hostname=HOST,
        port=server.port,
        require_starttls=not implicit,
        auth_required=True,
        auth_require_tls=not implicit,
        authenticator=server.login,
        **tls,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
