"""What an agent's look changed that people should hear of: audit rows, which are the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.audit import SYSTEM, AuditRecord

from .functions import Role
from .gate import BAR_TEXT, Bar, Gate
from .licensing import Licensing
from .node import Made, standstill


@dataclass(frozen=True, slots=True)
class News:
    """Writes the events of one node's agent, as of one moment."""

    node: str
    at: datetime

    def of_gate(self, before: Gate, after: Gate) -> list[AuditRecord]:
        """That the node disagrees or is well again; that a role has no holder, or one again."""
        bars = before.barred.get(self.node), after.barred.get(self.node)
        told = [] if bars[0] == bars[1] else [self.of_bar(bars[1])]
        if before.unheld != after.unheld:
            told.append(self._of_roles(after.unheld))
        if before.licensing.signer != after.licensing.signer:
            told.append(self._of_signer(after.licensing))
        return told

    def of_bar(self, bar: Bar | None) -> AuditRecord:
        if bar is None:
            return self._record("WELL", "well again")
        return self._record("DISAGREES", BAR_TEXT[bar])

    def of_region(self, gate: Gate) -> AuditRecord:
        """That the gate named a region which had been decided against."""
        detail = f"{gate.writing}: the gate had come over from a region that did not know yet"
        return AuditRecord(
            SYSTEM, "WRITING REGION", "Cluster", "gate", self.at, detail, through=self.node
        )

    def of_look(self, before: Made, after: Made, healed: Sequence[str]) -> list[AuditRecord]:
        """That queues are missing or there again, and what was set right."""
        gone, back = after.missing - before.missing, before.missing - after.missing
        told = [self._record("QUEUE MISSING", missing_text([name])) for name in sorted(gone)]
        told += [self._record("QUEUE BACK", f"The queue {name} is there.") for name in sorted(back)]
        return told + [self._record("HEALED", text) for text in healed]

    def _of_roles(self, unheld: str) -> AuditRecord:
        texts = [standstill(Role(role)) for role in unheld.split()]
        action, detail = ("ROLE UNHELD", " ".join(texts)) if texts else ("ROLES HELD", "")
        detail = detail or "every role has a holder"
        return AuditRecord(SYSTEM, action, "Cluster", "roles", self.at, detail, through=self.node)

    def _of_signer(self, after: Licensing) -> AuditRecord:
        text = (
            f"{after.signer}; the evaluation holds until {after.trial}" if after.signer else "none"
        )
        return AuditRecord(SYSTEM, "SIGNER", "Licenses", "signer", self.at, text, through=self.node)

    def _record(self, action: str, detail: str) -> AuditRecord:
        return AuditRecord(SYSTEM, action, "Node", self.node, self.at, detail, through=self.node)


def missing_text(names: Sequence[str]) -> str:
    """What people are told of missing queues; "" of none."""
    if not names:
        return ""
    return f"Queues are missing: {', '.join(sorted(names))}. The doctor says how they should be."
