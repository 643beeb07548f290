"""The regions of a mirrored cluster: who writes, how far behind each is, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.cluster.conflict import Conflict
from chalicelib.cluster.service.mirror import RegionShown
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

from .permissions import VIEW


class RegionModel(Struct):
    """`lagSeconds`: how far replication from there is behind, at most; null of this region."""

    region: str
    is_writing_region: bool
    is_this_region: bool
    nodes: Sequence[str]
    last_seen: ApiDate | None
    lag_seconds: int | None


class RegionsModel(Struct):
    """`mirrored` false: one region, and everything else is empty.

    `readOnlyReason` says why this node takes no changes, "" where it does.
    """

    mirrored: bool
    this_region: str
    writing_region: str
    moving_to: str
    read_only_reason: str
    regions: Sequence[RegionModel]


class ReplicationConflictModel(Struct):
    """A row that was written outside the writing region.

    `standing`: `stands` (what was written there is what the row holds), `overwritten`, `gone`.
    """

    id: str
    item: str
    item_kind: str
    region: str
    written: ApiDate
    found: ApiDate
    standing: str
    message: str


@endpoint("GET", "/api/v1/diagnostics/regions", returns=RegionsModel, permission=VIEW)
def list_regions(call: Call[None]) -> RegionsModel:
    found = wiring.mirror().regions(call.now)
    return RegionsModel(
        mirrored=bool(found.writing),
        this_region=found.this,
        writing_region=found.writing,
        moving_to=found.moving_to,
        read_only_reason=found.why_read_only,
        regions=[_region(one) for one in found.shown],
    )


@endpoint(
    "GET",
    "/api/v1/diagnostics/replication-conflicts",
    returns=list[ReplicationConflictModel],
    permission=VIEW,
)
def list_conflicts(_call: Call[None]) -> list[ReplicationConflictModel]:
    return [_conflict(one) for one in wiring.conflicts().newest()]


def _region(one: RegionShown) -> RegionModel:
    return RegionModel(
        region=one.region,
        is_writing_region=one.is_writing,
        is_this_region=one.is_this,
        nodes=one.nodes,
        last_seen=one.last_seen,
        lag_seconds=None if one.lag is None else round(one.lag.total_seconds()),
    )


def _conflict(one: Conflict) -> ReplicationConflictModel:
    return ReplicationConflictModel(
        id=one.id,
        item=one.item,
        item_kind=one.kind,
        region=one.region,
        written=one.at,
        found=one.found_at,
        standing=str(one.standing),
        message=one.text,
    )
