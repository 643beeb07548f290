"""Use cases of the cluster: the gate for other areas, nodes and their boxes, health."""

from .backbone import BackboneService, BusState, Leftover
from .clustering import ClusteringService
from .dead_letters import DeadLetterWatch
from .gate import GateService, GateStore
from .health import HealthService
from .licences import LicenceService, Standing
from .maintenance import MaintenanceService
from .nodes import Change, NodeService, Shown

__all__ = [
    "BackboneService",
    "BusState",
    "Change",
    "ClusteringService",
    "DeadLetterWatch",
    "GateService",
    "GateStore",
    "HealthService",
    "Leftover",
    "LicenceService",
    "MaintenanceService",
    "NodeService",
    "Shown",
    "Standing",
]
