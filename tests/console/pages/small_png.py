"""Makes a picture of a page small: 256 colours instead of 24 bits, which no eye misses here."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

MAGIC = b"\x89PNG\r\n\x1a\n"
COLOURS, COMMONEST = 256, 176
SIZES = {2: 3, 6: 4}
"""Bytes of a pixel by PNG's colour type."""


def smaller(png: bytes) -> bytes:
    """The same picture with a palette: 8 bits a pixel, not interlaced, as chromium writes them."""
    parts = list(_parts(png))
    width, height, depth, kind = struct.unpack(">IIBB", parts[0][1][:10])
    assert depth == 8
    size = SIZES[kind]
    raw = zlib.decompress(b"".join(held for name, held in parts if name == b"IDAT"))
    lines = list(_lines(raw, width * size, height, size))
    pixels = [[line[i : i + 3] for i in range(0, len(line), size)] for line in lines]
    palette, places = _palette(Counter(one for line in pixels for one in line))
    rows = b"".join(b"\0" + bytes(places[one] for one in line) for line in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = (_part(b"IHDR", head), _part(b"PLTE", palette), _part(b"IDAT", zlib.compress(rows, 9)))
    return MAGIC + b"".join(body) + _part(b"IEND", b"")


def _palette(counts: Counter[bytes]) -> tuple[bytes, dict[bytes, int]]:
    """The commonest colours and what is unlike them; for every colour the place of the nearest."""
    chosen = [colour for colour, _ in counts.most_common(COMMONEST)]
    unlike = {one: _far(one, chosen[_nearest(one, chosen)]) for one in counts}
    while len(chosen) < min(COLOURS, len(counts)):
        chosen.append(max(unlike, key=lambda one: unlike[one]))
        unlike = {one: min(far, _far(one, chosen[-1])) for one, far in unlike.items()}
    exact = {colour: place for place, colour in enumerate(chosen)}
    return b"".join(chosen), {one: exact.get(one, _nearest(one, chosen)) for one in counts}


def _nearest(colour: bytes, chosen: Sequence[bytes]) -> int:
    return min(range(len(chosen)), key=lambda place: _far(colour, chosen[place]))


def _far(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _parts(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(MAGIC)
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length


def _part(name: bytes, held: bytes) -> bytes:
    return struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))


def _lines(raw: bytes, stride: int, height: int, size: int) -> Iterator[bytes]:
    """The lines without the filters that they were written with (PNG, section 9)."""
    above = bytes(stride)
    for row in range(height):
        start = row * (stride + 1)
        line = bytearray(raw[start + 1 : start + 1 + stride])
        _unfilter(raw[start], line, above, size)
        above = bytes(line)
        yield above


def _unfilter(kind: int, line: bytearray, above: bytes, size: int) -> None:
    for i in range(len(line)):
        left = line[i - size] if i >= size else 0
        up = above[i]
        if kind == 1:
            line[i] = (line[i] + left) & 255
        elif kind == 2:
            line[i] = (line[i] + up) & 255
        elif kind == 3:
            line[i] = (line[i] + (left + up) // 2) & 255
        elif kind == 4:
            line[i] = (line[i] + _paeth(left, up, above[i - size] if i >= size else 0)) & 255


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    nearness = (abs(guess - left), abs(guess - up), abs(guess - corner))
    return (left, up, corner)[nearness.index(min(nearness))]
