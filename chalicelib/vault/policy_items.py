"""The items that a secret policy may say something about: a table. Pure.

An item reads a fact of a secret, and gives the secret with another. Those of features that are not
there yet are named too, so that answers have them; they cannot be set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

from chalicelib.core.errors import Invalid

from .approval import MOST_APPROVERS, Asking
from .checkout import MAX_MINUTES
from .grants import Grantee
from .secret import Secret

PolicyValue: TypeAlias = bool | int | tuple[Grantee, ...] | None
Fits: TypeAlias = Callable[[Secret], bool]


def _always(secret: Secret) -> bool:
    return True


def _is_changed(secret: Secret) -> bool:
    """Whether Conclave can change its password."""
    return bool(secret.template.changer)


@dataclass(frozen=True, slots=True)
class Item:
    """One item.

    number:  by which clients may name it
    name:    in the contract's second version; the first one's begins with a capital
    section: the group in which the contract has it
    get:     the fact as a secret has it now
    put:     the secret with that fact
    fits:    whether a secret of that template can keep it; one that cannot is left alone
    """

    number: int
    name: str
    section: str
    label: str
    kind: type[bool] | type[int] | type[tuple[Grantee, ...]]
    get: Callable[[Secret], PolicyValue]
    put: Callable[[Secret, Any], Secret]
    fits: Fits = _always
    most: int = 2**31 - 1

    def demand(self, value: PolicyValue) -> None:
        """Raise Invalid unless it can be that."""
        if self.kind is tuple:
            if not isinstance(value, tuple) or not 1 <= len(value) <= MOST_APPROVERS:
                raise Invalid(f"{self.name} takes 1 to {MOST_APPROVERS} users or groups.")
        elif type(value) is not self.kind:
            raise Invalid(f"{self.name} takes a {'boolean' if self.kind is bool else 'number'}.")
        elif self.kind is int and not 1 <= cast(int, value) <= self.most:
            raise Invalid(f"{self.name} takes a number from 1 to {self.most}.")


def _switch(name: str) -> dict[str, Any]:
    def put(secret: Secret, value: bool) -> Secret:
        return replace(secret, switches=replace(secret.switches, **{name: value}))

    return {"kind": bool, "get": lambda secret: getattr(secret.switches, name), "put": put}


def _fact(name: str, kind: type) -> dict[str, Any]:
    def put(secret: Secret, value: PolicyValue) -> Secret:
        return replace(secret, **{name: value})  # type: ignore[arg-type]

    return {"kind": kind, "get": lambda secret: getattr(secret, name), "put": put}


def _checkout(name: str, kind: type) -> dict[str, Any]:
    def put(secret: Secret, value: PolicyValue) -> Secret:
        return replace(secret, checkout=replace(secret.checkout, **{name: value}))  # type: ignore[arg-type]

    return {"kind": kind, "get": lambda secret: getattr(secret.checkout, name), "put": put}


LEVELS = (Asking.NOBODY, Asking.VIEWERS, Asking.EDITORS, Asking.EVERYBODY)
"""Who has to ask: each level holds those before it."""


def _level(at: int) -> dict[str, Any]:
    def put(secret: Secret, value: bool) -> Secret:
        known = LEVELS.index(secret.approval.asking)
        asking = LEVELS[max(known, at) if value else min(known, at - 1)]
        return replace(secret, approval=replace(secret.approval, asking=asking))

    return {
        "kind": bool,
        "get": lambda secret: LEVELS.index(secret.approval.asking) >= at,
        "put": put,
    }


def _put_approvers(secret: Secret, value: tuple[Grantee, ...]) -> Secret:
    return replace(secret, approval=replace(secret.approval, approvers=value))


def _put_workflow(secret: Secret, value: int) -> Secret:
    return replace(secret, approval=replace(secret.approval, workflow_id=value))


ITEMS: tuple[Item, ...] = (
    Item(1, "siteId", "general", "The site", **_fact("site_id", int)),
    Item(2, "autoChangeOnExpiration", "rpc", "Auto change", **_switch("auto_change")),
    Item(3, "heartBeatEnabled", "rpc", "Heartbeat", **_switch("heartbeats")),
    Item(
        4,
        "privilegedSecretId",
        "rpc",
        "The privileged account",
        **_fact("privileged_id", int),
        fits=_is_changed,
    ),
    Item(5, "checkOutEnabled", "security", "Checkout", **_checkout("required", bool)),
    Item(
        6,
        "checkOutIntervalMinutes",
        "security",
        "The checkout interval",
        **_checkout("minutes", int),
        most=MAX_MINUTES,
    ),
    Item(
        7,
        "checkOutChangePassword",
        "security",
        "Change password on check-in",
        **_checkout("changes_password", bool),
        fits=_is_changed,
    ),
    Item(
        8,
        "approvalGroups",
        "security",
        "The list of approvers",
        tuple,
        lambda secret: secret.approval.approvers,
        _put_approvers,
    ),
    Item(
        13,
        "approvalWorkflow",
        "security",
        "The approval workflow",
        int,
        lambda secret: secret.approval.workflow_id,
        _put_workflow,
    ),
    Item(9, "requireApprovalForAccess", "security", "Approval", **_level(1)),
    Item(10, "requireApprovalForAccessForEditors", "security", "Approval for editors", **_level(2)),
    Item(
        11,
        "requireApprovalForAccessForOwnersAndApprovers",
        "security",
        "Approval for owners and approvers",
        **_level(3),
    ),
    Item(
        12, "requireViewComment", "security", "Require comment", **_fact("requires_comment", bool)
    ),
)
"""In the order in which they are set: who approves comes before who has to ask."""

BY_NAME = {one.name.lower(): one for one in ITEMS}
BY_NUMBER = {one.number: one for one in ITEMS}

NOT_YET: dict[str, tuple[str, ...]] = {
    "general": ("jumpboxRouteId",),
    "launcher": ("launcherSettings", "webLauncherRequiresIncognitoMode"),
    "rpc": (
        "associatedSecretId1",
        "associatedSecretId2",
        "autoChangeSchedule",
        "passwordTypeWebScriptId",
    ),
    "security": (
        "allowOwnersUnrestrictedSshCommands",
        "enableSshCommandRestrictions",
        "eventPipelinePolicy",
        "hideLauncherPassword",
        "isMultiFactorAuthenticationRequired",
        "isProxyEnabled",
        "isSessionRecordingEnabled",
        "runLauncherUsingSSHKeySecretId",
        "sshCommandBlocklistEditors",
        "sshCommandBlocklistOwners",
        "sshCommandBlocklistViewers",
        "sshCommandMenuGroups",
        "sshCommandRestrictionType",
    ),
}
"""Items of features that are not there, by section."""
