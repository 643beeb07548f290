"""Digests of the audit trail."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import bus, clock, ids
from .for_cluster import settings

if TYPE_CHECKING:
    from chalicelib.audit.summing import Summing


@cache
def summing() -> Summing:
    from chalicelib.audit.store import DigestRows
    from chalicelib.audit.summing import Summing
    from chalicelib.aws.locked import Locked
    from chalicelib.aws.signer import Signer

    return Summing(
        rows=DigestRows(),
        objects=Locked(),
        signer=Signer(),
        bus=bus(),
        tolerance=lambda: settings().current().clock_tolerance,
        ids=ids(),
        clock=clock(),
    )
