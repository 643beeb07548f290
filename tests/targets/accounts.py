"""Throw-away Unix accounts for a real sshd: made with a password, removed at the end.

Their names hold the process that made them, so those of a process that died are swept by the next.
"""

from __future__ import annotations

import fcntl
import pwd
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import getpid
from pathlib import Path

from chalicelib.core.plain import Plain

NAME = re.compile(r"cv(\d+)x[0-9a-f]+")
SUDOERS = Path("/etc/sudoers.d")


@dataclass
class Accounts:
    """The accounts that one process made."""

    made: list[str] = field(default_factory=list)

    def add(self, password: Plain, login_program: str = "/bin/sh") -> str:
        """A fresh account with that password; its name."""
        name = f"cv{getpid()}x{secrets.token_hex(3)}"
        with _alone():
            _run(
                "useradd", "--no-create-home", "--home-dir", "/tmp", "--shell", login_program, name
            )
            self.made.append(name)
        self.set_password(name, password)
        return name

    def set_password(self, name: str, password: Plain) -> None:
        """Past every rule, as only the machine's owner can."""
        with _alone():
            _run("chpasswd", "--crypt-method", "SHA512", typed=f"{name}:{password.reveal()}\n")

    def set_age(self, name: str, *options: str) -> None:
        """`chage` with these options: expiry, least age."""
        with _alone():
            _run("chage", *options, name)

    def let_sudo(self, name: str, *, asks: bool = True) -> None:
        """May run `passwd` for others, with or without typing its own password."""
        tag = "" if asks else "NOPASSWD: "
        rule = SUDOERS / name
        rule.write_text(f"{name} ALL=(root) {tag}/usr/bin/passwd\n")
        rule.chmod(0o440)

    def remove(self) -> None:
        for name in self.made:
            _remove(name)


@contextmanager
def accounts() -> Iterator[Accounts]:
    """Accounts for as long as the block; those of dead processes go first."""
    _sweep()
    mine = Accounts()
    try:
        yield mine
    finally:
        mine.remove()


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: useradd gives up where passwd would wait."""
    with (Path(tempfile.gettempdir()) / "conclave-accounts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep() -> None:
    for entry in pwd.getpwall():
        owner = NAME.fullmatch(entry.pw_name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            _remove(entry.pw_name)


def _remove(name: str) -> None:
    (SUDOERS / name).unlink(missing_ok=True)
    with _alone():
        subprocess.run(["userdel", "--force", name], check=False, capture_output=True)


def _run(*command: str, typed: str | None = None) -> None:
    """Tries again while something else holds the password file."""
    complaint = ""
    for _ in range(20):
        done = subprocess.run(
            command, input=typed, text=True, capture_output=True, check=False, timeout=60
        )
        if done.returncode == 0:
            return
        complaint = done.stderr
        if "lock" not in complaint:
            break
    raise RuntimeError(f"{command[0]} failed: {complaint}")
