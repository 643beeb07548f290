"""Backups."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, ids, keyring
from .for_jobs import jobs
from .for_mail import mail_desk

if TYPE_CHECKING:
    from chalicelib.backup.service import BackupService


@cache
def backups() -> BackupService:
    import os

    from chalicelib.aws.connection import cluster_name
    from chalicelib.aws.exports import Exports
    from chalicelib.aws.objects import Objects
    from chalicelib.backup.filing import Filing
    from chalicelib.backup.service import BackupService
    from chalicelib.backup.store import (
        BackupTable,
        Depot,
        FileCopies,
        Pages,
        PointInTime,
        wrapped_keys,
    )
    from chalicelib.cluster.store import Gates
    from chalicelib.core.log import logger

    depot = Depot(Objects(), keyring())
    pages, exported = Pages(), PointInTime(Exports())
    emulated = "AWS_ENDPOINT_URL" in os.environ  # no emulator writes what AWS's export does
    return BackupService(
        store=BackupTable(),
        depot=depot,
        filing=Filing(depot, FileCopies(), clock()),
        source=lambda failed: pages if emulated or failed else exported,
        sources={pages.name: pages, exported.name: exported},
        keys=wrapped_keys,
        schema=lambda: Gates().fetch().schema,
        cluster=cluster_name,
        commit=committer(),
        jobs=jobs(),
        desk=mail_desk(),
        ids=ids(),
        clock=clock(),
        log=logger(),
    )
