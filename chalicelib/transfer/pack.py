"""Records and steps as bytes, as they lie sealed in rows. Pure."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.core.errors import Invalid, TooLarge
from chalicelib.core.plain import Plain

from .plan import Step
from .record import Record

MOST_PART = 200 * 1024
"""Of steps that lie in one row, before they are compressed."""
MOST_PARTS = 60


def parts_of(steps: Sequence[Step]) -> Iterator[tuple[int, bytes]]:
    """The steps in parts: with which each begins, and its bytes. TooLarge for too many."""
    texts: list[str] = []
    size, start, number = 0, 0, 0
    for place, step in enumerate(steps):
        text = _step_text(step)
        if texts and size + len(text) > MOST_PART:
            yield start, _compressed(texts)
            texts, size, start, number = [], 0, place, number + 1
        if number >= MOST_PARTS:
            raise TooLarge("The file holds too much for one import: import it in parts.")
        texts.append(text)
        size += len(text)
    if texts:
        yield start, _compressed(texts)


def steps_in(part: bytes) -> list[Step]:
    return [_step(one) for one in json.loads(zlib.decompress(part))]


def record_bytes(one: Record) -> bytes:
    values = [[name, value.reveal()] for name, value in one.values]
    return zlib.compress(json.dumps([one.name, one.template, one.folder, values]).encode())


def record_in(raw: bytes) -> Record:
    name, template, folder, values = json.loads(zlib.decompress(raw))
    return Record(name, tuple((one, Plain(text)) for one, text in values), template, tuple(folder))


def _step_text(one: Step) -> str:
    """One that is too large for any row has a fault, and no values."""
    values = [[slug, value.reveal()] for slug, value in one.values]
    text = json.dumps([one.folder, one.place, one.name, one.template_id, values, one.fault])
    if len(text) <= MOST_PART:
        return text
    return json.dumps([one.folder[:5], one.place, one.name[:100], 0, [], "It is too large."])


def _compressed(texts: Sequence[str]) -> bytes:
    return zlib.compress(("[" + ",".join(texts) + "]").encode())


def _step(stored: Any) -> Step:
    folder, place, name, template_id, values, fault = stored
    return Step(
        tuple(folder),
        place,
        name,
        template_id,
        tuple((slug, Plain(text)) for slug, text in values),
        fault,
    )


def part_with(starts: Sequence[int], place: int) -> int:
    """The number of the part that has a step, by how the parts begin. Invalid for none."""
    found = [number for number, start in enumerate(starts) if start <= place]
    if not found:
        raise Invalid("There is no such step.")
    return found[-1]
