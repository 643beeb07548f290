"""Who wants a mail when something happens to a secret: each user asks for himself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from chalicelib.core.errors import Invalid

MOST_WATCHERS = 50


class Happening(StrEnum):
    """What a mail can be asked for."""

    VIEWED = "viewed"
    CHANGED = "changed"
    HEARTBEAT_FAILED = "heartbeat failed"


Watchers: TypeAlias = Mapping[int, frozenset[Happening]]
"""By user; who wants nothing is not among them."""


def switched(watchers: Watchers, user_id: int, wanted: Mapping[Happening, bool]) -> Watchers:
    """With what a user switches on and off for himself. Invalid for too many watchers."""
    known = set(watchers.get(user_id, frozenset()))
    for happening, is_on in wanted.items():
        (known.add if is_on else known.discard)(happening)
    others = {id: wishes for id, wishes in watchers.items() if id != user_id}
    after = {**others, user_id: frozenset(known)} if known else others
    if len(after) > max(MOST_WATCHERS, len(watchers)):
        raise Invalid(f"At most {MOST_WATCHERS} people have mails about a secret.")
    return after


def waiting_for(watchers: Watchers, happening: Happening, by: int) -> list[int]:
    """Who is told of it: nobody of what he does himself."""
    return sorted(id for id, wishes in watchers.items() if happening in wishes and id != by)
