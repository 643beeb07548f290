"""How a large file lies in the vault's bucket: sealed in chunks under a key of its own.

    version 2 | chunk | chunk | ... : each 1 MiB of the file, the last what is left, and its tag

AES-256-GCM. The nonce is the chunk's number (11 bytes, big endian) and 1 for the last chunk, 0
before it; the version and the file's id are authenticated with each. Needs `cryptography`.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from conclave_client.errors import Refused, Unreachable

VERSION = b"\x02"
CHUNK = 1024 * 1024
TAG = 16


def seal(key: str, file: str, content: bytes) -> bytes:
    """The sealed object of a file. key: in base64, as the vault gave it"""
    box, last, whose = _box(key), _last(len(content)), VERSION + file.encode()
    parts = (content[number * CHUNK : (number + 1) * CHUNK] for number in range(last + 1))
    sealed = (box.encrypt(_nonce(at, last), part, whose) for at, part in enumerate(parts))
    return VERSION + b"".join(sealed)


def opened(key: str, file: str, size: int, sealed: bytes) -> bytes:
    """The file. Raises Unreachable for what is not whole, or was altered."""
    from cryptography.exceptions import InvalidTag

    box, last, whose = _box(key), _last(size), VERSION + file.encode()
    starts = range(len(VERSION), len(VERSION) + (last + 1) * (CHUNK + TAG), CHUNK + TAG)
    parts = (sealed[start : start + CHUNK + TAG] for start in starts)
    try:
        content = b"".join(
            box.decrypt(_nonce(at, last), part, whose) for at, part in enumerate(parts)
        )
    except (InvalidTag, ValueError):
        content = b""
    if sealed[: len(VERSION)] != VERSION or len(content) != size:
        raise Unreachable("the file did not arrive whole: try again")
    return content


def _box(key: str) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise Refused("files of more than 4 MB need conclave-client[files]") from None
    return AESGCM(b64decode(key))


def _last(size: int) -> int:
    """The number of the last chunk: an empty file has one."""
    return max(1, -(-size // CHUNK)) - 1


def _nonce(number: int, last: int) -> bytes:
    return number.to_bytes(11, "big") + bytes((number == last,))
