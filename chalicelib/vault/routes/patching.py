"""Fields of PATCH bodies, where the vault leaves what is not dirty as it is."""

from __future__ import annotations

from typing import TypeVar

from msgspec import UnsetType

from chalicelib.core.errors import Invalid
from chalicelib.web.shapes import Dirty

T = TypeVar("T")


def dirty(patch: Dirty[T] | None) -> T | None:
    """The value of a dirty field; None for one that is to stay as it is."""
    if patch is None or not patch.dirty:
        return None
    if isinstance(patch.value, UnsetType):
        raise Invalid("a dirty field has no value")
    return patch.value
