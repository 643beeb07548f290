"""The accounts of the demonstration server: passwords kept only as hashes, in one small file."""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.localrun.generations import write_whole

_LEAST = 8


class WeakPasswordError(Exception):
    """The new password is one that the server does not take; the text says why."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Read anew at each question, written by one at a time: threads and processes may share it."""

    path: Path

    def names(self) -> set[str]:
        return set(self._rows())

    def opens(self, name: str, password: str) -> bool:
        """Whether this is the account's password; an unknown name costs the same time."""
        salt, kept = self._rows().get(name, ["00" * 16, ""])
        return hmac.compare_digest(_hash(password, bytes.fromhex(salt)), kept)

    def set(self, name: str, password: str) -> None:
        """On the disk when this returns."""
        salt = os.urandom(16)
        row = [salt.hex(), _hash(password, salt)]
        with self._alone():
            write_whole(self.path, json.dumps({**self._rows(), name: row}, indent=1))

    def change(self, name: str, current: str, new: str) -> None:
        if len(new) < _LEAST:
            raise WeakPasswordError("The password is shorter than 8 characters")
        if new == current:
            raise WeakPasswordError("The password is the same as the old one")
        self.set(name, new)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _rows(self) -> dict[str, list[str]]:
        rows: dict[str, list[str]] = json.loads(self.path.read_text()) if self.path.exists() else {}
        return rows


def fresh_password() -> str:
    """Long enough for anyone, with a character of each usual class."""
    return secrets.token_urlsafe(18) + secrets.choice("!#%+") + secrets.choice("23456789") + "aZ"


def _hash(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**13, r=8, p=1).hex()
