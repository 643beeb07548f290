"""The cluster's endpoints; importing this declares them all."""

from . import health, licences, nodes

__all__ = ["health", "licences", "nodes"]
