"""What a PATCH body changes: None where a field is absent or not dirty."""

from __future__ import annotations

from typing import TypeVar

from msgspec import UnsetType

from chalicelib.core.errors import Invalid
from chalicelib.web.shapes import Dirty

T = TypeVar("T")


def changed(patch: Dirty[T] | None) -> T | None:
    """The new value of a dirty field. Raises Invalid when it has none."""
    if patch is None or not patch.dirty:
        return None
    if isinstance(patch.value, UnsetType):
        raise Invalid("a dirty field has no value")
    return patch.value
