"""The API of the cluster's keys."""

from . import management, rotation, wrapping

__all__ = ["management", "rotation", "wrapping"]
