"""Backups."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, ids, keyring
from .for_jobs import jobs

if TYPE_CHECKING:
    from chalicelib.backup.service import BackupService


@cache
def backups() -> BackupService:
    from chalicelib.aws.connection import cluster_name
    from chalicelib.aws.objects import Objects
    from chalicelib.backup.service import BackupService
    from chalicelib.backup.store import BackupTable, Depot, Pages, wrapped_keys
    from chalicelib.core.log import logger

    pages = Pages()
    return BackupService(
        store=BackupTable(),
        depot=Depot(Objects(), keyring()),
        source=lambda: pages,
        sources={pages.name: pages},
        keys=wrapped_keys,
        cluster=cluster_name,
        commit=committer(),
        jobs=jobs(),
        ids=ids(),
        clock=clock(),
        log=logger(),
    )
