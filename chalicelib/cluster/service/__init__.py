"""Use cases of the cluster: the gate for other areas, nodes and their boxes, health."""

from .dead_letters import DeadLetterWatch
from .gate import GateService, GateStore
from .health import HealthService
from .maintenance import MaintenanceService
from .nodes import Change, NodeService, Shown

__all__ = [
    "Change",
    "DeadLetterWatch",
    "GateService",
    "GateStore",
    "HealthService",
    "MaintenanceService",
    "NodeService",
    "Shown",
]
