"""The cluster's rows: the gate, the nodes, what was raised about dead letters, the upgrade."""

from .conflicts import Conflicts
from .dead_letters import DeadLetters
from .gate import LETTERS, GateRow, Gates, gate_of
from .licences import Licences
from .nodes import Nodes
from .upgrades import Upgrades

__all__ = [
    "LETTERS",
    "Conflicts",
    "DeadLetters",
    "GateRow",
    "Gates",
    "Licences",
    "Nodes",
    "Upgrades",
    "gate_of",
]
