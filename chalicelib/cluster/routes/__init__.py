"""The cluster's endpoints; importing this declares them all."""

from . import health, licences, mirror, nodes, nodes_state, upgrade

__all__ = ["health", "licences", "mirror", "nodes", "nodes_state", "upgrade"]
