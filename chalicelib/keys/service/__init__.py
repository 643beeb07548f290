"""Use cases of the cluster's keys."""

from .keeping import KeyService, Shown
from .rotating import RotationService, Status

__all__ = ["KeyService", "RotationService", "Shown", "Status"]
