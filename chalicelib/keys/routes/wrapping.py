"""Wrapping the data keys anew; the clients in the field call it rotation of the master key."""

from __future__ import annotations

from datetime import datetime

from chalicelib import wiring
from chalicelib.core.errors import Conflict, StillUsed
from chalicelib.keys.service import Shown
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

from .management import MANAGEMENT
from .permissions import ADMINISTER, VIEW


class MekRotationInfoModel(Struct):
    last_end_date_utc: ApiDate | None
    started_date_utc: ApiDate | None
    status: str
    status_updated_date_utc: ApiDate | None
    status_value: int


class MekRotationInfoResponseViewModel(Struct):
    """Wrapping all data keys anew. `itemsToRotate`: data keys that still are to be."""

    can_request_rotation: bool
    has_permission: bool
    items_to_rotate: int
    total_items: int
    poll_info: bool
    process_state: str
    rotation_info: MekRotationInfoModel
    warning_message: str = ""
    error_message: str = ""
    can_retry_status: bool = False
    is_replication_enabled: bool = False
    show_backup_confirmation: bool = False


@endpoint(
    "GET",
    f"{MANAGEMENT}/mekrotationinfo",
    returns=MekRotationInfoResponseViewModel,
    permission=VIEW,
)
def read_wrapping(call: Call[None]) -> MekRotationInfoResponseViewModel:
    return _wrapping(wiring.keys().shown(), may=call.principal.may(ADMINISTER))


@endpoint(
    "PUT",
    f"{MANAGEMENT}/startmekrotation",
    returns=MekRotationInfoResponseViewModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[StillUsed, Conflict],
)
def wrap_anew(call: Call[None]) -> MekRotationInfoResponseViewModel:
    return _wrapping(wiring.keys().rewrap(call.principal, call.now), may=True)


def _wrapping(shown: Shown, may: bool) -> MekRotationInfoResponseViewModel:
    moving, pending = bool(shown.seen.next_arn), shown.is_rewrap_pending
    done = shown.seen.rewrapped_at
    state = "Running" if moving else "Pending" if pending else "Completed" if done else "None"
    count = len(shown.seen.keys)
    return MekRotationInfoResponseViewModel(
        can_request_rotation=may and not moving and not pending,
        has_permission=may,
        items_to_rotate=count if moving or pending else 0,
        total_items=count,
        poll_info=moving or pending,
        process_state=state,
        rotation_info=MekRotationInfoModel(
            last_end_date_utc=done,
            started_date_utc=shown.wishes.rewrap_at,
            status=state,
            status_updated_date_utc=_latest(done, shown.wishes.rewrap_at),
            status_value=_STATES.index(state),
        ),
        warning_message=_warning(moving),
    )


_STATES = ("None", "Completed", "Pending", "Running", "Retry", "Failed")


def _latest(*moments: datetime | None) -> datetime | None:
    return max(filter(None, moments), default=None)


def _warning(moving: bool) -> str:
    if moving:
        return "The KMS key is being replaced by `make rekey`, which wraps every data key anew."
    return (
        "This wraps the data keys by the present material of the same KMS key. Another KMS key is "
        "put in its place by the operator: make rekey CLUSTER=... KEY=<arn>"
    )
