"""The vault's rows: secrets, their state and history, folders."""

from .definitions import DefinitionStore
from .double_locks import DoubleLocks
from .erasing import Erasures
from .files import FileStore
from .folders import FolderStore
from .lock_keys import LockKeys
from .requests import RequestStore
from .search import SearchStore
from .secrets import SecretStore
from .values import Values

__all__ = [
    "DefinitionStore",
    "DoubleLocks",
    "Erasures",
    "FileStore",
    "FolderStore",
    "LockKeys",
    "RequestStore",
    "SearchStore",
    "SecretStore",
    "Values",
]
