"""The API of rotation: the contract's buttons on a secret, and an engine's claim."""

from __future__ import annotations

from dataclasses import replace

from chalicelib import wiring
from chalicelib.core.errors import (
    AccessDenied,
    Conflict,
    Invalid,
    MaintenanceMode,
    NotFound,
    Stale,
    Throttled,
    Unauthenticated,
)
from chalicelib.core.plain import Plain
from chalicelib.sites.engines import said_by_headers
from chalicelib.vault.grants import Deed
from chalicelib.vault.routes.secret_args import Commented
from chalicelib.vault.routes.secret_models import SecretSummary
from chalicelib.vault.routes.summary_answers import summary
from chalicelib.vault.routes.visiting import AccessQuery, at, secret_rows, visit
from chalicelib.vault.secret import Stored
from chalicelib.vault.service import Found
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, NotYet, ReadOver, Struct

from .service import Asker


class RotateSshKeyArgs(Struct):
    generate_passphrase: bool = False
    generate_ssh_keys: bool = False
    passphrase: Plain | None = None
    private_key: Plain | None = None

    @property
    def asks(self) -> bool:
        given = bool(self.passphrase or self.private_key)
        return self.generate_passphrase or self.generate_ssh_keys or given


class SecretChangePasswordArgs(Commented):
    """`newPassword` is set as given; without one a password is made by the requirement.

    A change neither checks out nor opens a DoubleLock.
    """

    new_password: Plain | None = None
    ssh_key_args: RotateSshKeyArgs | None = None
    double_lock_password: NotYet | None = None
    force_check_in: NotYet | None = None
    include_inactive: NotYet | None = None
    no_auto_checkout: ReadOver | None = None
    prevent_further_retries_after_max_attempts: NotYet | None = None

    def demand_password(self) -> None:
        """Raise Invalid for a change of the target's keys: no changer does that yet."""
        if self.ssh_key_args and self.ssh_key_args.asks:
            raise Invalid(
                "SSH keys of targets are not changed in this release; generateSshKeys of an update "
                "makes another key for the secret alone."
            )


class SecretDetailStopPasswordResultModel(Struct):
    success: bool


class PasswordChangeModel(Struct):
    """One change as people may know it: never a value."""

    id: str
    stage: str
    begun_at: ApiDate
    due_at: ApiDate
    failed_attempts: int
    kept_candidates: int
    message: str


class ClaimArgs(Struct):
    """The signature's headers say it all. `secret`, from the message, spares a read."""

    secret: int = 0


class ClaimModel(Struct):
    """Work in the hands of one engine. `sealed` opens with that engine's key alone."""

    item_id: str
    fence: int
    kind: str
    deadline_seconds: int
    sealed: str


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/heartbeat",
    query=AccessQuery,
    returns=SecretSummary,
    reads=secret_rows,
    writes="vault",
    when_view_only=True,
    errors=[NotFound, AccessDenied, Invalid, Conflict, Throttled],
)
def run_heartbeat(call: Call[None]) -> SecretSummary:
    found = _found(call, Deed.HEARTBEAT)
    state = wiring.rotation().asking.heartbeat(_asker(call), _stored(found), call.now)
    return summary(replace(found, state=state), call.now)


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/change-password",
    query=AccessQuery,
    body=SecretChangePasswordArgs,
    returns=SecretSummary,
    reads=secret_rows,
    writes="vault",
    errors=[NotFound, AccessDenied, Invalid, Conflict, MaintenanceMode],
)
def change_password(call: Call[SecretChangePasswordArgs]) -> SecretSummary:
    found = _found(call, Deed.CHANGE_PASSWORD)
    call.body.demand_password()
    given = call.body.new_password or None
    state = wiring.rotation().asking.change(_asker(call), _stored(found), given, call.now)
    return summary(replace(found, state=state), call.now)


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/stop-password-change",
    query=AccessQuery,
    returns=SecretDetailStopPasswordResultModel,
    reads=secret_rows,
    writes="vault",
    errors=[NotFound, AccessDenied, Conflict],
)
def stop_password_change(call: Call[None]) -> SecretDetailStopPasswordResultModel:
    found = _found(call, Deed.CHANGE_PASSWORD)
    stopped = wiring.rotation().asking.stop(_asker(call), _stored(found), call.now)
    return SecretDetailStopPasswordResultModel(stopped)


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/password-changes",
    query=AccessQuery,
    returns=list[PasswordChangeModel],
    reads=secret_rows,
    errors=[NotFound, AccessDenied],
)
def list_password_changes(call: Call[None]) -> list[PasswordChangeModel]:
    found = _found(call, Deed.VIEW)
    return [
        PasswordChangeModel(
            id=one.id,
            stage=one.stage.value,
            begun_at=one.begun_at,
            due_at=one.due_at,
            failed_attempts=one.failed,
            kept_candidates=len(one.candidates),
            message=one.message,
        )
        for one in wiring.rotation().asking.changes(found.secret.id, wiring.clock()())
    ]


@endpoint(
    "POST",
    "/api/v1/engine/items/{itemId}/claim",
    body=ClaimArgs,
    returns=ClaimModel,
    anonymous=True,
    writes="cluster",
    errors=[Unauthenticated, AccessDenied, NotFound, Stale, MaintenanceMode],
)
def claim(call: Call[ClaimArgs]) -> ClaimModel:
    item = call.path["itemId"]
    said = said_by_headers(call.method, call.raw_path, call.headers, call.raw_body, item)
    with wiring.engine_rows(said.engine_id, item, call.body.secret):
        handed = wiring.engine_work().claim(said, item, call.now)
    return ClaimModel(
        handed.item_id, handed.fence, handed.kind, handed.deadline_seconds, handed.sealed
    )


def _found(call: Call[None] | Call[SecretChangePasswordArgs], deed: Deed) -> Found:
    """The secret, if the caller may do that with it."""
    return wiring.secret_finder().secret(visit(call), at(call), deed)


def _stored(found: Found) -> Stored:
    return Stored(found.secret, found.state)


def _asker(call: Call[None] | Call[SecretChangePasswordArgs]) -> Asker:
    return Asker(call.principal.user_id, call.address, why=visit(call).comment)
