"""Who decides an erase request: holders of the role permission, or steps of a workflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.vault.erasure import APPROVE, EraseRequest, EraseStatus
from chalicelib.vault.grants import Grantee
from chalicelib.vault.visit import Visit
from chalicelib.vault.workflow import Approval, Step, has_approved, step_of


@dataclass(frozen=True, slots=True)
class EraseWay:
    """steps:   None without a workflow; none of one that is not there: then nobody approves
    edition: of the workflow as it is now
    """

    steps: Sequence[Step] | None = None
    edition: int = 0

    def sees(self, visit: Visit, request: EraseRequest) -> bool:
        """Whether he may know of it."""
        is_his = request.user_id == visit.who.user_id or visit.who.may(APPROVE)
        return is_his or any(step.has(visit.them) for step in self.steps or ())

    def decides(self, visit: Visit, request: EraseRequest) -> bool:
        """Whether it is his turn."""
        if self.steps is None:
            return visit.who.may(APPROVE)
        at, me = self._at(request), visit.who.user_id
        is_his = at is not None and self.steps[at].has(visit.them)
        return is_his and not has_approved(me, request.approvals, self.edition)

    def has_said(self, visit: Visit, request: EraseRequest, status: EraseStatus) -> bool:
        """Whether he has approved a step of it already."""
        is_yes = self.steps is not None and status is EraseStatus.APPROVED
        return is_yes and has_approved(visit.who.user_id, request.approvals, self.edition)

    def approval(self, visit: Visit, request: EraseRequest) -> Approval:
        return Approval(self._at(request) or 0, visit.who.user_id, self.edition)

    def ends_with(self, visit: Visit, request: EraseRequest) -> bool:
        """Whether his approval is the last that is needed."""
        given = (*request.approvals, self.approval(visit, request))
        return self.steps is None or step_of(self.steps, given, self.edition) is None

    def waiting(self, request: EraseRequest) -> Sequence[Grantee] | None:
        """Whose turn it is, by a workflow; None without one."""
        at = self._at(request)
        if self.steps is None:
            return None
        return () if at is None else self.steps[at].approvers

    def _at(self, request: EraseRequest) -> int | None:
        return step_of(self.steps or (), request.approvals, self.edition)
