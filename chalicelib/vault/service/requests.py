"""Asking for access, and deciding about it: each is one transaction with the secret's state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.again import settled
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.inbox.message import Kind, Note
from chalicelib.mail.service import Posted
from chalicelib.vault import access_request as rules
from chalicelib.vault.access_request import AccessRequest, Answer, Event, Status
from chalicelib.vault.approval import ApprovalTerms, Asking, RequiresApproval
from chalicelib.vault.change import Change
from chalicelib.vault.definitions import Definitions
from chalicelib.vault.grants import Deed, Grantee, Role
from chalicelib.vault.people import Named, Wanted
from chalicelib.vault.ports import Commit, Counter, People, Requests, Secrets
from chalicelib.vault.secret import Stored
from chalicelib.vault.visit import Visit
from chalicelib.vault.workflow import Step

from .editing import EditService
from .finding import At, Finder, Found
from .notices import Notices
from .ways import Way

MOST_LISTED = 1_000
MOST_TOLD = 40
"""Approvers who are told in one transaction; the others in further ones, after the request's."""
"""Approvers who are told of a request in its transaction; the others find it in their list."""

TELLS = {Status.APPROVED: Kind.ACCESS_GRANTED, Status.DENIED: Kind.ACCESS_DENIED}
"""What is told to who asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as somebody sees it. `reviews`: he may decide about it now."""

    request: AccessRequest
    folder_id: int
    reviews: bool
    has_workflow: bool = False


