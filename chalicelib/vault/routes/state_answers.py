"""Where a secret stands, as answers: what may be done with it, and who holds it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied
from chalicelib.vault import checkout, copies
from chalicelib.vault.approval import RequiresApproval
from chalicelib.vault.comment import RequiresComment
from chalicelib.vault.double_lock import RequiresDoubleLockPassword
from chalicelib.vault.grants import Deed, Who
from chalicelib.vault.one_time import holds_key
from chalicelib.vault.secret import Secret
from chalicelib.vault.service import Found
from chalicelib.vault.state import ChangeResult
from chalicelib.vault.visit import Visit
from chalicelib.vault.window import Guard
from chalicelib.web.shapes import View

from . import state_models as models
from .secret_answers import compliance_of

ACTIONS: Mapping[str, Deed] = {
    "Edit": Deed.EDIT,
    "Delete": Deed.DELETE,
    "Erase": Deed.DELETE,
    "Expire": Deed.EDIT,
    "EditExpiration": Deed.EDIT,
    "ViewExpiration": Deed.VIEW,
    "ViewAudit": Deed.AUDIT,
    "ViewGeneralDetails": Deed.LIST,
    "ViewShare": Deed.VIEW,
    "ViewApproval": Deed.VIEW,
    "ViewCheckOut": Deed.VIEW,
    "ViewSecurity": Deed.VIEW,
    "ConvertTemplate": Deed.CONVERT,
    "ViewMetadata": Deed.VIEW,
    "ViewSettings": Deed.VIEW,
    "ViewHooks": Deed.VIEW,
}
OWNERS = ("EditSecurity", "EditShare", "EditHooks")
"""What an Owner changes: for who may edit now, too."""

STATES: Mapping[type[AccessDenied], str] = {
    RequiresApproval: "RequiresApproval",
    RequiresComment: "RequiresComment",
    checkout.RequiresCheckout: "RequiresCheckout",
    checkout.CheckedOut: "RequiresCheckout",
    checkout.ChangePending: "RequiresCheckoutPendingRPC",
    checkout.HooksRunning: "RequiresCheckoutPendingRPC",
    RequiresDoubleLockPassword: "RequiresDoubleLockPassword",
}
"""The contract's SecretAccessRequired, by what comes first."""

ON_TARGETS: Mapping[str, Deed] = {
    "Heartbeat": Deed.HEARTBEAT,
    "ViewHeartbeatStatus": Deed.VIEW,
    "ChangePasswordNow": Deed.CHANGE_PASSWORD,
    "StopChangePasswordNow": Deed.CHANGE_PASSWORD,
    "ViewRpc": Deed.VIEW,
    "EditRpc": Deed.EDIT,
}
"""Actions on secrets that have a changer."""


def state_view(visit: Visit, found: Found) -> models.SecretDetailStateViewModel:
    secret, state = found.secret, found.state
    approved = state.window(Guard.APPROVAL, visit.who.user_id, visit.now)
    held, is_mine = state.checkout, checkout.is_holder(state, visit)
    return models.SecretDetailStateViewModel(
        id=secret.id,
        secret_name=secret.name,
        folder_id=secret.folder_id,
        folder_name=_folder_name(found),
        inherit_permissions=secret.inherits_permissions,
        is_active=secret.is_active,
        role=found.role.label if found.role else "",
        secret_state=_access(visit, found),
        actions=_actions(visit, found),
        available_actions=models.SecretDetailStateActionsModel(extend_check_out=is_mine),
        approval_end=approved.until if approved else None,
        password_change_pending=state.change is ChangeResult.PENDING or bool(state.after_check_in),
        password_change_failed=state.change is ChangeResult.FAIL,
        checked_out_user_display_name=held.name if held else "",
        checked_out_user_id=held.user_id if held else None,
        check_out_interval_minutes=secret.checkout.minutes,
        check_out_minutes_remaining=checkout.minutes_left(state, visit.now) if held else None,
        is_checked_out=held is not None and not held.is_pending,
        is_checked_out_by_current_user=is_mine,
        secret_state_flags=models.SecretStateFlagsModel(
            secret.id,
            secret.checks,
            state.heartbeat.value,
            state.change.value,
            compliance_of(found),
        ),
    )


def _folder_name(found: Found) -> str:
    known = found.tree.by_id.get(found.secret.folder_id)
    return known.name if known else ""


def _access(visit: Visit, found: Found) -> str:
    """What is asked before the values are shown, in the contract's words.

    One read where a DoubleLock comes first: who is no holder is told so.
    """
    if not found.secret.is_active:
        return "RequiresUndelete"
    if not wiring.secret_finder().may(visit, found, Deed.VIEW):
        return "CannotView"
    whys = tuple(type(one) for one in wiring.secret_finder().refusals(visit, found, Deed.REVEAL))
    if whys == (RequiresComment, checkout.RequiresCheckout):
        return "RequiresCheckoutAndComment"
    if whys[:1] == (RequiresDoubleLockPassword,):
        return wiring.lock_desk().standing(visit, found.secret.double_lock).value
    return STATES[whys[0]] if whys else "None"


