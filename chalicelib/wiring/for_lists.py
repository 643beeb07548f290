"""Lists of values."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer, ids

if TYPE_CHECKING:
    from chalicelib.lists.service import ListService


@cache
def lists() -> ListService:
    from chalicelib.lists.service import ListService
    from chalicelib.lists.store import ListStore

    return ListService(ListStore(), committer(), ids())
