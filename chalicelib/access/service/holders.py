"""Who holds a role permission: asked when people are to be told of something, not to let them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from chalicelib.access.role import Definitions
from chalicelib.access.user import Standing, User


class Users(Protocol):
    def every(self) -> list[User]: ...
    def standings(self, ids: Iterable[int]) -> Mapping[int, Standing]: ...


@dataclass(frozen=True, slots=True)
class Holders:
    users: Users
    definitions: Callable[[], Definitions]

    def of(self, permission: str) -> list[int]:
        """The enabled users who hold it by their roles or their groups', in order of their ids.

        Looks at all users: a Query a MB, and a BatchGetItem for every hundred.
        """
        known = self.definitions()
        standings = self.users.standings(one.id for one in self.users.every())
        return sorted(
            one.user_id
            for one in standings.values()
            if one.enabled and permission in known.permissions_of(one)
        )