def _actions(visit: Visit, found: Found) -> list[str]:
    may = wiring.secret_finder().may
    if not found.secret.is_active:
        of_deleted = {"Undelete": Deed.RESTORE, "Erase": Deed.DELETE}
        return [name for name, deed in of_deleted.items() if may(visit, found, deed)]
    offered = {**ACTIONS, **(ON_TARGETS if found.secret.on_target else {}), **_of_fields(found)}
    named = [name for name, deed in offered.items() if may(visit, found, deed)]
    copy = all(may(visit, found, deed) for deed in copies.deeds(found.secret))
    is_owner = "Edit" in named and may(visit, found, Deed.OWN)
    more = [*(OWNERS if is_owner else ()), *(["Copy"] if copy else [])]
    return [*named, *more, *_of_checkout(visit, found)]


def _of_fields(found: Found) -> dict[str, Deed]:
    """Actions on secrets with such a field."""
    has_lists = any(one.is_list for one in found.secret.template.fields)
    return {
        **({"ViewListFields": Deed.VIEW} if has_lists else {}),
        **({"GenerateOneTimePassword": Deed.REVEAL} if holds_key(found.secret) else {}),
    }


def _of_checkout(visit: Visit, found: Found) -> list[str]:
    """What may be done about its checkout: one thing at most, and nothing while it stands still."""
    may, held = wiring.secret_finder().may, checkout.in_force(found.state, visit)
    if not found.secret.checkout.required or visit.refusal is not None:
        return []
    if held is not None and held.user_id == visit.who.user_id:
        return ["Checkin"]
    if held is not None:
        return ["ForceCheckin"] if may(visit, found, Deed.FORCE_CHECK_IN) else []
    is_free = checkout.waits(found.state) is None and may(visit, found, Deed.CHECK_OUT)
    return ["Checkout"] if is_free else []


def security(found: Found, default: int) -> models.SecretDetailSecurityModel:
    """The secret's terms; default: minutes of the cluster's setting."""
    terms, lock = found.secret.checkout, found.secret.double_lock
    return models.SecretDetailSecurityModel(
        requires_comment=found.secret.requires_comment,
        require_approval_type=found.secret.approval.asking.value,
        approvers=_approvers(found),
        check_out_enabled=terms.required,
        check_out_interval_minutes=terms.minutes,
        check_out_change_password_enabled=terms.changes_password,
        check_out_interval_display=f"{terms.minutes or default} minutes",
        check_out_default_interval_display=f"{default} minutes",
        password_requirements=_requirements(found.secret),
        double_lock_id=lock,
        double_lock_name=wiring.lock_desk().named(lock),
        is_double_lock=bool(lock),
    )


def whole_terms(found: Found, default: int) -> models.SecretTermsModel:
    """The same, with the workflow. One Query more where there is one."""
    flow = found.secret.approval.workflow_id
    name = wiring.workflows().current().workflow(flow).name if flow else ""
    plain = structs.asdict(security(found, default))
    return models.SecretTermsModel(**plain, workflow_template_id=flow, workflow_name=name)


def _requirements(secret: Secret) -> models.SecretDetailSecurityPasswordRequirements:
    kind = secret.template
    each = [
        models.SecretDetailSecurityPasswordRequirement(
            one.name, one.slug, one.searched_as in secret.requirements, one.rules.id, one.rules.name
        )
        for one in kind.fields
        if one.rules
    ]
    return models.SecretDetailSecurityPasswordRequirements(
        each, kind.validate_on_create, kind.validate_on_edit
    )


def _approvers(found: Found) -> list[models.SecretDetailUserViewModel]:
    """Who approves. Two Queries where there is somebody."""
    known = wiring.directory().known(found.secret.approval.approvers)
    return [
        models.SecretDetailUserViewModel(one.known_as, one.group_id, one.to.who is Who.GROUP)
        for one in known.values()
    ]


def security_view(found: Found, default: int) -> models.SecretDetailSecurityViewModel:
    plain = security(found, default)
    return models.SecretDetailSecurityViewModel(
        View(plain.requires_comment),
        View(plain.require_approval_type),
        View(plain.approvers),
        View(plain.check_out_enabled),
        View(plain.check_out_interval_minutes),
        View(plain.check_out_change_password_enabled),
        View(plain.check_out_interval_display),
        View(plain.check_out_default_interval_display),
        View(plain.double_lock_id),
        View(plain.double_lock_name),
        View(plain.is_double_lock),
        plain.password_requirements,
    )
