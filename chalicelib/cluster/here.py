"""The gate as web requests of one node meet it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.errors import ConclaveError, NotInCluster

from .gate import OWN, Code, Gate, write_refusal
from .licensing import lapse_text
from .region import why_outside


@dataclass(frozen=True, slots=True)
class Here:
    """The gate as web requests of one node meet it.

    maintenance: writes to the vault are refused
    replica:     so is every other write: it would be lost with the next backup
    outside:     refuses all writes but those of sessions: why, or ""
    refusal:     the error that a write to the vault meets; None when it is taken
    """

    gate: Gate
    node: str
    in_cluster: bool
    maintenance: bool
    replica: bool = False
    outside: str = ""
    refusal: ConclaveError | None = None

    def unlimited(self, now: datetime) -> str:
        """Until when unlimited administration is on, as its header says it; "" when it is not."""
        return self.gate.unlimited.notice(now)

    def view_only(self, now: datetime) -> str:
        """Why people may change nothing in the vault here for want of a licence; "" if they may."""
        return lapse_text(self.gate.licensing, self.node, now)


def here(gate: Gate, node: str, code: Code = OWN) -> Here:
    """What web requests may do on that node now; one that is barred is read-only."""
    refusal = write_refusal(gate, node, "vault", code)
    in_cluster, outside = gate.wanted(node).in_cluster, why_outside(gate, node)
    read_only = refusal is not None
    return Here(gate, node, in_cluster, read_only, bool(gate.replica), outside, refusal)


def web_refusal(gate: Gate, node: str) -> NotInCluster | None:
    """The error of a request to a standby; endpoints marked `out_of_cluster` are served anyway."""
    return None if gate.wanted(node).in_cluster else NotInCluster()
