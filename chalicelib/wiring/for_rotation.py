"""Heartbeats and password changes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, ids, keyring
from .for_cluster import gate, settings
from .for_sites import engines
from .for_vault import vault_work

if TYPE_CHECKING:
    from chalicelib.rotation.service import EngineWork, LocalWorker, Rotation


@cache
def rotation() -> Rotation:
    from chalicelib.aws.bus import Outgoing
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.gate import may_offer_changes
    from chalicelib.rotation.item import terms_of
    from chalicelib.rotation.service import Ports
    from chalicelib.rotation.service import rotation as on_ports
    from chalicelib.rotation.store import RotationStore

    return on_ports(
        Ports(
            RotationStore(keyring()),
            vault_work(),
            committer(),
            Outgoing,
            ids(),
            lambda kind: terms_of(kind, settings().current()),
            lambda: may_offer_changes(gate().read(), node_name()),
        )
    )


@cache
def engine_work() -> EngineWork:
    from chalicelib.rotation.service import EngineWork

    return EngineWork(engines(), rotation().claims, rotation().answers)


@cache
def local_worker() -> LocalWorker:
    import time

    from chalicelib.aws.connection import node_name
    from chalicelib.rotation.resolve import resolve
    from chalicelib.rotation.service import LocalWorker
    from chalicelib.rotation.targets import LocalTargets

    return LocalWorker(
        node_name(),
        rotation().claims,
        rotation().answers,
        lambda: LocalTargets(resolve, settings().current().loopback_targets),
        time.monotonic,
        clock(),
    )
