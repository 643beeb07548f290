"""Rotation of the secret keys: begin one, see how far it is, cancel it."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.errors import Conflict, StillUsed
from chalicelib.keys.rotation import COUNTING, Rotation, Stage
from chalicelib.keys.service import Status
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, Struct

from .permissions import ROTATE

SECURITY = "/api/v1/configuration/security"


class RotateSecretKeysProgressModel(Struct):
    """How far the rotation is. Rows and values are ours: a secret's history counts as rows."""

    is_cancelling: bool = False
    message: str = ""
    secrets_processed: int = 0
    total_secrets_to_process: int = 0
    rows_processed: int = 0
    total_rows_to_process: int = 0
    values_resealed: int = 0
    pass_number: int = 0
    waits_until: ApiDate | None = None


class RotateSecretKeysStatusModel(Struct):
    """The newest rotation. `lastStatus`: None, Requested, Running, Success, Failure, Cancelled."""

    last_request_date: ApiDate | None
    last_run_date: ApiDate | None
    last_status: str
    message: str
    progress_status: RotateSecretKeysProgressModel
    rotation_id: str = ""
    data_key_id: int = 0


@endpoint(
    "POST",
    f"{SECURITY}/rotate-secret-keys",
    returns=RotateSecretKeysStatusModel,
    permission=ROTATE,
    writes="cluster",
    errors=[StillUsed, Conflict],
)
def rotate_secret_keys(call: Call[None]) -> RotateSecretKeysStatusModel:
    return _status(wiring.key_rotation().request(call.principal, call.now))


@endpoint(
    "GET",
    f"{SECURITY}/rotate-secret-keys-status",
    returns=RotateSecretKeysStatusModel,
    permission=ROTATE,
)
def read_rotation(_call: Call[None]) -> RotateSecretKeysStatusModel:
    return _status(wiring.key_rotation().status())


@endpoint(
    "POST",
    f"{SECURITY}/cancel-rotate-secret-keys",
    returns=RotateSecretKeysStatusModel,
    permission=ROTATE,
    writes="cluster",
    errors=[StillUsed, Conflict],
)
def cancel_rotation(call: Call[None]) -> RotateSecretKeysStatusModel:
    return _status(wiring.key_rotation().cancel(call.principal, call.now))


_WORDS = {
    Stage.REQUESTED: "Requested",
    Stage.RESEALING: "Running",
    Stage.DONE: "Success",
    Stage.FAILED: "Failure",
    Stage.CANCELLED: "Cancelled",
}


def _status(status: Status) -> RotateSecretKeysStatusModel:
    found = status.rotation
    if found is None:
        progress = RotateSecretKeysProgressModel()
        return RotateSecretKeysStatusModel(None, None, "None", "never rotated", progress)
    return RotateSecretKeysStatusModel(
        last_request_date=found.asked_at,
        last_run_date=found.finished_at or found.made_at,
        last_status=_WORDS[found.stage],
        message=found.message or _told(found),
        progress_status=_progress(found, status.is_cancelling),
        rotation_id=found.id,
        data_key_id=found.primary,
    )


def _progress(found: Rotation, is_cancelling: bool) -> RotateSecretKeysProgressModel:
    """Of the first pass; the later ones look for what was written meanwhile."""
    number = found.current.number if found.current else COUNTING
    met = found.current.counts if found.current and number == 1 else found.total
    is_met = number >= 1
    return RotateSecretKeysProgressModel(
        is_cancelling=is_cancelling,
        message="cancelling" if is_cancelling else found.message or _told(found),
        secrets_processed=min(met.secrets, found.total.secrets) if is_met else 0,
        total_secrets_to_process=found.total.secrets,
        rows_processed=min(met.rows, found.total.rows) if is_met else 0,
        total_rows_to_process=found.total.rows,
        values_resealed=found.resealed,
        pass_number=number,
        waits_until=None if found.is_over else found.not_before,
    )


def _told(found: Rotation) -> str:
    number = found.current.number if found.current else COUNTING
    if found.is_over:
        return f"{found.resealed:,} values sealed anew under data key {found.primary}"
    if found.stage is Stage.REQUESTED:
        return "waits for a worker"
    if number == COUNTING:
        return "counting"
    if number == 1:
        return "sealing anew"
    return (
        "waits until no process seals with the old key, then looks for what was written meanwhile"
    )
