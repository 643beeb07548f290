"""The cluster's endpoints; importing this declares them all."""

from . import health, nodes

__all__ = ["health", "nodes"]
