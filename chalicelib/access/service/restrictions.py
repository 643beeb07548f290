"""Allow-lists of client addresses: made, changed, given to users and groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from chalicelib.access.principal import Principal
from chalicelib.access.restriction import Bound, Restriction, bounds
from chalicelib.access.role import EPOCH, Definitions
from chalicelib.access.user import User, named
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import NotFound, StillUsed

from .ports import Commit, Epochs, Ids, Users, Write

ADMINISTER = "Administer IP Addresses"


class Rows(Protocol):
    def definitions(self) -> Definitions: ...
    def restriction_saved(self, restriction: Restriction) -> Write: ...
    def restriction_removed(self, restriction: Restriction) -> Write: ...


@dataclass(frozen=True)
class RestrictionService:
    """A change counts for everybody's next request. Nobody can shut himself out."""

    rows: Rows
    users: Users
    epochs: Epochs
    commit: Commit
    ids: Ids

    def all(self) -> Sequence[Restriction]:
        found = self.rows.definitions().restrictions.values()
        return sorted(found, key=lambda one: one.name.casefold())

    def get(self, id: int) -> Restriction:
        """One of them. Raises NotFound."""
        return _of(self.rows.definitions(), id)

    def create(self, who: Principal, name: str, range: str, now: datetime) -> Restriction:
        """A new one, which binds nobody yet. Raises Invalid."""
        bounds(range)
        made = Restriction(self.ids.next("ip-restriction"), named(name, "The name"), range.strip())
        self._save(who, "CREATE", made, f"{made.name}: {made.range}", now)
        return self.get(made.id)

    def change(self, who: Principal, id: int, name: str, range: str, now: datetime) -> Restriction:
        """Another name or range. Raises Invalid, and StillUsed for who would shut himself out."""
        bounds(range)
        after = replace(self.get(id), name=named(name, "The name"), range=range.strip())
        self._save(who, "UPDATE", after, f"{after.name}: {after.range}", now)
        return self.get(id)

    def remove(self, who: Principal, id: int, now: datetime) -> None:
        """It binds nobody any more."""
        gone = self.get(id)
        self._require_own_way(who, replace(gone, users=frozenset(), groups=frozenset()))
        writes = [self.rows.restriction_removed(gone), self.epochs.bump(EPOCH)]
        self.commit(writes, [_record(who, "DELETE", gone, gone.name, now)])

    def bind(self, who: Principal, id: int, whom: Bound, on: bool, now: datetime) -> Restriction:
        """Bind a user or a group's members to it, or let them go. May be repeated.

        Raises NotFound, and StillUsed for who would shut himself out.
        """
        before = self.get(id)
        self._require_there(whom)
        self._save(who, "UPDATE", whom.to(before, on), whom.told(on), now)
        return before

    def binding(self, whom: Bound) -> list[Restriction]:
        """Those that bind a user himself, or a group; by name. Raises NotFound."""
        self._require_there(whom)
        return [one for one in self.all() if whom.by(one)]

    def bound(
        self, who: Principal, whom: Bound, ids: frozenset[int], now: datetime
    ) -> tuple[list[Write], list[AuditRecord]]:
        """What makes these bind him and no others: a part of the change that asks for it.

        That change also moves the epoch. Nothing, when they do already. Raises NotFound, StillUsed
        for who would shut himself out, and AccessDenied for who may not administer addresses.
        """
        known = self.rows.definitions()
        for id in ids:
            _of(known, id)
        moved = [one for one in known.restrictions.values() if whom.by(one) is not (one.id in ids)]
        if not moved:
            return [], []
        who.require(ADMINISTER)
        after = [whom.to(one, one.id in ids) for one in moved]
        self._require_own_way(who, *after)
        said = [_record(who, "UPDATE", one, whom.told(one.id in ids), now) for one in after]
        return [self.rows.restriction_saved(one) for one in after], said

    def user(self, id: int) -> User:
        """Raises NotFound."""
        user = self.users.by_ids([id]).get(id)
        if user is None:
            raise NotFound(f"The user {id} was not found.")
        return user

    def group_name(self, id: int) -> str:
        """Raises NotFound."""
        group = self.rows.definitions().groups.get(id)
        if group is None:
            raise NotFound(f"The group {id} was not found.")
        return group.name

    def _save(
        self, who: Principal, action: str, after: Restriction, detail: str, now: datetime
    ) -> None:
        self._require_own_way(who, after)
        writes = [self.rows.restriction_saved(after), self.epochs.bump(EPOCH)]
        self.commit(writes, [_record(who, action, after, detail, now)])

    def _require_there(self, whom: Bound) -> None:
        if whom.kind == "users":
            self.user(whom.id)
        else:
            self.group_name(whom.id)

    def _require_own_way(self, who: Principal, *after: Restriction) -> None:
        """Raise StillUsed when the caller could not come in from where he is any more."""
        known = self.rows.definitions()
        changes = {one.id: one for one in after}
        changed = replace(known, restrictions={**known.restrictions, **changes})
        standing = self.users.standings([who.user_id]).get(who.user_id)
        if standing is not None and not changed.admits(standing, who.address):
            raise StillUsed(f"You come from {who.address}: this would shut you out.")


def _of(definitions: Definitions, id: int) -> Restriction:
    found = definitions.restrictions.get(id)
    if found is None:
        raise NotFound(f"The address restriction {id} was not found.")
    return found


def _record(
    who: Principal, action: str, about: Restriction, detail: str, now: datetime
) -> AuditRecord:
    return AuditRecord(
        who.user_id, action, "IpAddressRange", str(about.id), now, detail, who.address
    )
