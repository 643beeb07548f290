"""The cluster's keys: rotation, escrow, wrapping."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import bus, clock, committer, ids, keyring, unlisting
from .for_cluster import gate

if TYPE_CHECKING:
    from chalicelib.keys.service import KeyService, RotationService


@cache
def key_rotation() -> RotationService:
    from chalicelib.aws.bus import Outgoing
    from chalicelib.core.log import logger
    from chalicelib.keys.service import RotationService
    from chalicelib.keys.store import RingTable, RotationTable, SealedRows

    return RotationService(
        store=RotationTable(),
        ring=RingTable(keyring()),
        rows=SealedRows(keyring()),
        commit=unlisting(),
        outgoing=Outgoing,
        bus=bus(),
        read_only=lambda: gate().here(gate().read()).maintenance,
        ids=ids(),
        clock=clock(),
        log=logger(),
    )


@cache
def keys() -> KeyService:
    from chalicelib.aws.bus import Outgoing
    from chalicelib.core.sealing import short
    from chalicelib.keys.service import KeyService
    from chalicelib.keys.store import RingTable, WishTable

    return KeyService(
        store=WishTable(),
        ring=RingTable(keyring()),
        commit=committer(),
        outgoing=Outgoing,
        short=short,
        ids=ids(),
        clock=clock(),
    )
