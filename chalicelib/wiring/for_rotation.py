"""Heartbeats and password changes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from .base import clock, committer, ids, keyring
from .for_cluster import gate, settings
from .for_sites import engines
from .for_vault import vault_work

ITEM_DIGITS = 32

if TYPE_CHECKING:
    from chalicelib.core.messages import Ref
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
            RotationStore(
                keyring(), lambda: timedelta(days=settings().lately().days_to_keep_engine_logs)
            ),
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


def engine_rows(engine: Ref, item: Ref, secret: Ref) -> AbstractContextManager[None]:
    """One read of all that an engine's claim or answer is about, for the reads in the block.

    The names come from outside: they choose what is read ahead, and decide nothing.
    """
    from chalicelib.aws.table import read_ahead
    from chalicelib.rotation.store import change_key, item_key
    from chalicelib.sites.store import engine_key
    from chalicelib.vault.store.rows import secret_key, state_key

    keys = [engine_key(engine)] if isinstance(engine, int) and engine > 0 else []
    if isinstance(item, str) and len(item) == ITEM_DIGITS:
        keys.append(item_key(item))
    if isinstance(secret, int) and secret > 0:
        keys += [secret_key(secret), state_key(secret), change_key(secret)]
    return read_ahead(keys)


@cache
def local_worker() -> LocalWorker:
    import time
    from functools import partial

    from chalicelib.aws.connection import node_name, target_patience
    from chalicelib.changers.registry import find
    from chalicelib.changers.target import Limits
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
        partial(find, limits=Limits.read(target_patience())),
    )
