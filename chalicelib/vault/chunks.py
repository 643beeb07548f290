"""How a file lies in the bucket: sealed in chunks under a key of its own, so that neither side has
to hold it whole. Pure. Clients seal and open large files by the same format.

    version 2 | chunk | chunk | ... : each 1 MiB of the file, the last what is left, and its tag

AES-256-GCM. The nonce is the chunk's number (11 bytes, big endian) and 1 for the last chunk, 0
before it, so none can be left out, moved, cut off or added. The file's id is authenticated with
each. The key is drawn for one file and used for no other; it lies sealed in the secret's row.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from chalicelib.core.errors import Unsealable

VERSION = b"\x02"
CHUNK = 1024 * 1024
TAG = 16
KEY_BYTES = 32


def fresh_key() -> bytes:
    return os.urandom(KEY_BYTES)


def count(size: int) -> int:
    """How many chunks a file of that size has: an empty one has one."""
    return max(1, -(-size // CHUNK))


def sealed_size(size: int) -> int:
    return len(VERSION) + size + TAG * count(size)


def seal(key: bytes, file: str, content: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    last = count(len(content)) - 1
    box = AESGCM(key)
    parts = (
        box.encrypt(_nonce(number, last), content[number * CHUNK : (number + 1) * CHUNK], _of(file))
        for number in range(last + 1)
    )
    return VERSION + b"".join(parts)


def opened(key: bytes, file: str, size: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks in the clear, of pieces of any length. Unsealable: altered, or another file's."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    box, last, number = AESGCM(key), count(size) - 1, 0
    for chunk in _chunks(size, pieces):
        try:
            yield box.decrypt(_nonce(number, last), chunk, _of(file))
        except InvalidTag as error:
            raise Unsealable from error
        number += 1
    if number != last + 1:
        raise Unsealable


def _chunks(size: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The sealed chunks, once the version has been looked at."""
    held, is_first = bytearray(), True
    for piece in pieces:
        held += piece
        if is_first and held:
            if held[:1] != VERSION:
                raise Unsealable
            del held[:1]
            is_first = False
        while len(held) > CHUNK + TAG:  # what fills a chunk may be the last
            yield bytes(held[: CHUNK + TAG])
            del held[: CHUNK + TAG]
    if not is_first and held:
        yield bytes(held)


def _nonce(number: int, last: int) -> bytes:
    return number.to_bytes(11, "big") + bytes((number == last,))


def _of(file: str) -> bytes:
    return VERSION + file.encode()
