"""Everything that can go wrong on purpose. The web turns each into a status, a worker into a retry.

No message may hold a secret value: messages reach clients, logs and the audit trail.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar


class ConclaveError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = ""  # the contract's errorCode, where it has one
    retry: ClassVar[bool] = False  # may a worker try the same message again?

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class Invalid(ConclaveError):
    """The request is not valid."""


class NotFound(ConclaveError):
    """The object was not found."""

    code = "API_NotFound"


class AccessDenied(ConclaveError):
    """Access denied."""

    code = "API_AccessDenied"
    is_told = False
    """Whether the trail has the refused attempt already."""
    who: Any = None
    """The principal that was refused, where its catcher does not know him."""


class SecondFactorNeeded(AccessDenied):
    """You are to have a second factor: set it up first (POST /api/v1/users/current/two-factor)."""

    code = "API_SecondFactorRequired"


class Unauthenticated(ConclaveError):
    """Authentication failed or expired token."""


class LoginFailed(ConclaveError):
    """Login failed."""


class NotLetIn(LoginFailed):
    """Login failed. Whatever was wrong, the answer is the same."""


class Conflict(ConclaveError):
    """The object was changed by someone else in the meantime: read it again and repeat."""

    code = "API_Conflict"
    retry = True


class StillUsed(ConclaveError):
    """The change would break what depends on it."""

    code = "API_Conflict"


class TooLarge(ConclaveError):
    """The request is too large."""


class Throttled(ConclaveError):
    """Too many attempts: wait before the next one."""

    def __init__(self, message: str = "", wait: timedelta = timedelta(seconds=30)) -> None:
        super().__init__(message)
        self.wait = wait


class Unavailable(ConclaveError):
    """A service that Conclave depends on does not answer: repeat the request later."""

    retry = True


class MaintenanceMode(ConclaveError):
    """This node is in maintenance mode and changes nothing in the vault."""

    code = "API_MaintenanceMode"
    retry = True


class ViewOnly(ConclaveError):
    """This node is view-only for want of a licence."""

    code = "API_ViewOnly"


class Unlicensed(ConclaveError):
    """The cluster's licences do not allow this."""

    code = "API_LicenseRequired"


class ClusteringDisabled(ConclaveError):
    """Clustering is not enabled."""

    code = "API_ClusteringDisabled"


class Replica(ConclaveError):
    """This cluster is a replica: change things in the cluster that it follows."""

    code = "API_Replica"


class NotInCluster(ConclaveError):
    """This node is not in the cluster: see its Server Nodes page."""

    code = "API_NodeNotInCluster"
    retry = True


class OtherRegion(ConclaveError):
    """Another region of this cluster takes changes now."""

    code = "API_NotWritingRegion"
    retry = True


class Unsealable(ConclaveError):
    """A sealed value does not open with this cluster's keys."""


class Stale(ConclaveError):
    """Somebody else holds the claim or lease now: what this one did does not count."""
