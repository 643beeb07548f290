"""The endpoints of imports and exports; importing this declares them all."""

from . import exports, imports

__all__ = ["exports", "imports"]
