"""Which users are looked for, and by what they are sorted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from .principal import Principal
from .user import User, folded
from .user_change import SEARCHED, texts


@dataclass(frozen=True, slots=True)
class UserQuery:
    """Which users are looked for: all that no condition leaves out.

    owned_by: who owns them, if that is asked for
    """

    text: str = ""
    fields: Collection[str] = field(default_factory=tuple)
    ids: Collection[int] = field(default_factory=tuple)
    include_inactive: bool = False
    owned_by: Principal | None = None

    def finds(self, user: User) -> bool:
        if not (self.include_inactive or user.enabled):
            return False
        if self.ids and user.id not in self.ids:
            return False
        if self.owned_by is not None and not user.owners.include(self.owned_by):
            return False
        wanted = {name.casefold() for name in self.fields or SEARCHED}
        known = [texts(user)[name] for name in SEARCHED if name.casefold() in wanted]
        return folded(self.text) in "\n".join(known).casefold()


def sorted_by(user: User, name: str) -> object:
    """A property of a user by the name that clients sort by."""
    return texts(user).get(name, {"id": user.id, "created": user.created.timestamp()}.get(name))
