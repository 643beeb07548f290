"""Erasing secrets for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, counter
from .for_cluster import gate, settings
from .for_policies import secret_finder
from .for_vault import directory
from .for_watching import notices
from .vault_stores import definition_store, file_store, lock_store, secret_store

if TYPE_CHECKING:
    from chalicelib.vault.service import EraseService
    from chalicelib.vault.service.erase_way import EraseWay


@cache
def erasing() -> EraseService:
    from chalicelib.vault.service import EraseService
    from chalicelib.vault.store import Erasures

    return EraseService(
        secret_finder(),
        secret_store(),
        Erasures(_of_others),
        lock_store(),
        file_store(),
        counter(),
        committer(),
        clock(),
        lambda: settings().fresh().dual_control,
        _backups_until,
        lambda: gate().here(gate().read()).refusal,
        notices(),
        _approvers,
        directory(),
        _way,
    )


def _way() -> EraseWay:
    """As the setting says: of a workflow that is not there no step can be approved."""
    from chalicelib.vault.service.erase_way import EraseWay

    wanted = settings().fresh().erase_workflow
    if not wanted:
        return EraseWay()
    flow = definition_store().current().workflows.get(wanted)
    return EraseWay(flow.steps, flow.version) if flow else EraseWay(())


def _approvers() -> Sequence[int]:
    from chalicelib.access import store
    from chalicelib.access.service.holders import Holders
    from chalicelib.vault.erasure import APPROVE

    return Holders(store.Users(), store.Groups().definitions).of(APPROVE)


def _of_others(id: int) -> Sequence[str]:
    """Where others keep what is a secret's: candidates of its password changes, its metadata."""
    from chalicelib.metadata.field import Item, ItemType
    from chalicelib.metadata.store import value_key
    from chalicelib.rotation.store import change_key

    return (change_key(id)[0], value_key(Item(ItemType.SECRET, id), 0)[0])


def _backups_until(now: datetime) -> datetime | None:
    """When the last backup that holds what is erased now is removed; None when none ever is."""
    from chalicelib.vault.erasure import POINT_IN_TIME, VERSIONS_KEPT

    from .for_backup import backups

    plan = backups().plan()
    kept = plan.every * (plan.keep + 1) + VERSIONS_KEPT
    return now + max(kept, POINT_IN_TIME) if plan.enabled else None
