"""An engine as the server sees it: who it is, whether approved, when it was last heard of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.core import signing
from chalicelib.core.errors import Invalid

MISSED_CALLBACKS = 3
SKEW_SHOWN = timedelta(seconds=5)


class Activation(StrEnum):
    """The contract's EngineActivationStatusType."""

    PENDING = "Pending"
    ACTIVATED = "Activated"
    INACTIVE = "Inactive"
    DELETED = "Deleted"


class Change(StrEnum):
    """What an admin does with an engine; the contract's EngineStatusChangeType."""

    ACTIVATE = "Activate"
    DEACTIVATE = "Deactivate"
    REMOVE_FROM_SITE = "RemoveFromSite"
    DELETE = "Delete"
    ASSIGN = "AssignToSite"


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine. `site_id` is None until an admin puts it somewhere."""

    id: int
    name: str
    host: str
    signing_key: bytes = field(repr=False)
    sealing_key: bytes = field(repr=False)
    activation: Activation = Activation.PENDING
    site_id: int | None = None
    version: str = ""
    address: str = ""
    registered_at: datetime | None = None
    seen_at: datetime | None = None
    skew: timedelta = timedelta(0)

    @property
    def active(self) -> bool:
        """Whether it may claim: activated, and in a site."""
        return self.activation is Activation.ACTIVATED and self.site_id is not None

    @property
    def fingerprint(self) -> str:
        """What an admin compares with what the engine printed, before activating it."""
        return signing.fingerprint(self.signing_key, self.sealing_key)

    def is_online(self, now: datetime, callback: timedelta) -> bool:
        """Offline after three missed callbacks."""
        return self.seen_at is not None and now - self.seen_at < MISSED_CALLBACKS * callback


def after(engine: Engine, change: Change, site_id: int | None) -> Engine:
    """The engine after an admin's change. Raises Invalid when it makes no sense."""
    if engine.activation is Activation.DELETED:
        raise Invalid("the engine is deleted: register it anew")
    place = site_id if site_id is not None else engine.site_id
    if place is None and change in (Change.ACTIVATE, Change.ASSIGN):
        raise Invalid("an engine works in a site: give siteId")
    activation, kept = _CHANGES[change]
    return replace(
        engine, activation=activation or engine.activation, site_id=place if kept else None
    )


_CHANGES: dict[Change, tuple[Activation | None, bool]] = {
    Change.ACTIVATE: (Activation.ACTIVATED, True),
    Change.DEACTIVATE: (Activation.INACTIVE, True),
    Change.REMOVE_FROM_SITE: (None, False),
    Change.DELETE: (Activation.DELETED, False),
    Change.ASSIGN: (None, True),
}
"""What each change makes of an engine: its activation, None to leave it; whether it has a site."""
