"""Whether a secret's passwords meet what their template asks of them. Pure.

Of each password only that fact is kept, with the versions of the value and of the requirement that
it is about: once either has moved, the fact is of the past and the secret waits to be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.core.plain import Plain

from .passwords import faults
from .requirement import Requirement

if TYPE_CHECKING:
    from .secret import Secret
    from .state import SecretState


class Compliance(StrEnum):
    """The contract's SecretPasswordComplianceCode."""

    PENDING = "Pending"
    PASS = "Pass"  # noqa: S105 - the name of a state
    FAIL = "Fail"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found: of which version of a value, by which edition of which requirement."""

    value: int
    requirement: int
    edition: int
    is_met: bool

    def is_about(self, version: int, rules: Requirement) -> bool:
        known = (self.value, self.requirement, self.edition)
        return known == (version, rules.id, rules.version or 0)


def judged(secret: Secret, open: Callable[[str], Plain]) -> Mapping[str, Judgement]:
    """All of a secret's passwords, judged now, by the keys of their fields.

    open: the present value of the field of a slug
    """
    kind = secret.template
    name = open(kind.username_slug) if kind.username_slug else Plain("")
    found = {}
    for one in kind.fields:
        value = secret.value_of(one.slug)
        if one.rules and value:
            is_met = not faults(open(one.slug), one.rules, name)
            edition = one.rules.version or 0
            found[one.stored_as] = Judgement(value.version, one.rules.id, edition, is_met)
    return found


def compliance(secret: Secret, state: SecretState) -> Compliance:
    """What is known of its passwords now. One that fails is enough to fail."""
    verdicts = []
    for one in secret.template.fields:
        value = secret.value_of(one.slug)
        if one.rules and value:
            known = state.judged.get(one.stored_as)
            is_current = known is not None and known.is_about(value.version, one.rules)
            verdicts.append(known.is_met if known and is_current else None)
    if False in verdicts:
        return Compliance.FAIL
    return Compliance.PENDING if None in verdicts else Compliance.PASS
