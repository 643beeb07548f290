"""Lists: made, changed, filled and removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from chalicelib.access.principal import Principal
from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Invalid, NotFound, StillUsed
from chalicelib.core.ids import Ids

from .categorized import MOST_LISTS, Option, ValueList, demand_whole, merged

KIND = "List"


class Lists(Protocol):
    def all(self) -> list[ValueList]: ...

    def fetch(self, id: str) -> ValueList | None: ...

    def options(self, id: str) -> list[Option]: ...

    def put(self, one: ValueList) -> Any: ...

    def put_options(self, id: str, options: Sequence[Option]) -> Any: ...

    def take_name(self, one: ValueList) -> Any: ...

    def leave_name(self, one: ValueList) -> Any: ...

    def gone(self, one: ValueList) -> list[Any]: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any], audit: Sequence[AuditRecord] = ()) -> None: ...


@dataclass(frozen=True, slots=True)
class Change:
    """What a list is to be; None leaves it."""

    name: str | None = None
    description: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who changes a list, and when."""

    who: Principal
    now: datetime

    def line(self, action: str, one: ValueList, detail: str = "") -> AuditRecord:
        told = f"{one.name}{'; ' if detail else ''}{detail}"
        return AuditRecord(self.who.user_id, action, KIND, one.id, self.now, told, self.who.address)


@dataclass(frozen=True, slots=True)
class ListService:
    """Changes begin again from their reading when somebody else came first."""

    lists: Lists
    commit: Commit
    ids: Ids

    def all(self) -> list[ValueList]:
        """Every list, by name. One Query a MB."""
        return sorted(self.lists.all(), key=lambda one: one.name.casefold())

    def get(self, id: str) -> ValueList:
        """One list. NotFound when there is none. One read."""
        found = self.lists.fetch(_uuid_of(id))
        if found is None:
            raise NotFound("The list was not found.")
        return found

    def options(self, id: str) -> list[Option]:
        """The values of a list. NotFound for no list. Two reads."""
        return self.lists.options(self.get(id).id)

    def create(self, by: By, wanted: Change) -> ValueList:
        """Make a list without values. StillUsed when the name is taken."""
        made = demand_whole(_applied(ValueList(self._id(), ""), wanted))
        known = self.lists.all()
        _demand_free(made, known)
        if len(known) >= MOST_LISTS:
            raise Invalid(f"There are at most {MOST_LISTS} lists.")
        writes = [self.lists.put(made), self.lists.put_options(made.id, ())]
        self.commit([*writes, self.lists.take_name(made)], [by.line("CREATE", made)])
        return self.get(made.id)

    def change(self, by: By, id: str, wanted: Change) -> ValueList:
        """Rename or describe a list, or put it away. What differs in nothing is not written."""

        def once() -> ValueList:
            before = self.get(id)
            after = demand_whole(_applied(before, wanted))
            if after == before:
                return before
            writes = [self.lists.put(after)]
            if after.name != before.name:
                _demand_free(after, self.lists.all())
            if after.name.casefold() != before.name.casefold():
                writes += [self.lists.leave_name(before), self.lists.take_name(after)]
            was = f"it was {before.name}" if before.name != after.name else ""
            self.commit(writes, [by.line("UPDATE", after, was)])
            return self.get(id)

        return settled(once)

    def delete(self, by: By, id: str) -> ValueList:
        """Remove a list with all its values."""

        def once() -> ValueList:
            one = self.get(id)
            self.commit(self.lists.gone(one), [by.line("DELETE", one)])
            return one

        return settled(once)

    def add(self, by: By, id: str, values: Sequence[tuple[str, str]]) -> list[Option]:
        """Values with their categories, as they stand in the list then. May be repeated: what is
        there already stays what it is.
        """
        added = [Option(self._id(), value.strip(), group.strip()) for value, group in values]
        places = {one.place for one in added}
        after = self._refilled(by, id, "OPTIONS ADDED", lambda present: merged(present, added))
        return [one for one in after if one.place in places]

    def remove(self, by: By, id: str, option_id: str) -> None:
        """Take a value out. NotFound when it is not there."""
        gone = _uuid_of(option_id)

        def without(present: Sequence[Option]) -> tuple[Option, ...]:
            left = tuple(one for one in present if one.id != gone)
            if len(left) == len(present):
                raise NotFound("The value was not found in the list.")
            return left

        self._refilled(by, id, "OPTION REMOVED", without)

    def clear(self, by: By, id: str) -> ValueList:
        """Take all values out. May be repeated."""
        self._refilled(by, id, "OPTIONS REMOVED", lambda _: ())
        return self.get(id)

    def _refilled(
        self,
        by: By,
        id: str,
        action: str,
        change: Callable[[Sequence[Option]], tuple[Option, ...]],
    ) -> tuple[Option, ...]:
        def once() -> tuple[Option, ...]:
            known = self.get(id)
            before = tuple(self.lists.options(known.id))
            after = change(before)
            if after != before:
                told = _told(before, after)
                writes = [
                    self.lists.put(replace(known, size=len(after))),
                    self.lists.put_options(known.id, after),
                ]
                self.commit(writes, [by.line(action, known, told)])
            return after

        return settled(once)

    def _id(self) -> str:
        return str(UUID(self.ids()[:32], version=4))


def _applied(one: ValueList, wanted: Change) -> ValueList:
    def _or(given: str | None, present: str) -> str:
        return present if given is None else given.strip()

    return replace(
        one,
        name=_or(wanted.name, one.name),
        description=_or(wanted.description, one.description),
        is_active=one.is_active if wanted.is_active is None else wanted.is_active,
    )


def _demand_free(one: ValueList, known: Sequence[ValueList]) -> None:
    others = {each.name.casefold() for each in known if each.id != one.id}
    if one.name.casefold() in others:
        raise StillUsed("A list of that name exists.")


def _told(before: Sequence[Option], after: Sequence[Option]) -> str:
    """What came or went, by its value; of many the first."""
    differing = set(before) ^ set(after)
    names = ", ".join(sorted(one.value for one in differing)[:5])
    return f"{len(differing)}: {names}"[:900]


def _uuid_of(text: str) -> str:
    """The id as it is stored. NotFound for what is none: nothing has such an id."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound("The list was not found.") from None
