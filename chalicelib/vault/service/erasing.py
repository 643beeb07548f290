"""Erasing secrets for good: asked for, decided, carried out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock
from chalicelib.core.errors import ConclaveError, Conflict, Invalid, NotFound, StillUsed
from chalicelib.core.tick import Tally
from chalicelib.inbox.message import Kind, Note
from chalicelib.mail.service import Posted
from chalicelib.vault import erasure as rules
from chalicelib.vault.access_request import Event
from chalicelib.vault.comment import MAX_COMMENT
from chalicelib.vault.erasure import EraseRequest, EraseStatus
from chalicelib.vault.grants import Deed, Verdict
from chalicelib.vault.ports import Commit, Counter, DoubleLocks, Files, People, Secrets, Write
from chalicelib.vault.secret import Stored
from chalicelib.vault.visit import Visit

from .erase_way import EraseWay
from .finding import At, Finder
from .notices import Notices

MOST_LISTED = 1_000
TOGETHER = 20
"""Rows removed in one transaction, with the objects that they held."""

LIMIT = 10
"""Requests of one slice of a tick."""

MOST_TOLD = 40
TELLS = {EraseStatus.APPROVED: Kind.ERASE_GRANTED, EraseStatus.DENIED: Kind.ERASE_DENIED}
"""What is told to who asked."""
VERBS: Mapping[Kind, str] = {
    Kind.ERASE_REQUESTED: "asks for",
    Kind.ERASE_GRANTED: "approved",
    Kind.ERASE_DENIED: "denied",
}


class Erasures(Protocol):
    def fetch(self, id: int) -> EraseRequest | None: ...

    def all(self, most: int) -> list[EraseRequest]: ...

    def due(self, until: datetime, limit: int) -> list[int]: ...

    def put(self, request: EraseRequest) -> Write: ...

    def gone(self, stored: Stored) -> list[Write]: ...

    def left(self, id: int, most: int) -> Sequence[Any]: ...

    def removed(self, one: Any) -> Sequence[Write]: ...


@dataclass(frozen=True, slots=True)
class Named:
    """One secret of a request; why it could not be erased."""

    id: int
    name: str
    status: str
    why: str


@dataclass(frozen=True, slots=True)
class EraseService:
    """is_dual:      whether who asks may not approve
    backups_until: when no backup holds what is gone by then; None for never
    refusal:       why nothing may be erased now, as in maintenance mode
    approvers:     who may decide without a workflow, and is told of a request. Some reads
    """

    finder: Finder
    secrets: Secrets
    rows: Erasures
    locks: DoubleLocks
    files: Files
    counter: Counter
    commit: Commit
    clock: Clock
    is_dual: Callable[[], bool]
    backups_until: Callable[[datetime], datetime | None]
    refusal: Callable[[], ConclaveError | None]
    notices: Notices
    approvers: Callable[[], Collection[int]]
    people: People
    way: Callable[[], EraseWay]

    def ask(
        self, visit: Visit, ids: Sequence[int], why: str, since: datetime | None
    ) -> EraseRequest:
        """Ask for secrets to be erased, with a reason; their Owner's. Each call asks again.

        StillUsed for one that is the privileged account of others.
        """
        comment = " ".join(why.split())
        if not 1 <= len(comment) <= MAX_COMMENT:
            raise Invalid(f"requestComment must say why, in 1 to {MAX_COMMENT} characters.")
        wanted = rules.chosen(tuple(ids))
        for id in wanted:
            self.finder.secret(replace(visit, rows={}), At(id, deleted=True), Deed.DELETE)
            if served := self._served(id):
                raise StillUsed(f"The secret {id} is the privileged account of {served} others.")
        request = EraseRequest(
            self.counter.next("erase-request"),
            wanted,
            visit.who.user_id,
            visit.who.display_name or visit.who.name,
            comment,
            visit.now,
            max(since or visit.now, visit.now),
            events=(_event(visit, "Requested", comment),),
        )
        told = self._asking(visit, request, self.way(), comment)
        return self._save(visit, request, "ERASE REQUESTED", comment, told)

    def answer(self, visit: Visit, id: int, status: EraseStatus, comment: str) -> EraseRequest:
        """Approve, deny or cancel. The same again changes nothing. What is approved is begun."""
        way, request = self.way(), self.get(visit, id)
        if way.has_said(visit, request, status):
            return request
        rules.demand_may(
            status,
            request,
            visit.who.user_id,
            approves=way.decides(visit, request),
            dual=self.is_dual(),
        )
        if request.status is EraseStatus.PENDING:
            if status is EraseStatus.APPROVED and not way.ends_with(visit, request):
                return self._stepped(visit, request, comment, way)
            after = request.answered(status, _event(visit, status.value, comment))
            kind = TELLS.get(status)
            whom = [one for one in (request.user_id,) if kind and one != visit.who.user_id]
            told = self._telling(visit, request, whom, kind or Kind.ERASE_DENIED, comment)
            request = self._save(visit, after, f"ERASE {status.value.upper()}", comment, told)
        return request

    def get(self, visit: Visit, id: int) -> EraseRequest:
        """One, for who made it or may approve. NotFound for others."""
        request = self.rows.fetch(id)
        if request is None or not self.way().sees(visit, request):
            raise NotFound("The erase request was not found.")
        return request

    def all(self, visit: Visit) -> list[EraseRequest]:
        """Those that he may see, newest first."""
        way = self.way()
        return [one for one in self.rows.all(MOST_LISTED) if way.sees(visit, one)]

    def waiting(self, visit: Visit) -> list[EraseRequest]:
        """Those that wait for his decision, newest first."""
        way = self.way()
        known = (one for one in self.rows.all(MOST_LISTED) if one.status is EraseStatus.PENDING)
        return [one for one in known if way.decides(visit, one)]

    def named(self, visit: Visit, id: int) -> list[Named]:
        """The secrets of a request, with the names of those that he may list. One read more."""
        request = self.get(visit, id)
        stored = self.secrets.fetch(request.secrets)
        judged = [self.finder.judged(visit, one) for one in stored.values()]
        names = {
            one.secret.id: one.secret.name
            for one in judged
            if self.finder.verdict(visit, one, Deed.LIST) is Verdict.ALLOWED
        }
        return [Named(id, names.get(id, ""), *request.standing_of(id)) for id in request.secrets]

    def carry_out(self, id: int, now: datetime, deadline: datetime) -> EraseRequest:
        """Erase what an approved request names, as far as it gets. May be repeated, and may die
        anywhere: the request stays due until nothing of its secrets is left.
        """
        request = self.rows.fetch(id)
        if request is None:
            raise NotFound("The erase request was not found.")
        if request.due_at is None or now < request.due_at:
            return request
        known = request
        for secret_id in request.left:
            if self.clock() >= deadline:
                break
            known = self._one(known, secret_id, now, deadline)
        event = Event("Erased", now, SYSTEM, "", f"{len(known.done)} secrets")
        is_out_of_time = self.clock() >= deadline
        later = now if is_out_of_time else now + rules.LATER
        after = known.advanced(self.backups_until(now), event, later)
        self.commit([self.rows.put(after)])
        return replace(after, version=after.version + 1)

    def carry_out_due(self, now: datetime, deadline: datetime) -> Tally:
        """Go on with all that are due. Nothing due: one Query. May be repeated."""
        ids = self.rows.due(now, LIMIT)
        if not ids or self.refusal():
            return Tally(len(ids))
        done = 0
        for id in ids:
            try:
                done += self.carry_out(id, now, deadline).status is EraseStatus.ERASED
            except Conflict:  # somebody else is at it, or changed one of the secrets
                continue
        return Tally(len(ids), done)

    def _one(
        self, request: EraseRequest, id: int, now: datetime, deadline: datetime
    ) -> EraseRequest:
        """The request with that secret done, or why it is not; the same when it has to wait."""
        stored = self.secrets.fetch([id]).get(id)
        if stored is not None:
            if stored.state.heartbeat_item or stored.state.change_item:
                return request
            if served := self._served(id):
                why = f"it is the privileged account of {served} others"
                return replace(request, failed={**request.failed, id: why})
            self._forget(request, stored, now)
        while leftovers := self.rows.left(id, TOGETHER):
            if self.clock() >= deadline:
                return request
            writes = [write for one in leftovers for write in self.rows.removed(one)]
            writes += [self.files.given_up(id, one.object, now) for one in leftovers if one.object]
            self.commit(writes)
        return replace(request, done=(*request.done, id))

    def _forget(self, request: EraseRequest, stored: Stored, now: datetime) -> None:
        """From here on the secret is there for nobody; its other rows follow."""
        secret = stored.secret
        files = [one.file for one in (*secret.values.values(), *secret.former) if one.file]
        writes = self.rows.gone(stored)
        writes += [self.files.given_up(secret.id, one.object, now) for one in files if one.object]
        lock = self.locks.fetch(secret.double_lock) if secret.double_lock else None
        if lock is not None:
            writes.append(self.locks.put(lock.counted(-1)))
        told = f"by erase request {request.id}"
        line = AuditRecord(SYSTEM, "ERASE", "Secret", str(secret.id), now, told)
        self.commit(writes, [line])

    def _served(self, id: int) -> int:
        others = self.secrets.fetch(self.secrets.served(id)).values()
        return sum(one.secret.is_active and one.secret.privileged_id == id for one in others)

    def _stepped(
        self, visit: Visit, request: EraseRequest, comment: str, way: EraseWay
    ) -> EraseRequest:
        """One step's approval, where more have to follow; whose turn it is then is told."""
        event = _event(visit, "Approved a step", comment)
        after = request.stepped(way.approval(visit, request), event)
        moved = way.waiting(after) != way.waiting(request)
        told = self._asking(visit, after, way, request.comment) if moved else Posted()
        return self._save(visit, after, "ERASE STEP APPROVED", comment, told)

    def _asking(self, visit: Visit, request: EraseRequest, way: EraseWay, why: str) -> Posted:
        """Tell those whose turn it is to decide."""
        turn = way.waiting(request)
        whom = {*self.approvers()} if turn is None else {*self.people.members(turn)}
        told = sorted(whom - {request.user_id, visit.who.user_id})
        return self._telling(visit, request, told, Kind.ERASE_REQUESTED, why)

    def _telling(
        self, visit: Visit, request: EraseRequest, whom: Sequence[int], kind: Kind, why: str
    ) -> Posted:
        """Nothing during an upgrade: a node of the version before knows no such message."""
        if visit.upgrading:
            return Posted()
        count = len(request.secrets)
        name = visit.who.display_name or visit.who.name
        details = f"{name} {VERBS[kind]} the erasing of {count} secret{'s' if count > 1 else ''}."
        note = Note(kind, details, {"SecretEraseRequestId": request.id})
        return self.notices.telling(whom[:MOST_TOLD], note, why, request.id, visit.now)

    def _save(  # noqa: PLR0913 - what is saved, and what is said of it
        self, visit: Visit, one: EraseRequest, action: str, told: str, mail: Posted
    ) -> EraseRequest:
        detail = "; ".join(text for text in (f"erase request {one.id}", told) if text)
        lines = [visit.audit(action, "Secret", id, detail) for id in one.secrets]
        self.commit([self.rows.put(one), *mail.writes], lines, mail.events)
        return replace(one, version=one.version + 1)


def _event(visit: Visit, action: str, details: str) -> Event:
    name = visit.who.display_name or visit.who.name
    return Event(action, visit.now, visit.who.user_id, name, details)
