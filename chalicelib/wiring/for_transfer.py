"""Imports and exports."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, ids, keyring
from .for_access import door
from .for_cluster import settings
from .for_policies import secret_finder
from .for_templates import templates
from .for_vault import folders, vault
from .vault_stores import secret_store

if TYPE_CHECKING:
    from chalicelib.transfer.service import (
        CopyDeeds,
        ExportAtOnce,
        ExportService,
        ImportService,
        StepDeeds,
    )
    from chalicelib.transfer.store import ExportStore, ImportStore


def _import_store() -> ImportStore:
    from chalicelib.transfer.store import ImportStore

    return ImportStore(keyring())


def _export_store() -> ExportStore:
    from chalicelib.transfer.store import ExportStore

    return ExportStore(keyring())


@cache
def imports() -> ImportService:
    from chalicelib.transfer.service import ImportService

    from .for_bulk import bulk

    return ImportService(
        _import_store(),
        folders(),
        secret_finder(),
        secret_store(),
        templates(),
        bulk(),
        committer(),
        ids(),
    )


@cache
def exports() -> ExportService:
    from chalicelib.transfer.service import ExportService

    from .for_bulk import bulk

    return ExportService(
        _export_store(),
        secret_finder(),
        folders(),
        secret_store(),
        bulk(),
        door(),
        committer(),
        ids(),
        lambda: settings().fresh().dual_control,
    )


@cache
def export_at_once() -> ExportAtOnce:
    from chalicelib.transfer.service import ExportAtOnce

    return ExportAtOnce(exports(), secret_finder(), vault(), committer(), clock())


def import_steps() -> StepDeeds:
    from chalicelib.transfer.service import StepDeeds

    return StepDeeds(_import_store(), folders(), vault())


def export_copies() -> CopyDeeds:
    from chalicelib.transfer.service import CopyDeeds

    return CopyDeeds(_export_store(), secret_finder(), vault(), committer())
