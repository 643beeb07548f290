"""Disaster recovery."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, keyring
from .for_jobs import jobs

if TYPE_CHECKING:
    from chalicelib.recovery.service import RecoveryService


@cache
def recovery() -> RecoveryService:
    from chalicelib.aws.connection import cluster_name, connection
    from chalicelib.cluster.store import Gates
    from chalicelib.core.log import logger
    from chalicelib.recovery.files import Files
    from chalicelib.recovery.service import RecoveryService
    from chalicelib.recovery.store import Copies, OwnFiles, ReplicationTable, Source
    from chalicelib.recovery.store.copies import mark

    source = Source(keyring())
    return RecoveryService(
        name=cluster_name(),
        bucket=lambda: connection().bucket,
        rows=ReplicationTable(),
        source=source,
        copies=Copies(),
        files=Files(source, OwnFiles(), clock()),
        mark=mark,
        gates=Gates(),
        commit=committer(),
        jobs=jobs(),
        clock=clock(),
        log=logger(),
    )
