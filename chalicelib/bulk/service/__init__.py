"""Bulk operations: asked for by people, done by workers."""

from .asking import Begun, BulkService, Progress
from .ports import SLICE, Deeds
from .running import BulkWorker
from .secrets import SecretDeeds
from .users import UserDeeds

__all__ = [
    "SLICE",
    "Begun",
    "BulkService",
    "BulkWorker",
    "Deeds",
    "Progress",
    "SecretDeeds",
    "UserDeeds",
]
