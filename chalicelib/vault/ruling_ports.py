"""What services need of the rows that rule many secrets: templates, policies, workflows."""

from __future__ import annotations

from typing import Protocol

from .character_set import CharacterSet
from .definitions import Definitions
from .field_change import FieldChange
from .policy import Policy
from .policy_run import PolicyRun
from .ports import Write
from .recheck import Recheck
from .requirement import Requirement
from .templates import Template
from .workflow import Workflow


class DefinitionRows(Protocol):
    """Templates, requirements, and what is to be judged by them again."""

    def current(self) -> Definitions: ...

    def fresh(self) -> Definitions: ...

    def put(self, kind: Template) -> Write: ...

    def put_requirement(self, one: Requirement) -> Write: ...

    def put_set(self, one: CharacterSet) -> Write: ...

    def rechecks(self) -> list[Recheck]: ...

    def ask(self, one: Recheck) -> Write: ...

    def moved(self, one: Recheck, cursor: str) -> Write: ...

    def over(self, one: Recheck) -> Write: ...


class PolicyRows(Protocol):
    """Secret policies, whose own they are, and changes of them on their way to secrets."""

    def put(self, policy: Policy) -> Write: ...

    def runs(self) -> list[PolicyRun]: ...

    def ask(self, run: PolicyRun) -> Write: ...

    def moved(self, run: PolicyRun) -> Write: ...

    def over(self, run: PolicyRun) -> Write: ...

    def owned(self, policy_id: int, after: int = 0, most: int = 1_000_000) -> list[int]: ...

    def own(self, policy_id: int, secret_id: int) -> Write: ...

    def disown(self, policy_id: int, secret_id: int) -> Write: ...


class FieldChangeRows(Protocol):
    """Changes of fields on their way to secrets."""

    def asked(self) -> list[FieldChange]: ...

    def ask(self, one: FieldChange) -> Write: ...

    def moved(self, one: FieldChange) -> Write: ...

    def over(self, one: FieldChange) -> Write: ...


class WorkflowRows(Protocol):
    def put(self, one: Workflow) -> Write: ...
