"""What clients send about the restrictions of a secret: checkout, approval, comments."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault.change import Change
from chalicelib.vault.checkout import CheckoutTerms
from chalicelib.vault.secret import Secret
from chalicelib.web.shapes import Dirty, Struct, applied

from .secret_args import interval_minutes


class CheckoutPatch(Struct):
    """`SecretDetailSecurityCheckoutUpdateModel`."""

    check_out_enabled: Dirty[bool] | None = None
    check_out_interval_minutes: Dirty[int | None] | None = None
    check_out_change_password_enabled: Dirty[bool] | None = None

    def terms(self, known: CheckoutTerms) -> CheckoutTerms:
        return CheckoutTerms(
            applied(self.check_out_enabled, known.required),
            interval_minutes(applied(self.check_out_interval_minutes, known.minutes)),
            applied(self.check_out_change_password_enabled, known.changes_password),
        )


class CheckoutArgs(Struct):
    data: CheckoutPatch


NOT_IN_SECURITY = {
    "hide_launcher_password": "hideLauncherPassword",
    "proxy_enabled": "proxyEnabled",
    "session_recording_enabled": "sessionRecordingEnabled",
    "web_launcher_requires_incognito_mode": "webLauncherRequiresIncognitoMode",
}


class OwnRequirement(Struct):
    """fieldName: the field's slug; null or 0 is the requirement of the template."""

    field_name: str
    password_requirement_id: int | None = None


class SecurityPatch(Struct):
    """`SecretDetailSecurityGeneralUpdateModel`. passwordRequirements is ours."""

    password_requirements: Dirty[Sequence[OwnRequirement]] | None = None

    double_lock_id: Dirty[int] | None = None
    enable_double_lock: Dirty[bool] | None = None
    hide_launcher_password: Dirty[bool] | None = None
    proxy_enabled: Dirty[bool] | None = None
    requires_comment: Dirty[bool] | None = None
    session_recording_enabled: Dirty[bool] | None = None
    web_launcher_requires_incognito_mode: Dirty[bool] | None = None

    def change(self, known: Secret) -> Change:
        """What of it is to be changed. Invalid for a guard that would do nothing."""
        for attribute, name in NOT_IN_SECURITY.items():
            if applied(getattr(self, attribute), None):
                raise Invalid(f"{name} is not available in this release.")
        given: Sequence[OwnRequirement] = ()
        own = applied(self.password_requirements, given)
        return Change(
            requires_comment=applied(self.requires_comment, known.requires_comment),
            requirements={one.field_name: max(one.password_requirement_id or 0, 0) for one in own},
        )

    def lock(self, known: Secret) -> int:
        """The DoubleLock that it is to be under, 0 for none."""
        wanted = max(applied(self.double_lock_id, known.double_lock), 0)
        is_on = applied(self.enable_double_lock, wanted > 0)
        if is_on and not wanted:
            raise Invalid("doubleLockId is required to enable DoubleLock.")
        return wanted if is_on else 0


class SecurityArgs(Struct):
    """doubleLockPassword is ours: nobody else could seal the values anew."""

    data: SecurityPatch
    double_lock_password: Plain | None = None


class ApprovalPatch(Struct):
    """`SecretDetailSecurityApprovalUpdateModel`; approvers by group id, a user by his own group."""

    approvers: Dirty[Sequence[int]] | None = None
    require_approval_type: Dirty[str | None] | None = None
    workflow_template_id: Dirty[int | None] | None = None


class ApprovalArgs(Struct):
    data: ApprovalPatch


class ExtensionPatch(Struct):
    """`SecretCheckOutExtensionModel`; without minutes, by the secret's interval."""

    minutes_to_add: int | None = None
    notes: str = ""


class ExtensionArgs(Struct):
    data: ExtensionPatch
