"""Approval: who has to ask before he may use a secret, and whom. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.core.errors import AccessDenied, Invalid

from .grants import Deed, Grantee, Role

MOST_APPROVERS = 20

KEPT = frozenset(
    {
        Deed.REVEAL,
        Deed.HISTORY,
        Deed.EDIT,
        Deed.DELETE,
        Deed.CHANGE_PASSWORD,
        Deed.CHECK_OUT,
        Deed.COPY,
        Deed.CONVERT,
    }
)
"""What nobody does without the approval that he needs."""


class RequiresApproval(AccessDenied):
    """The secret requires approval: request access, and wait until it is granted."""

    code = "API_RequiresApproval"


class Asking(StrEnum):
    """The contract's SecretDetailApprovalType: who has to ask."""

    NOBODY = "None"
    VIEWERS = "RequireApproval"
    EDITORS = "RequireEditorsApproval"
    EVERYBODY = "RequireEveryoneApproval"


EXEMPT: Mapping[Asking, Role] = {
    Asking.NOBODY: Role.LIST,
    Asking.VIEWERS: Role.EDIT,
    Asking.EDITORS: Role.OWNER,
}
"""From which role on nobody has to ask; approvers do not either, but where everybody does."""


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """What a secret asks of those who want to use it.

    approvers:   any one of them decides, but about his own request
    workflow_id: whose steps count instead of the approvers; 0 for none
    """

    asking: Asking = Asking.NOBODY
    approvers: tuple[Grantee, ...] = ()
    workflow_id: int = 0

    def __post_init__(self) -> None:
        if len(self.approvers) > MOST_APPROVERS:
            raise Invalid(f"A secret has at most {MOST_APPROVERS} approvers.")
        if self.required and not self.approvers and not self.workflow_id:
            raise Invalid("Approval needs approvers: nobody could approve.")

    @property
    def required(self) -> bool:
        return self.asking is not Asking.NOBODY

    def is_approver(self, them: frozenset[Grantee]) -> bool:
        """Whether one of them is an approver. Of a workflow nobody is: its steps tell."""
        return not self.workflow_id and not them.isdisjoint(self.approvers)

    def exempts(self, role: Role | None, them: frozenset[Grantee]) -> bool:
        """Whether somebody of that role need not ask."""
        if self.asking is Asking.EVERYBODY:
            return False
        return (role is not None and role >= EXEMPT[self.asking]) or self.is_approver(them)
