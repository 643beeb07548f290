"""How users travel: requests and answers of the users' endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.access.owners import AskedOwners, Owner
from chalicelib.access.restriction import Restriction
from chalicelib.access.user import Login, Person, User
from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.web.shapes import NEVER, ApiDate, Dirty, NotYet, PagedQuery, Struct

from .foreign import LOCAL_DOMAIN, LOCAL_DOMAIN_ID, ForeignToUsers
from .patch import changed
from .restriction_models import UserRestrictionModel, user_restriction


class UserSearch(PagedQuery):
    search_text: str = ""
    search_fields: Sequence[str] = ()
    user_ids: Sequence[int] = ()
    include_inactive: bool = False
    domain_id: int | None = None
    exclude_inbox_rule_id_subscribers: NotYet | None = None


class FactorArgs(ForeignToUsers):
    """Which second factors somebody is to have; see `wanted`."""

    oath_two_factor: bool | None = None
    duo_two_factor: bool | None = None
    fido2_two_factor: bool | None = None
    radius_two_factor: bool | None = None
    two_factor: bool | None = None


class UserCreateArgs(FactorArgs, kw_only=True):
    user_name: str
    display_name: str
    password: Plain
    email_address: str | None = None
    enabled: bool = True
    is_application_account: bool = False
    domain_id: int | None = None


class UserUpdateArgs(FactorArgs):
    """Absent properties stay as they are."""

    display_name: str | None = None
    email_address: str | None = None
    enabled: bool | None = None
    is_application_account: bool | None = None
    is_locked_out: bool | None = None
    password: Plain | None = None
    group_owners: Sequence[int] = ()
    is_group_owner_update: bool = False


class UserPatch(ForeignToUsers):
    display_name: Dirty[str] | None = None
    email_address: Dirty[str] | None = None
    enabled: Dirty[bool] | None = None
    is_application_account: Dirty[bool] | None = None
    is_locked_out: Dirty[bool] | None = None
    password: Dirty[Plain] | None = None
    oath_two_factor: Dirty[bool] | None = None
    duo_two_factor: Dirty[bool] | None = None
    fido2_two_factor: Dirty[bool] | None = None
    radius_two_factor: Dirty[bool] | None = None
    two_factor: Dirty[bool] | None = None
    ip_address_restriction_ids: Dirty[Sequence[int]] | None = None
    group_owners: Sequence[int] = ()
    is_group_owner_update: bool = False


class UserPatchArgs(UserPatch):
    """The fields lie in the body itself; those in `data`, as in other PATCH bodies, win."""

    data: UserPatch | None = None


class ChangePasswordArgs(Struct):
    current_password: Plain
    new_password: Plain


class PasswordReset(Struct):
    password: Plain
    user_id: int | None = None


class PasswordResetArgs(Struct):
    data: PasswordReset


class LockOut(Struct):
    description: str = ""
    reason_type: str = "Other"


class LockOutArgs(Struct):
    data: LockOut | None = None


class SuccessModel(Struct):
    success: bool = True


class UserOwnerSummary(Struct):
    id: int
    name: str
    group_id: int | None
    user_id: int | None
    is_user: bool
    domain_id: int = LOCAL_DOMAIN_ID


class LookupModel(Struct):
    id: int
    value: str


class PermissionName(Struct):
    name: str


class CurrentUserModel(Struct):
    id: int
    user_name: str
    display_name: str
    email_address: str
    permissions: Sequence[PermissionName]
    date_option_id: int = 0
    time_option_id: int = 0
    user_lcid: int = 0
    user_theme: str = ""
    platform_integration_type: str = "None"


class UserSummary(Struct):
    id: int
    user_name: str
    display_name: str
    email_address: str
    created: ApiDate
    enabled: bool
    is_application_account: bool
    is_locked_out: bool
    last_login: ApiDate
    login_failures: int
    domain_id: int = LOCAL_DOMAIN_ID
    domain_name: str = LOCAL_DOMAIN
    external_user_source: str = "None"
    platform_integration_type: str = "None"
    two_factor_method: str = "None"


class UserModel(Struct):
    id: int
    user_name: str
    display_name: str
    email_address: str
    created: ApiDate
    enabled: bool
    is_application_account: bool
    is_locked_out: bool
    lock_out_reason: str | None
    lock_out_reason_description: str
    last_login: ApiDate
    login_failures: int
    password_last_changed: ApiDate
    personal_group_id: int
    domain_id: int = LOCAL_DOMAIN_ID
    ad_account_expires: ApiDate = NEVER
    ad_guid: str = ""
    date_option_id: int = 0
    time_option_id: int = 0
    user_lcid: int = 0
    duo_two_factor: bool = False
    fido2_two_factor: bool = False
    oath_two_factor: bool = False
    oath_verified: bool = False
    radius_two_factor: bool = False
    radius_user_name: str = ""
    two_factor: bool = False
    external_user_source: str = "None"
    ip_address_restrictions: Sequence[UserRestrictionModel] = ()
    last_session_activity: ApiDate | None = None
    platform_integration_type: str = "None"
    platform_membership_type: str = "None"
    platform_service_user: bool = False
    reset_session_started: ApiDate = NEVER
    verify_email_sent_date: ApiDate = NEVER
    slack_id: str = ""
    unix_authentication_method: str = "Password"


def user_model(person: Person, bound_by: Sequence[Restriction], now: datetime) -> UserModel:
    user, login = person.user, person.login
    reason = login.lockout.reason
    failed = "LoginAttemptsExceeded" if login.lockout.is_locked(now) else None
    return UserModel(
        id=user.id,
        user_name=user.user_name,
        display_name=user.display_name,
        email_address=user.email_address,
        created=user.created,
        enabled=user.enabled,
        is_application_account=user.is_application_account,
        is_locked_out=login.lockout.is_locked(now),
        lock_out_reason=reason.partition(":")[0] if reason else failed,
        lock_out_reason_description=reason.partition(":")[2].strip(),
        last_login=login.last_login or NEVER,
        login_failures=len(login.lockout.failures),
        password_last_changed=login.changed_at,
        personal_group_id=user.personal_group_id,
        fido2_two_factor=user.needs_key or person.has_key,
        oath_two_factor=user.needs_code or person.has_code,
        oath_verified=person.has_code,
        two_factor=user.mails_codes,
        ip_address_restrictions=[user_restriction(one, user) for one in bound_by],
    )


ABSENT = {
    "duo_two_factor": "Duo",
    "radius_two_factor": "RADIUS",
}


def owners(args: UserUpdateArgs | UserPatch) -> AskedOwners | None:
    """Who is to own him: groups, personal ones among them. None when nothing is said of it."""
    is_said = args.is_group_owner_update or args.group_owners
    return AskedOwners(group_ids=args.group_owners) if is_said else None


def owner_summary(one: Owner) -> UserOwnerSummary:
    is_user = one.user_id is not None
    return UserOwnerSummary(one.group_id, one.name, one.group_id, one.user_id, is_user)


def wanted(args: FactorArgs | UserPatch) -> bool | None:
    """Whether he is to have an authenticator app; None when nothing is said of it.

    Raises Invalid for the other kinds: a user whom nothing asks for them would only seem safe.
    """
    for name, kind in ABSENT.items():
        if _said(getattr(args, name)):
            raise Invalid(f"Conclave has no {kind} as a second factor: set oathTwoFactor.")
    return _said(args.oath_two_factor)


def mailed(args: FactorArgs | UserPatch) -> bool | None:
    """Whether codes are to be mailed to him; None when nothing is said of it."""
    return _said(args.two_factor)


def keyed(args: FactorArgs | UserPatch) -> bool | None:
    """Whether he is to have a security key; None when nothing is said of it."""
    return _said(args.fido2_two_factor)


def _said(value: Dirty[bool] | bool | None) -> bool | None:
    return changed(value) if isinstance(value, Dirty) else value


def user_summary(user: User, login: Login, has: tuple[bool, bool], now: datetime) -> UserSummary:
    """has: an app, a security key"""
    return UserSummary(
        id=user.id,
        user_name=user.user_name,
        display_name=user.display_name,
        email_address=user.email_address,
        created=user.created,
        enabled=user.enabled,
        is_application_account=user.is_application_account,
        is_locked_out=login.lockout.is_locked(now),
        last_login=login.last_login or NEVER,
        login_failures=len(login.lockout.failures),
        two_factor_method=_method(user, *has),
    )


def _method(user: User, has_code: bool, has_key: bool) -> str:
    if has_code or user.needs_code:
        return "TOTPAuthenticator"
    if has_key or user.needs_key:
        return "Fido2"
    return "Email" if user.mails_codes else "None"
