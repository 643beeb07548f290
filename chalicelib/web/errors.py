"""The one table of errors: which child of ConclaveError answers with which status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core import errors

from .answer import Answer, refusal

STATUS: Mapping[type[errors.ConclaveError], int] = {
    errors.Invalid: 400,
    errors.LoginFailed: 400,
    errors.NotLetIn: 400,
    errors.AccessDenied: 400,
    errors.SecondFactorNeeded: 400,
    errors.ViewOnly: 400,
    errors.Unlicensed: 400,
    errors.ClusteringDisabled: 409,
    errors.Unauthenticated: 401,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.StillUsed: 409,
    errors.Stale: 409,
    errors.TooLarge: 413,
    errors.Throttled: 429,
    errors.Unavailable: 503,
    errors.Unsealable: 503,
    errors.MaintenanceMode: 503,
    errors.Replica: 503,
    errors.NotInCluster: 503,
    errors.OtherRegion: 503,
}

RETRY_AFTER = 30
"""Seconds after which a client may try again what this node cannot do now."""

LOGIN_HELP = (
    "Whatever was wrong, the answer is the same. An account with a second factor is asked for its "
    "code in the header OTP; who signs in with a security key does so in the console, and uses an "
    "API token here, as an application does that has no code."
)
"""For everybody who is not let in, so that it tells nothing of the account."""

BROKEN: Mapping[str, str] = {
    "message": "An error has occurred.",
    "exceptionMessage": "An error has occurred.",
    "exceptionType": "InternalServerError",
    "stackTrace": "",
}
"""`InternalServerErrorResponse` of the contract; it tells nothing."""


def refused(error: errors.ConclaveError) -> Answer:
    """The answer to an expected error."""
    status = status_of(error)
    return refusal(status, _body(error), _headers(error, status))


def broken() -> Answer:
    """The answer to an error that nobody expected."""
    return refusal(500, BROKEN)


def status_of(error: errors.ConclaveError) -> int:
    """The status of the error's class, or of the nearest class above it."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def _body(error: errors.ConclaveError) -> dict[str, Any]:
    if isinstance(error, errors.LoginFailed) and not isinstance(error, errors.NotLetIn):
        return {"error": str(error), "error_description": LOGIN_HELP}
    body = {"message": str(error)}
    if isinstance(error, errors.NotFound) and "not found" not in str(error).lower():
        body["message"] = f"{error} (not found)"
    if error.code:
        body["errorCode"] = error.code
    return body


def _headers(error: errors.ConclaveError, status: int) -> dict[str, str]:
    if isinstance(error, errors.Throttled):
        return {"Retry-After": str(max(1, round(error.wait.total_seconds())))}
    if isinstance(error, errors.Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": str(RETRY_AFTER)} if status == 503 else {}
