"""A real OpenSSH server on loopback, with accounts of its own."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port
from tests.waiting import eventually

from . import need
from .accounts import Accounts, accounts

CONFIG = """
ListenAddress 127.0.0.1
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin no
PidFile none
MaxStartups 100
PrintMotd no
LogLevel VERBOSE
"""


@dataclass
class Sshd:
    """One server. `options` are lines of sshd_config that win over the usual ones."""

    folder: Path
    users: Accounts
    port: int = field(default_factory=free_port)
    options: tuple[str, ...] = ()
    key_kind: str = "ed25519"
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        self._make_key()
        config = self.folder / "config"
        config.write_text("\n".join([*self.options, CONFIG]))
        program = str(need.program("sshd", "openssh-server"))
        ends_with_us = ["setpriv", "--pdeathsig", "TERM"]
        command = [*ends_with_us, program, "-D", "-e", "-p", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "-f", str(config), "-h", str(self._key)], stderr=log
            )
        _wait_for(self.port, self.process)

    def settle(self) -> None:
        """Wait until no connection is left: each has written all of its lines by then."""
        assert self.process is not None
        of = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        eventually(lambda: not of.read_text(), patience=10)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def rekey(self, kind: str = "ed25519") -> None:
        """The same address, another host key: what a man in the middle looks like."""
        self.stop()
        self._key.unlink()
        self.key_kind = kind
        self.start()

    def certify(self) -> None:
        """The same key, now also with a certificate of some authority."""
        self.stop()
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / "ca")]
        subprocess.run(make, check=True, stdin=subprocess.DEVNULL)
        sign = ["ssh-keygen", "-q", "-s", str(self.folder / "ca"), "-I", "host", "-h"]
        subprocess.run([*sign, f"{self._key}.pub"], check=True, stdin=subprocess.DEVNULL)
        self.options = (*self.options, f"HostCertificate {self._key}-cert.pub")
        self.start()

    @property
    def _key(self) -> Path:
        return self.folder / "host_key"

    def _make_key(self) -> None:
        if not self._key.exists():
            make = ["ssh-keygen", "-q", "-t", self.key_kind, "-N", "", "-f", str(self._key)]
            subprocess.run(make, check=True, stdin=subprocess.DEVNULL)


@contextmanager
def running_sshd(*options: str) -> Iterator[Sshd]:
    """A server for as long as the block. Skips the test where there can be none."""
    need.root("make Unix accounts")
    need.program("sshd", "openssh-server")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="conclave-sshd-") as folder, accounts() as users:
        server = Sshd(Path(folder), users, options=options)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            raise RuntimeError(f"sshd ended with {process.returncode}")
        time.sleep(0.05)
    raise RuntimeError("sshd does not listen")
