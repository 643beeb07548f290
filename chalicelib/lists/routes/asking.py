"""What all operations on lists have in common."""

from __future__ import annotations

from typing import Any

from chalicelib.core.errors import Conflict, NotFound, StillUsed, Unavailable
from chalicelib.core.paging import Paging
from chalicelib.lists.categorized import MOST_OPTIONS
from chalicelib.lists.service import By
from chalicelib.web.call import Call

LISTS, ONE = "/api/v1/lists", "/api/v1/lists/{categorizedListId}"
VIEW, ADMINISTER = "View Lists", "Administer Lists"
CHANGES = (Conflict, NotFound, StillUsed, Unavailable)
WHOLE = Paging(take=MOST_OPTIONS)
"""Of operations that the contract does not page."""


def by(call: Call[Any]) -> By:
    return By(call.principal, call.now)


def named(call: Call[Any]) -> str:
    """The list that the path names."""
    return call.path["categorizedListId"]
