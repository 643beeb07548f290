"""What everything stands on: time, ids, keys, the bus, commits, counters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib.core.clock import Clock, utc_now
from chalicelib.core.ids import Ids, fresh_id

if TYPE_CHECKING:
    from chalicelib.aws.bus import Bus
    from chalicelib.aws.commit import Committer
    from chalicelib.aws.counters import Counter
    from chalicelib.aws.keyring import Keyring
    from chalicelib.cluster.backbone import Heard


def clock() -> Clock:
    return utc_now


def ids() -> Ids:
    return fresh_id


@cache
def keyring() -> Keyring:
    from chalicelib.aws.keyring import Keyring

    return Keyring(clock())


@cache
def bus() -> Bus:
    from chalicelib.aws.bus import Bus

    return Bus(lambda queue: backbone().queue(queue))


@cache
def backbone() -> Heard:
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.backbone import Heard
    from chalicelib.cluster.store import Gates

    return Heard(node_name(), Gates().fetch)


@cache
def committer() -> Committer:
    from chalicelib.aws.commit import Committer
    from chalicelib.aws.connection import connection, node_name

    def region() -> str:
        return connection().mirrored_region

    return Committer(keyring(), bus(), clock(), ids(), region=region, node=node_name())


def unlisting() -> Committer:
    """For functions whose policy names the few rows that they may write.

    What they do in a mirrored cluster is not listed (ADR 5).
    """
    from dataclasses import replace

    return replace(committer(), region=str)


@cache
def counter() -> Counter:
    from chalicelib.aws.counters import Counter

    return Counter()
