"""What the open head of a KeePass file says its key costs, before anything is derived. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from chalicelib.core.errors import Invalid, TooLarge

MOST_MEMORY = 256 * 1024 * 1024
"""Bytes that argon2 may take, and the bytes that all its passes may fill:"""
MOST_FILLED = 4 * 1024**3
MOST_LANES = 16
MOST_ROUNDS = 30_000_000
"""Of AES."""

SIGNATURE = bytes.fromhex("03d9a29a67fb4bb5")
OLDER = bytes.fromhex("03d9a29a65fb4bb5")
_ARGON2D = bytes.fromhex("ef636ddf8c29444b91f7a9a403e30a0c")
_ARGON2ID = bytes.fromhex("9e298b1956db4773b23dfc3ec6f0a1e6")
_AES_KDF = bytes.fromhex("c9d9f39a628a4460bf740d08c18a4fea")
_AES = bytes.fromhex("31c1f2e6bf714350be5805216afc5aff")
_CHACHA20 = bytes.fromhex("d6038a2b8b6f4cb5a524339a31dbb59a")

_CIPHER, _SEED, _ROUNDS, _PARAMETERS = 2, 5, 6, 11
K = TypeVar("K", int, str)
_WHAT = "The file is no KeePass database (KDBX)."


@dataclass(frozen=True, slots=True)
class Cost:
    """memory in bytes and passes of argon2, or rounds of AES with their seed"""

    memory: int = 0
    passes: int = 0
    lanes: int = 0
    rounds: int = 0
    seed: bytes = field(default=b"", repr=False)


def cost_of(file: bytes) -> Cost:
    """Raises Invalid for what is no such file, or asks for what is not done."""
    if file.startswith(OLDER):
        raise Invalid("The file is of KeePass 1: save it as KDBX first.")
    major = int.from_bytes(file[10:12], "little")
    if not file.startswith(SIGNATURE) or major not in (3, 4):
        raise Invalid(_WHAT)
    head = _once(_fields(file, 12, 2 if major == 3 else 4))
    if head.get(_CIPHER) not in (_AES, _CHACHA20):
        raise Invalid("The database is encrypted otherwise than by AES or ChaCha20: change that.")
    if major == 3:
        return Cost(rounds=_number(head.get(_ROUNDS, b"")), seed=head.get(_SEED, b""))
    return _cost(_once(_entries(head.get(_PARAMETERS, b""))))


def demand_cheap(cost: Cost) -> None:
    """Raise TooLarge for a key that costs more than a request may take."""
    filled = cost.memory * cost.passes
    is_dear = cost.memory > MOST_MEMORY or filled > MOST_FILLED or cost.lanes > MOST_LANES
    if is_dear or cost.rounds > MOST_ROUNDS:
        raise TooLarge(
            "The database's key takes too much to derive: at most "
            f"{MOST_MEMORY // 1024**2} MB of memory by argon2, {MOST_FILLED // 1024**3} GB in all"
            f" its iterations, or {MOST_ROUNDS:,} rounds of AES. Save it with less first."
        )


def _cost(given: dict[str, bytes]) -> Cost:
    kind = given.get("$UUID", b"")
    if kind == _AES_KDF:
        return Cost(rounds=_number(given.get("R", b"")), seed=given.get("S", b""))
    if kind not in (_ARGON2D, _ARGON2ID):
        raise Invalid("The database's key is derived otherwise than by argon2 or AES.")
    memory, passes, lanes = (_number(given.get(name, b"")) for name in "MIP")
    return Cost(memory, passes, lanes)


def _fields(file: bytes, at: int, length_bytes: int) -> Iterator[tuple[int, bytes]]:
    """The fields of the outer head, up to its end."""
    while True:
        kind, at = _cut(file, at, 1)
        length, at = _cut(file, at, length_bytes)
        value, at = _cut(file, at, _number(length))
        if kind == b"\0":
            return
        yield kind[0], value


def _entries(given: bytes) -> Iterator[tuple[str, bytes]]:
    """The entries of a dictionary of parameters."""
    at = 2
    while True:
        kind, at = _cut(given, at, 1)
        if kind == b"\0":
            return
        length, at = _cut(given, at, 4)
        name, at = _cut(given, at, _number(length))
        length, at = _cut(given, at, 4)
        value, at = _cut(given, at, _number(length))
        yield name.decode("ascii", "replace"), value


def _once(pairs: Iterator[tuple[K, bytes]]) -> dict[K, bytes]:
    """Each once: what reads the file after this must not see another one."""
    found: dict[K, bytes] = {}
    for name, value in pairs:
        if name in found:
            raise Invalid(_WHAT)
        found[name] = value
    return found


def _cut(file: bytes, at: int, length: int) -> tuple[bytes, int]:
    if at + length > len(file):
        raise Invalid(_WHAT)
    return file[at : at + length], at + length


def _number(raw: bytes) -> int:
    if not raw or len(raw) > 8:
        raise Invalid(_WHAT)
    return int.from_bytes(raw, "little")
