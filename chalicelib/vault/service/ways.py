"""The way that a request goes, as somebody meets it: whose turn it is, and what his word does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.vault.access_request import AccessRequest, Answer, Status
from chalicelib.vault.grants import Grantee
from chalicelib.vault.visit import Visit
from chalicelib.vault.workflow import Approval, Step, has_approved, step_of


@dataclass(frozen=True, slots=True)
class Way:
    """edition: of the workflow as it is now; 0 where a secret names its approvers itself"""

    steps: Sequence[Step]
    edition: int = 0

    def has(self, visit: Visit) -> bool:
        """Whether the visitor is an approver of any step."""
        return any(one.has(visit.them) for one in self.steps)

    def at(self, request: AccessRequest) -> int | None:
        """The step that waits; None when none does."""
        return step_of(self.steps, request.approvals, self.edition)

    def waiting(self, request: AccessRequest) -> Sequence[Grantee]:
        """Whose turn it is."""
        at = self.at(request)
        return () if at is None else self.steps[at].approvers

    def reviews(self, visit: Visit, request: AccessRequest) -> bool:
        """Whether he may decide now. Of one that was decided, any approver may take it back."""
        if request.status is not Status.PENDING:
            return self.has(visit)
        at, me = self.at(request), visit.who.user_id
        is_his = at is not None and self.steps[at].has(visit.them)
        return is_his and not has_approved(me, request.approvals, self.edition)

    def has_said(self, visit: Visit, request: AccessRequest, said: Answer) -> bool:
        """Whether he has approved already what still waits for others."""
        waits = request.status is Status.PENDING and said.status is Status.APPROVED
        return waits and has_approved(visit.who.user_id, request.approvals, self.edition)

    def approval(self, visit: Visit, request: AccessRequest) -> Approval:
        return Approval(self.at(request) or 0, visit.who.user_id, self.edition)

    def ends_with(self, visit: Visit, request: AccessRequest) -> bool:
        """Whether his approval is the last that is needed."""
        given = (*request.approvals, self.approval(visit, request))
        return step_of(self.steps, given, self.edition) is None
