"""Use cases of the cluster: the gate for other areas, nodes and their boxes, health."""

from .backbone import BackboneService, BusState, Leftover
from .caches import CacheService
from .clustering import ClusteringService
from .conflicts import ConflictService
from .dead_letters import DeadLetterWatch
from .gate import GateService, GateStore
from .health import HealthService
from .licences import LicenceService, Standing
from .maintenance import MaintenanceService
from .migrating import MigrationService
from .mirror import MirrorService, Regions
from .nodes import Change, NodeService, Shown
from .unlimited import UnlimitedService
from .upgrades import Limits, UpgradeService
from .upgrades import Shown as ShownUpgrade

__all__ = [
    "BackboneService",
    "BusState",
    "CacheService",
    "Change",
    "ClusteringService",
    "ConflictService",
    "DeadLetterWatch",
    "GateService",
    "GateStore",
    "HealthService",
    "Leftover",
    "LicenceService",
    "Limits",
    "MaintenanceService",
    "UnlimitedService",
    "MirrorService",
    "MigrationService",
    "NodeService",
    "Regions",
    "Shown",
    "Standing",
    "ShownUpgrade",
    "UpgradeService",
]
