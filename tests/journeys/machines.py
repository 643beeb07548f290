"""Real targets of the stories: accounts on an OpenSSH server, roles of a PostgreSQL server."""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chalicelib.core.plain import Plain
from tests.targets import need
from tests.targets.postgresql import PostgresServer
from tests.targets.sshd import Sshd


class Machine(Protocol):
    """Where accounts are, seen from both sides."""

    @property
    def template(self) -> str:
        """The name of the template for its accounts."""

    def account(self, password: Plain) -> str:
        """A fresh account; its name."""

    def fields(self, account: str) -> Mapping[str, str]:
        """What a secret says of it, by slug, besides the password."""

    def opens(self, account: str, password: Plain) -> bool:
        """Whether somebody can log in so, by another program than the product."""


@dataclass(frozen=True, slots=True)
class UnixMachine:
    """A real sshd; one logs in with OpenSSH's own client."""

    server: Sshd
    template: str = "Unix Account (SSH)"

    def account(self, password: Plain) -> str:
        return self.server.users.add(password)

    def fields(self, account: str) -> Mapping[str, str]:
        return {"machine": "127.0.0.1", "port": str(self.server.port), "username": account}

    def opens(self, account: str, password: Plain) -> bool:
        options = {
            "BatchMode": "no",
            "NumberOfPasswordPrompts": "1",
            "PreferredAuthentications": "password",
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        to = ["-p", str(self.server.port), f"{account}@127.0.0.1", "true"]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [str(need.program("ssh", "openssh-client")), *words, *to],
                env={**os.environ, **_typed_by(Path(folder), password)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            )
        assert done.returncode == 0 or "Permission denied" in done.stderr, done.stderr
        return done.returncode == 0


@dataclass(frozen=True, slots=True)
class Database:
    """A real PostgreSQL server, which logs every statement."""

    server: PostgresServer
    template: str = "PostgreSQL Account"

    def account(self, password: Plain) -> str:
        name = f"role_{secrets.token_hex(4)}"
        self.server.add_role(name, password)
        return name

    def fields(self, account: str) -> Mapping[str, str]:
        return {"server": "127.0.0.1", "port": str(self.server.port), "username": account}

    def opens(self, account: str, password: Plain) -> bool:
        return self.server.opens(account, password)

    def changes(self, account: str) -> int:
        """How often somebody has set this role's password, by the server's own log."""
        return self.server.log.count(f'ALTER ROLE "{account}" PASSWORD')


def _typed_by(folder: Path, password: Plain) -> Mapping[str, str]:
    """What makes ssh ask a program for the password instead of a terminal."""
    program = folder / "type"
    program.write_text("#!/bin/sh\nprintf '%s\\n' \"$TYPED\"\n")
    program.chmod(0o700)
    return {
        "SSH_ASKPASS": str(program),
        "SSH_ASKPASS_REQUIRE": "force",
        "TYPED": password.reveal(),
    }
