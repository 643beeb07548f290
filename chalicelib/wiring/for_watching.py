"""Mails about secrets: who asks for them, and who may have them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import committer
from .for_cluster import gate
from .for_policies import secret_finder
from .vault_stores import folder_store, secret_store

if TYPE_CHECKING:
    from chalicelib.vault.service import WatcherDesk, WatchService


@cache
def watches() -> WatchService:
    from chalicelib.vault.service import WatchService

    return WatchService(secret_finder(), secret_store(), committer())


@cache
def watcher_desk() -> WatcherDesk:
    from chalicelib.access.store import Groups
    from chalicelib.vault.service import WatcherDesk
    from chalicelib.vault.service.folders import EPOCH

    return WatcherDesk(
        secret_store(),
        lambda: folder_store().tree(gate().read().epoch(EPOCH)),
        Groups().members,
    )