@dataclass(frozen=True, slots=True)
class RequestService:
    finder: Finder
    edits: EditService
    secrets: Secrets
    requests: Requests
    people: People
    notices: Notices
    counter: Counter
    commit: Commit
    definitions: Callable[[], Definitions]

    def set_terms(
        self,
        visit: Visit,
        at: At,
        asking: Asking | None,
        approvers: Sequence[int] | None,
        workflow: int | None = None,
    ) -> Found:
        """Say who has to ask, and whom, by ids of groups: a user by his own. NotFound for others.

        None leaves it. Its Owner's to do; where everybody has to ask, he too has to be let in.
        """
        known = self.finder.secret(visit, at, Deed.EDIT).secret.approval
        whom = known.approvers
        if approvers is not None:
            found = [self.people.find(Wanted(group_id=id)).to for id in dict.fromkeys(approvers)]
            whom = tuple(found)
        flow = known.workflow_id if workflow is None else workflow
        if flow and not self.definitions().workflow(flow).is_active:
            raise Invalid("The workflow template is not active.")
        terms = ApprovalTerms(known.asking if asking is None else asking, whom, flow)
        return self.edits.change(visit, at, Change(approval=terms))

    def ask(self, visit: Visit, at: At, since: datetime | None, until: datetime | None) -> Asked:
        """Ask for access to a secret, for what the visitor says. The same again is the same.

        Invalid for who need not ask, for an impossible time, and while another request waits.
        """
        found = self.finder.granted(visit, at, Deed.VIEW)
        whys = self.finder.refusals(visit, found, Deed.REVEAL)
        if not any(isinstance(why, RequiresApproval) for why in whys):
            raise Invalid("You need not ask for access to this secret now.")
        begins, ends = rules.span(since, until, visit.now)
        name = visit.who.display_name or visit.who.name
        wanted = AccessRequest(
            0,
            found.secret.id,
            found.secret.name,
            visit.who.user_id,
            name,
            visit.comment,
            visit.now,
            begins,
            ends,
            events=(_event(visit, "Requested", visit.comment.told),),
            answer_by=self._answer_by(visit, found.secret.approval),
        )
        made = settled(lambda: self._asked(visit, wanted, found.secret.approval))
        return Asked(made, found.secret.folder_id, False)

    def answer(self, visit: Visit, id: int, said: Answer) -> Asked:
        """Approve, deny or cancel a request. The same again by the same person changes nothing.

        Invalid once it is decided or over, AccessDenied for who may not, NotFound for who may not
        know of it.
        """

        def once() -> Asked:
            one, stored = self._seen(visit, id)
            request = one.request
            way = self._way(stored.secret.approval)
            if way.has_said(visit, request, said):
                return one
            rules.demand_may(said, request, visit.who.user_id, approves=way.reviews(visit, request))
            if request.status is said.status and request.events[-1].user_id == visit.who.user_id:
                return one
            return replace(one, request=self._decided(visit, request, stored, said, way))

        return settled(once)

    def get(self, visit: Visit, id: int) -> Asked:
        """One request, for who made it and for approvers. NotFound for others."""
        return self._seen(visit, id)[0]

    def of_secret(self, visit: Visit, at: At) -> list[Asked]:
        """The requests for a secret, newest first: one's own; all, for Owners and approvers."""
        found = self.finder.secret(visit, at, Deed.LIST)
        is_approver = self._way(found.secret.approval).has(visit)
        sees_all = is_approver or found.role is Role.OWNER
        return [
            Asked(one, found.secret.folder_id, is_approver and one.user_id != visit.who.user_id)
            for one in self.requests.of_secret(found.secret.id, MOST_LISTED)
            if sees_all or one.user_id == visit.who.user_id
        ]

    def mine(self, visit: Visit) -> list[Asked]:
        """What the visitor has asked for, newest first."""
        found = self.requests.by(visit.who.user_id, MOST_LISTED)
        stored = self.secrets.fetch([*{one.secret_id for one in found}])
        return [
            Asked(one, stored[one.secret_id].secret.folder_id, False)
            for one in found
            if one.secret_id in stored
        ]

    def to_review(self, visit: Visit) -> list[Asked]:
        """What waits for the visitor, and what he has decided, newest first."""
        found = self.requests.waiting(visit.who.user_id, MOST_LISTED)
        stored = self.secrets.fetch([*{one.secret_id for one in found}])
        seen = [self._as_seen(visit, one, stored.get(one.secret_id)) for one in found]
        known = [one for one in seen if one is not None and one.reviews]
        return [one for one in known if one.request.decided or one.request.waits(visit.now)]

    def approvers(self, request: AccessRequest) -> list[Named]:
        """Who may decide about it. Two Queries and a read."""
        stored = self.secrets.fetch([request.secret_id]).get(request.secret_id)
        known = self._way(stored.secret.approval).waiting(request) if stored else ()
        return list(self.people.known(known).values())

    def _answer_by(self, visit: Visit, terms: ApprovalTerms) -> datetime | None:
        flow = self.definitions().workflows.get(terms.workflow_id)
        return visit.now + flow.answered_within if flow and flow.answered_within else None

    def _way(self, terms: ApprovalTerms) -> Way:
        """The steps that a request goes, as they are now: one, without a workflow."""
        if not terms.workflow_id:
            return Way((Step("", terms.approvers),))
        flow = self.definitions().workflows.get(terms.workflow_id)
        return Way(flow.steps, flow.version) if flow else Way(())

    def _seen(self, visit: Visit, id: int) -> tuple[Asked, Stored]:
        request = self.requests.fetch(id)
        stored = self.secrets.fetch([request.secret_id]) if request else {}
        known = stored.get(request.secret_id) if request else None
        seen = self._as_seen(visit, request, known) if request else None
        if seen is None or known is None:
            raise NotFound("The access request was not found.")
        return seen, known

    def _as_seen(self, visit: Visit, request: AccessRequest, stored: Stored | None) -> Asked | None:
        """The request, for who made it or may decide about it; None for others."""
        if stored is None:
            return None
        is_own = request.user_id == visit.who.user_id
        way = self._way(stored.secret.approval)
        if not is_own and not way.has(visit):
            return None
        reviews = way.reviews(visit, request) and not is_own
        flows = bool(stored.secret.approval.workflow_id)
        return Asked(request, stored.secret.folder_id, reviews, flows)

    def _asked(self, visit: Visit, wanted: AccessRequest, terms: ApprovalTerms) -> AccessRequest:
        before = self.requests.last(wanted.secret_id, wanted.user_id)
        if before and before.waits(visit.now):
            if before.is_same(wanted):
                return before
            raise Invalid(f"Your access request {before.id} is waiting: cancel it first.")
        made = replace(wanted, id=self.counter.next("access-request"))
        told, *others = self._telling(visit, made, self._way(terms).waiting(made))
        self.commit(
            [self.requests.put(made), self.requests.point(made, before), *told.writes],
            [_line(visit, made, "ACCESS REQUESTED", made.comment.told)],
            told.events,
        )
        self._tell(others)
        return replace(made, version=1)

    def _telling(
        self, visit: Visit, request: AccessRequest, whom: Sequence[Grantee]
    ) -> list[Posted]:
        """What tells those whose turn it is to decide; the first with the request itself."""
        approvers = sorted(self.people.members(whom) - {request.user_id})
        note = _note(Kind.ACCESS_REQUESTED, request, f"{request.user_name} asks for access to")
        why = request.comment.told
        return [
            self.notices.telling(approvers[at : at + MOST_TOLD], note, why, request.id, visit.now)
            for at in range(0, max(len(approvers), 1), MOST_TOLD)
        ]

    def _tell(self, others: Sequence[Posted]) -> None:
        """Tell the rest; where that is not reached, they see the request in their lists."""
        for one in others:
            self.commit(one.writes, [], one.events)

    def _stepped(
        self, visit: Visit, request: AccessRequest, stored: Stored, said: Answer, way: Way
    ) -> AccessRequest:
        """One step's approval, where more have to follow."""
        given = way.approval(visit, request)
        event = _event(visit, "Approved a step", said.comment)
        after = request.stepped(said, given, event, visit.now)
        writes = [self.requests.put(after), self.secrets.unchanged(stored.secret)]
        told, others = Posted(), list[Posted]()
        if way.at(after) != way.at(request):
            told, *others = self._telling(visit, after, way.waiting(after))
        line = _line(visit, after, "ACCESS STEP APPROVED", said.comment)
        self.commit([*writes, *told.writes], [line], told.events)
        self._tell(others)
        return replace(after, version=request.version + 1)

    def _decided(
        self, visit: Visit, request: AccessRequest, stored: Stored, said: Answer, way: Way
    ) -> AccessRequest:
        if said.status is Status.APPROVED and not way.ends_with(visit, request):
            return self._stepped(visit, request, stored, said, way)
        event = _event(visit, said.status.value, said.comment)
        after = request.answered(said, event, visit.now)
        state = stored.state
        if after.status is Status.APPROVED:
            state = state.opened(after.window(event.name), visit.now)
        elif request.status is Status.APPROVED:
            state = state.closed(request.window_id)
        writes = [self.requests.put(after)]
        if state != stored.state:
            writes += [self.secrets.put_state(state), self.secrets.unchanged(stored.secret)]
        told = Posted()
        if kind := TELLS.get(after.status):
            note = _note(kind, after, f"{event.name} {after.status.lower()} access to")
            told = self.notices.telling([after.user_id], note, said.comment, after.id, visit.now)
        action = f"ACCESS {said.status.value.upper()}"
        line = _line(visit, after, action, said.comment)
        self.commit([*writes, *told.writes], [line], told.events)
        return replace(after, version=request.version + 1)


def _event(visit: Visit, action: str, details: str) -> Event:
    name = visit.who.display_name or visit.who.name
    return Event(action, visit.now, visit.who.user_id, name, details)


def _note(kind: Kind, request: AccessRequest, told: str) -> Note:
    facts: dict[str, int | str] = {
        "SecretAccessRequestId": request.id,
        "SecretId": request.secret_id,
        "SecretName": request.secret_name,
    }
    return Note(kind, f"{told} {request.secret_name}.", facts)


def _line(visit: Visit, request: AccessRequest, action: str, told: str) -> AuditRecord:
    span = f"{request.since:%Y-%m-%d %H:%M} to {request.until:%Y-%m-%d %H:%M} UTC"
    facts = [f"access request {request.id} of {request.user_name}", span, told]
    detail = "; ".join(one for one in facts if one)
    return visit.audit(action, "Secret", request.secret_id, detail)
