"""One line of the audit trail: who did what to which thing, from where, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SYSTEM = 0  # the user id of what Conclave does by itself


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What happened. `detail` is for people and never holds a secret value.

    actor:   user id, or SYSTEM
    action:  the verb in upper case: VIEW, CREATE, UPDATE, DELETE, LOGIN, HEARTBEAT, ...
    kind:    what it happened to: Secret, Folder, User, Node, Engine, Job, ...
    item:    that thing's id as text
    address: the client's address, "" for the system
    through: what acted for the actor: a node's or an engine's name
    """

    actor: int
    action: str
    kind: str
    item: str
    at: datetime
    detail: str = ""
    address: str = ""
    through: str = ""
    cause: str = ""
