"""The cluster's endpoints; importing this declares them all."""

from . import diagnostics, health, licences, mirror, nodes, nodes_state, upgrade

__all__ = ["diagnostics", "health", "licences", "mirror", "nodes", "nodes_state", "upgrade"]
