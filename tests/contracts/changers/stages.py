"""The stages: hosts in memory, a real OpenSSH server, a real PostgreSQL server."""

from __future__ import annotations

import ctypes
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path

from chalicelib.changers.memory import Memory, MemoryHost
from chalicelib.changers.postgresql import Postgresql
from chalicelib.changers.target import Changer, Login, Target
from chalicelib.changers.unix_ssh import UnixSsh
from chalicelib.core.plain import Plain
from tests.canary import canary
from tests.targets.postgresql import PostgresServer
from tests.targets.sshd import Sshd


@dataclass
class MemoryStage:
    """Hosts in memory."""

    host: MemoryHost = field(default_factory=MemoryHost)
    weak: str = "abc"
    shows_pins: bool = True

    def __post_init__(self) -> None:
        self.changer: Changer = Memory({"m": self.host})

    def target(self, *pins: str) -> Target:
        return Target("m", pins=pins)

    def account(self, password: Plain) -> str:
        name = f"u{secrets.token_hex(4)}"
        self.host.accounts[name] = password
        return name

    def administrator(self) -> Login:
        password = self.host.accounts.setdefault("root", Plain(canary()))
        return Login("root", password)

    def opens(self, username: str, password: Plain) -> bool:
        return self.host.opens(username, password)

    def refused_logins(self, username: str) -> int:
        return self.host.wrong_logins[username]

    def rekey(self) -> None:
        self.host.pin = f"memory-key-{secrets.token_hex(4)}"

    def written(self) -> str:
        return ""


@dataclass
class SshStage:
    """A real sshd and accounts of this machine."""

    server: Sshd
    weak: str = "abc"
    shows_pins: bool = True
    changer: Changer = field(default_factory=UnixSsh)
    master: Login | None = None

    def target(self, *pins: str) -> Target:
        return Target("127.0.0.1", self.server.port, pins=pins)

    def account(self, password: Plain) -> str:
        return self.server.users.add(password)

    def administrator(self) -> Login:
        if self.master is None:
            password = Plain(canary())
            self.master = Login(self.server.users.add(password), password)
            self.server.users.let_sudo(self.master.username)
        return self.master

    def opens(self, username: str, password: Plain) -> bool:
        """By the hash in the shadow file."""
        for line in Path("/etc/shadow").read_text().splitlines():
            name, stored, *_ = line.split(":")
            if name == username:
                return compare_digest(_crypt(password.reveal(), stored), stored)
        return False

    def refused_logins(self, username: str) -> int:
        self.server.settle()
        text = self.server.log.read_text()
        return text.count(f"Failed password for {username} ") + text.count(
            f"Failed keyboard-interactive/pam for {username} "
        )

    def rekey(self) -> None:
        self.server.rekey()

    def written(self) -> str:
        return self.server.log.read_text(errors="replace")


def _crypt(password: str, setting: str) -> str:
    """The system's own hash of a password: Python's `crypt` is going away."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    hashed: bytes = library.crypt(password.encode(), setting.encode()) or b""
    return hashed.decode()


@dataclass
class PostgresStage:
    """A real PostgreSQL server. Names have quotes in them, as names of roles may."""

    server: PostgresServer
    weak: str = ""  # the role's own name
    shows_pins: bool = True
    changer: Changer = field(default_factory=Postgresql)

    def target(self, *pins: str) -> Target:
        return Target("127.0.0.1", self.server.port, pins=pins)

    def account(self, password: Plain) -> str:
        name = f"""o'hara "{secrets.token_hex(4)}"; x"""
        self.server.add_role(name, password)
        return name

    def administrator(self) -> Login:
        return Login("postgres", self.server.password)

    def opens(self, username: str, password: Plain) -> bool:
        return self.server.opens(username, password)

    def refused_logins(self, username: str) -> int:
        return self.server.log.count(f'authentication failed for user "{username}"')

    def rekey(self) -> None:
        self.server.rekey()

    def written(self) -> str:
        return self.server.log
