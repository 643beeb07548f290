"""The vault's rows: secrets, their state and history, folders."""

from .definitions import DefinitionStore
from .double_locks import DoubleLocks
from .erasing import Erasures
from .favourites import FavouriteStore
from .field_changes import FieldChangeStore
from .files import FileStore
from .folders import FolderStore
from .lock_keys import LockKeys
from .policies import PolicyStore
from .requests import RequestStore
from .scripts import ScriptStore
from .search import SearchStore
from .secrets import SecretStore
from .values import Values
from .workflows import WorkflowStore

__all__ = [
    "DefinitionStore",
    "DoubleLocks",
    "Erasures",
    "FavouriteStore",
    "FieldChangeStore",
    "FileStore",
    "FolderStore",
    "LockKeys",
    "PolicyStore",
    "RequestStore",
    "ScriptStore",
    "SearchStore",
    "SecretStore",
    "Values",
    "WorkflowStore",
]
