"""The upgrade: its service, the worker's part of it, and backups as it needs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from .base import bus, clock, committer, ids
from .for_backup import backups
from .for_cluster import settings

if TYPE_CHECKING:
    from chalicelib.backup.service import BackupService
    from chalicelib.cluster.service import Limits, MigrationService, UpgradeService
    from chalicelib.cluster.upgrade import Taken

MESSAGE_LIFE = timedelta(hours=1)  # the sweep sends another


@cache
def upgrades() -> UpgradeService:
    from chalicelib.aws.connection import cluster_name, node_name
    from chalicelib.aws.functions import Functions
    from chalicelib.cluster.service import UpgradeService
    from chalicelib.cluster.store import Gates, Nodes, Upgrades
    from chalicelib.core.log import logger

    return UpgradeService(
        me=node_name(),
        store=Upgrades(),
        gates=Gates(),
        nodes=Nodes(),
        backups=BackupsForUpgrades(backups),
        commit=committer(),
        functions=Functions(),
        send=send_on,
        limits=_limits,
        cluster=cluster_name,
        ids=ids(),
        log=logger(),
    )


@cache
def migrations() -> MigrationService:
    from chalicelib.catalogue import resolve
    from chalicelib.cluster.service import MigrationService
    from chalicelib.cluster.store import Upgrades
    from chalicelib.core.log import logger

    return MigrationService(Upgrades(), committer(), send_on, clock(), logger(), resolve)


def send_on(upgrade: str, now: datetime) -> None:
    """The message that has a background worker go on with the migration."""
    from chalicelib.core.messages import message

    sent = message(ids()(), "cluster.migrate", now, MESSAGE_LIFE, {"upgrade": upgrade})
    bus().send("background", [sent])


def _limits() -> Limits:
    from chalicelib.cluster.service import Limits

    found = settings().fresh()
    return Limits(fresh=found.upgrade_backup_age, settling=found.upgrade_settling)


@dataclass(frozen=True, slots=True)
class BackupsForUpgrades:
    """The area of backups lies above the cluster's, so it is handed down here."""

    service: Callable[[], BackupService]

    def ended(self) -> Sequence[Taken]:
        from chalicelib.cluster.upgrade import Taken
        from chalicelib.core.paging import Paging

        log = self.service().history(Paging(take=20)).records
        return [
            Taken(one.id, one.started_at, one.finished_at, one.success, one.notes)
            for one in log
            if one.is_there or not one.success
        ]

    def ask(self, who: Any, now: datetime) -> None:
        self.service().run_now(who, now)
