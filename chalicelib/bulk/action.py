"""What may be done in bulk: a table that routes, workers, docs and tests go by. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.cluster.gate import Gate
from chalicelib.core.errors import ConclaveError


class Kind(StrEnum):
    """What it is done to, as the trail calls it."""

    SECRET = "Secret"  # noqa: S105 - a kind of thing
    USER = "User"
    STEP = "Import step"
    COPY = "Export copy"


@dataclass(frozen=True, slots=True)
class Action:
    """One action: each item has done to it what the request for that one item does.

    name:           as the contract's path ends, of those that have one
    permission:     role permission that whoever asks holds, and still holds at each item
    when_view_only: goes on where people may not change the vault for want of a licence
    alike:          waits while nodes of the version before are at work, which know less of its rows
    """

    name: str
    kind: Kind
    permission: str = ""
    when_view_only: bool = False
    alike: bool = False

    @property
    def writes_vault(self) -> bool:
        """Whether maintenance mode stops it."""
        return self.kind in (Kind.SECRET, Kind.STEP)

    @property
    def audited_as(self) -> str:
        """What the trail calls the thing with an item's id."""
        return Kind.SECRET.value if self.kind is Kind.COPY else self.kind.value

    @property
    def path(self) -> str:
        return f"/api/v1/bulk-{self.kind.lower()}-operations/{self.name}"


ADMINISTERS_USERS, ADMINISTERS_GROUPS = "Administer Users", "Administer Groups"

ACTIONS = (
    Action("activate", Kind.SECRET),
    Action("add-share", Kind.SECRET),
    Action("assign-secret-policy", Kind.SECRET, "Assign Secret Policy", alike=True),
    Action("assign-site", Kind.SECRET),
    Action("change-password-remotely", Kind.SECRET),
    Action("change-security-options", Kind.SECRET, alike=True),
    Action("convert-type", Kind.SECRET, alike=True),
    Action("deactivate", Kind.SECRET),
    Action("disable-autochange", Kind.SECRET),
    Action("disable-checkout", Kind.SECRET, alike=True),
    Action("disable-heartbeat", Kind.SECRET),
    Action("disable-require-view-comment", Kind.SECRET, alike=True),
    Action("edit-share", Kind.SECRET),
    Action("enable-autochange", Kind.SECRET),
    Action("enable-checkout", Kind.SECRET, alike=True),
    Action("enable-heartbeat", Kind.SECRET),
    Action("enable-inherit-permissions", Kind.SECRET),
    Action("enable-require-view-comment", Kind.SECRET, alike=True),
    Action("expire", Kind.SECRET, when_view_only=True),
    Action("move-to-folder", Kind.SECRET),
    Action("request-erase", Kind.SECRET),
    Action("run-heartbeat", Kind.SECRET, when_view_only=True),
    Action("set-privileged-account", Kind.SECRET),
    Action("update-password-requirement", Kind.SECRET, alike=True),
    Action("add-to-group", Kind.USER, ADMINISTERS_GROUPS),
    Action("disable", Kind.USER, ADMINISTERS_USERS),
    Action("disable-email-two-factor", Kind.USER, ADMINISTERS_USERS),
    Action("disable-fido2-two-factor", Kind.USER, ADMINISTERS_USERS),
    Action("disable-totp-auth", Kind.USER, ADMINISTERS_USERS),
    Action("enable", Kind.USER, ADMINISTERS_USERS),
    Action("enable-email-two-factor", Kind.USER, ADMINISTERS_USERS),
    Action("enable-fido2-two-factor", Kind.USER, ADMINISTERS_USERS),
    Action("enable-totp-auth", Kind.USER, ADMINISTERS_USERS),
    Action("force-logout", Kind.USER, ADMINISTERS_USERS),
    Action("lock", Kind.USER, ADMINISTERS_USERS),
    Action("remove-from-group", Kind.USER, ADMINISTERS_GROUPS),
    Action("reset-fido2-two-factor", Kind.USER, ADMINISTERS_USERS),
    Action("reset-totp-auth", Kind.USER, ADMINISTERS_USERS),
    Action("unlock", Kind.USER, ADMINISTERS_USERS),
)

IMPORT = Action("import", Kind.STEP, "Add Secret")
EXPORT = Action("export", Kind.COPY, "Administer Export")
"""Asked for by a file and its mapping, by a folder: see `transfer`."""

BY_NAME: Mapping[str, Action] = {one.name: one for one in (*ACTIONS, IMPORT, EXPORT)}

Arguments = Mapping[str, Any]
"""Ids and names of roles, as JSON: never a secret value."""


class Here(Protocol):
    """The gate as a node meets it."""

    @property
    def gate(self) -> Gate: ...
    @property
    def in_cluster(self) -> bool: ...
    @property
    def replica(self) -> bool: ...
    @property
    def outside(self) -> str: ...
    @property
    def refusal(self) -> ConclaveError | None: ...
    def view_only(self, now: datetime) -> str: ...


def why_waits(action: Action, here: Here, now: datetime) -> str:
    """Why nothing of it may be done here now, though later; "" when it may."""
    if not here.in_cluster:
        return "this node is not in the cluster"
    if here.replica:
        return "this cluster is a replica"
    return here.outside or (_why_vault_waits(action, here, now) if action.writes_vault else "")


def _why_vault_waits(action: Action, here: Here, now: datetime) -> str:
    if here.refusal is not None:
        return str(here.refusal)
    if action.alike and here.gate.upgrading:
        return "an upgrade is in progress"
    return "" if action.when_view_only else here.view_only(now)
