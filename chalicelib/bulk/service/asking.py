"""What people do with bulk operations: ask for one, see how far it is, have it end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.access.principal import Behalf, Principal, behalf_of
from chalicelib.bulk import operation as rules
from chalicelib.bulk.action import ADMINISTERS_USERS, Action, Arguments
from chalicelib.bulk.operation import Operation, Stage
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import NotFound, Unavailable
from chalicelib.core.ids import Ids
from chalicelib.core.plain import Plain
from chalicelib.vault.visit import Visit

from .ports import QUEUE, Commit, Event, Operations, Outgoing, Write
from .slices import slice_of

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Progress:
    """An operation as its asker is told of it. `errors`: what of, and why."""

    operation: Operation
    errors: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """An operation that is to be begun: what is to be written, told and sent."""

    id: str
    writes: Sequence[Write]
    line: AuditRecord
    event: Event


@dataclass(frozen=True)
class BulkService:
    store: Operations
    commit: Commit
    outgoing: Outgoing
    ids: Ids

    def ask(  # noqa: PLR0913 - what is done, with what, to what
        self,
        visit: Visit,
        action: Action,
        arguments: Arguments,
        items: Sequence[int],
        given: Plain | None = None,
    ) -> str:
        """Begin an operation; its id. Each call begins another. One transaction, and its message.

        A value that is given lies sealed in its row until it is over, and in no message.

        Whether he may do it with an item is asked when it is that one's turn. Raises Invalid, and
        Unavailable during an upgrade: a node of the version before would not know the message.
        """
        begun = self.begun(visit, behalf_of(visit.who), action, arguments, items, given)
        self.commit(begun.writes, [begun.line], [begun.event])
        return begun.id

    def begun(  # noqa: PLR0913 - and for whom
        self,
        visit: Visit,
        asker: Behalf,
        action: Action,
        arguments: Arguments,
        items: Sequence[int],
        given: Plain | None = None,
    ) -> Begun:
        """The same for somebody else's commit, for whoever asked for it. Raises as `ask` does."""
        now = visit.now
        if visit.upgrading:
            raise Unavailable("Bulk operations can be begun once the upgrade is finished.")
        ordered = rules.in_order(action, rules.checked(items), asker.user_id)
        one = Operation(self.ids(), action, asker, now, len(ordered), arguments)
        detail = f"{action.name} of {one.total:,} {action.kind.lower()}s"
        detail += ", to a given value" if given else ""
        line = _line(visit.who, "BULK OPERATION", one.id, now, detail)
        event = self.outgoing(QUEUE, slice_of(one.id, self.ids(), now, visit.cause))
        return Begun(one.id, self.store.begun(one, ordered, given), line, event)

    def progress(self, who: Principal, id: str) -> Progress:
        """How far it is, for who asked for it. One read, and one more when items failed."""
        return self._told(self._found(who, id))

    def cancel(self, who: Principal, id: str, now: datetime) -> Progress:
        """Have it end before its next item. May be repeated; nothing happens once it is over.

        For who asked for it, and for who administers users: he is told no names.
        """
        one = self._found(who, id, may_administer=True)
        if not one.is_over:
            line = _line(who, "BULK OPERATION CANCEL REQUESTED", id, now)
            event = self.outgoing(QUEUE, slice_of(id, self.ids(), now))
            self.commit([self.store.cancelled(one, who.user_id)], [line], [event])
        return self._told(one) if one.asker.user_id == who.user_id else Progress(one)

    def _found(self, who: Principal, id: str, *, may_administer: bool = False) -> Operation:
        found = self.store.find(id) if _ID.fullmatch(id) else None
        others = may_administer and who.may(ADMINISTERS_USERS)
        if found is None or not (others or found.asker.user_id == who.user_id):
            raise NotFound("The bulk operation was not found.")
        return found

    def _told(self, one: Operation) -> Progress:
        errors = self.store.errors(one.id) if one.failed else []
        left = one.total - one.cursor
        if one.stage in (Stage.STOPPED, Stage.EXPIRED) and left:
            errors = [*errors, (f"{left:,} that were left", one.message)]
        return Progress(one, errors)


def _line(who: Principal, action: str, id: str, now: datetime, detail: str = "") -> AuditRecord:
    return AuditRecord(who.user_id, action, "BulkOperation", id, now, detail, who.address)
