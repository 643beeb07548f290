"""The vault's rows: secrets, their state and history, folders."""

from .definitions import DefinitionStore
from .folders import FolderStore
from .search import SearchStore
from .secrets import SecretStore
from .values import Values

__all__ = ["DefinitionStore", "FolderStore", "SecretStore", "Values"]
__all__ = ["FolderStore", "SearchStore", "SecretStore", "Values"]
