"""The vault's use cases, one file for each noun."""

from .editing import EditService
from .finding import At, Finder, Found
from .secrets import Former, Opened, SecretService
from .sharing import Sharing
from .work import WorkService

__all__ = [
    "At",
    "EditService",
    "Finder",
    "Former",
    "Found",
    "Opened",
    "SecretService",
    "Sharing",
    "WorkService",
]
