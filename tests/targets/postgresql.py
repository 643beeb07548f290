"""A real PostgreSQL server on loopback: SCRAM, TLS, and every statement logged."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pg8000.native import Connection, identifier, literal  # type: ignore[import-untyped]

from chalicelib.core.plain import Plain
from tests.canary import canary
from tests.ports import free_port

from . import need
from .certificate import self_signed

OWNER = "postgres"
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "log_statement=all",
    "log_connections=on",
    "shared_preload_libraries=passwordcheck",
    "max_connections=50",
)
HBA = """
host all all_in_clear 127.0.0.1/32 password
host all all_in_md5 127.0.0.1/32 md5
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass
class PostgresServer:
    """One server, run by the `postgres` account when we are root, by ourselves when not."""

    folder: Path
    port: int = field(default_factory=free_port)
    password: Plain = field(default_factory=lambda: Plain(canary()))
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def make(self) -> None:
        """initdb, a certificate, and who may log in how."""
        typed = self.folder / "first"
        typed.write_text(self.password.reveal())
        shutil.chown(typed, *_owner())
        command = [
            *(*_as_owner(), str(need.program("initdb", "postgresql"))),
            *("-D", str(self._data), "-U", OWNER, "-A", "scram-sha-256", "--no-sync"),
            *("--pwfile", str(typed), "-E", "UTF8", "--locale=C"),
        ]
        subprocess.run(command, check=True, capture_output=True, cwd="/")
        typed.unlink()
        (self._data / "pg_hba.conf").write_text(HBA)
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write("ssl = on\n")  # here and not on the command line: `reload` may win
        self._certify()

    def start(self) -> None:
        program = str(need.program("postgres", "postgresql"))
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        options += ["-p", str(self.port), "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_as_owner("--pdeathsig", "INT"), program, "-D", str(self._data), *options],
                stderr=log,
                stdout=log,
            )
        self._wait()

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
            self.process = None

    def rekey(self) -> None:
        """The same address, another certificate."""
        self._certify()
        self.reload("ssl=on")

    def reload(self, setting: str) -> None:
        """A setting that wins from the next connection on; `ssl=off` takes TLS away."""
        name, _, value = setting.partition("=")
        self.run(f"ALTER SYSTEM SET {name} = {literal(value)}")
        self.stop()
        self.start()

    def add_role(self, name: str, password: Plain, *options: str) -> None:
        words = " ".join(options)
        self.run(f"CREATE ROLE {identifier(name)} LOGIN {words}")
        self.set_password(name, password)

    def set_password(self, name: str, password: Plain) -> None:
        self.run(f"ALTER ROLE {identifier(name)} PASSWORD {literal(password.reveal())}", quiet=True)

    def store_md5(self, name: str, password: Plain) -> None:
        """As a server older than SCRAM would have stored it."""
        stored = hashlib.md5((password.reveal() + name).encode(), usedforsecurity=False)
        self.run(f"ALTER ROLE {identifier(name)} PASSWORD 'md5{stored.hexdigest()}'", quiet=True)

    def opens(self, name: str, password: Plain) -> bool:
        """Whether the password is the role's, tried by another path than the product's."""
        from pg8000.exceptions import DatabaseError  # type: ignore[import-untyped]

        try:
            self._connect(name, password).close()
        except DatabaseError:
            return False
        return True

    def run(self, statement: str, *, quiet: bool = False) -> None:
        """As the superuser; `quiet` keeps the statement out of the log."""
        connection = self._connect(OWNER, self.password)
        try:
            if quiet:
                connection.run("SET log_statement = 'none'")
            connection.run(statement)
        finally:
            connection.close()

    def _connect(self, name: str, password: Plain) -> Connection:
        return Connection(name, "127.0.0.1", "postgres", self.port, password.reveal(), timeout=10)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _certify(self) -> None:
        key, certificate = self_signed("pg.test")
        for name, content in (("server.key", key), ("server.crt", certificate)):
            path = self._data / name
            path.write_bytes(content)
            path.chmod(0o600)
            shutil.chown(path, *_owner())

    def _wait(self) -> None:
        for _ in range(200):
            with suppress(Exception):
                return self.run("SELECT 1")
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError("postgres ended: " + self.log[-2000:])
            time.sleep(0.05)
        raise RuntimeError("postgres does not answer")


@contextmanager
def running_postgresql() -> Iterator[PostgresServer]:
    """A server for as long as the block. Skips the test where there can be none."""
    need.program("postgres", "postgresql")
    need.program("initdb", "postgresql")
    with tempfile.TemporaryDirectory(prefix="conclave-pg-") as folder:
        shutil.chown(folder, *_owner())
        server = PostgresServer(Path(folder))
        server.make()
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _owner() -> tuple[str, str]:
    name = OWNER if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    return name, name


def _as_owner(*also: str) -> list[str]:
    """What goes before a command for it to run as the owner: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return ["setpriv", *also]
    return ["setpriv", "--reuid", OWNER, "--regid", OWNER, "--clear-groups", *also]
