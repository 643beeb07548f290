"""Workflows of approval: steps, in order, each with who decides and how many of them. Pure.

One person approves one step of a request. What was approved under a workflow that was changed
since counts no more: the request begins again at the first step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.core.errors import Invalid

from .approval import MOST_APPROVERS
from .grants import Grantee

MOST_STEPS = 10
MAX_NAME = 100
MAX_DESCRIPTION = 1_000
LONGEST_WAIT = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Step:
    """needed: how many of the approvers, each another person, have to approve"""

    name: str
    approvers: tuple[Grantee, ...]
    needed: int = 1

    def has(self, them: frozenset[Grantee]) -> bool:
        return not them.isdisjoint(self.approvers)


@dataclass(frozen=True, slots=True)
class Workflow:
    """answered_within: how long a request waits before it expires; None for as long as it asks for
    version:         of the stored row; a change is based on one
    """

    id: int
    name: str
    description: str = ""
    is_active: bool = True
    steps: tuple[Step, ...] = ()
    version: int = 0
    answered_within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes to one step. edition: of the workflow as it was then."""

    step: int
    user_id: int
    edition: int


def step_of(steps: Sequence[Step], given: Sequence[Approval], edition: int) -> int | None:
    """The step that waits; None when all were approved."""
    for number, step in enumerate(steps):
        if len(approvers_in(number, given, edition)) < step.needed:
            return number
    return None


def approvers_in(number: int, given: Sequence[Approval], edition: int) -> frozenset[int]:
    """Who approved a step."""
    counted = (one for one in given if one.edition == edition)
    return frozenset(one.user_id for one in counted if one.step == number)


def has_approved(user_id: int, given: Sequence[Approval], edition: int) -> bool:
    return any((one.user_id, one.edition) == (user_id, edition) for one in given)


def demand_whole(workflow: Workflow) -> None:
    """Raise Invalid for a workflow that nobody could go through."""
    if not 1 <= len(workflow.name) <= MAX_NAME or len(workflow.description) > MAX_DESCRIPTION:
        raise Invalid(f"A workflow's name has 1 to {MAX_NAME} characters.")
    if not 1 <= len(workflow.steps) <= MOST_STEPS:
        raise Invalid(f"A workflow has 1 to {MOST_STEPS} steps.")
    for step in workflow.steps:
        if not 1 <= len(step.approvers) <= MOST_APPROVERS:
            raise Invalid(f"A step has 1 to {MOST_APPROVERS} approvers.")
        is_short = len(step.approvers) < step.needed and _all_users(step)
        if not 1 <= step.needed <= MOST_APPROVERS or is_short:
            raise Invalid("needed must be 1 or more, and no more than who can approve.")


def _all_users(step: Step) -> bool:
    return all(one.who == "user" for one in step.approvers)
