"""What the vault is kept in: its rows, its values, its files."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import backbone, keyring

if TYPE_CHECKING:
    from chalicelib.vault.service import Cabinet
    from chalicelib.vault.store import (
        DefinitionStore,
        DoubleLocks,
        FileStore,
        FolderStore,
        LockKeys,
        PolicyStore,
        ScriptStore,
        SearchStore,
        SecretStore,
        Values,
    )


@cache
def definition_store() -> DefinitionStore:
    from chalicelib.vault.definitions import EPOCH
    from chalicelib.vault.store import DefinitionStore

    return DefinitionStore(lambda: backbone().gate().epoch(EPOCH))


@cache
def secret_store() -> SecretStore:
    from chalicelib.vault.store import SecretStore

    return SecretStore(definition_store().current)


@cache
def lock_store() -> DoubleLocks:
    from chalicelib.vault.store import DoubleLocks

    return DoubleLocks()


@cache
def lock_keys() -> LockKeys:
    from chalicelib.vault.store import LockKeys

    return LockKeys(keyring())


@cache
def folder_store() -> FolderStore:
    from chalicelib.vault.store import FolderStore

    return FolderStore()


@cache
def secret_values() -> Values:
    from chalicelib.vault.store import Values

    return Values(keyring())


@cache
def file_store() -> FileStore:
    from chalicelib.aws.objects import Objects
    from chalicelib.vault.store import FileStore

    return FileStore(keyring(), Objects())


@cache
def cabinet() -> Cabinet:
    from chalicelib.vault.service import Cabinet

    return Cabinet(file_store(), secret_values())


@cache
def policy_store() -> PolicyStore:
    from chalicelib.vault.store import PolicyStore

    return PolicyStore()


@cache
def script_store() -> ScriptStore:
    from chalicelib.vault.store import ScriptStore

    return ScriptStore()


@cache
def search_store() -> SearchStore:
    from chalicelib.vault.store import SearchStore

    return SearchStore(keyring(), definition_store().current)
