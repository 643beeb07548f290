"""Users: find, make, change, lock, disable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib import wiring
from chalicelib.access.restriction import Bound
from chalicelib.access.user import Person, User, short
from chalicelib.access.user_change import NewUser, UserChange
from chalicelib.access.user_query import UserQuery
from chalicelib.core.errors import AccessDenied, Invalid, StillUsed
from chalicelib.core.paging import page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import DeletedModel, Paged, PagedQuery, paged, paged_answer

from .foreign import OneUserQuery, is_elsewhere
from .patch import changed
from .user_models import (
    ChangePasswordArgs,
    CurrentUserModel,
    LockOut,
    LockOutArgs,
    LookupModel,
    PasswordResetArgs,
    PermissionName,
    SuccessModel,
    UserCreateArgs,
    UserModel,
    UserOwnerSummary,
    UserPatchArgs,
    UserSearch,
    UserSummary,
    UserUpdateArgs,
    keyed,
    mailed,
    owner_summary,
    owners,
    user_model,
    user_summary,
    wanted,
)

REASONS = ("SuspiciousActivity", "LoginAttemptsExceeded", "Other")


@endpoint(
    "GET",
    "/api/v1/users",
    query=UserSearch,
    returns=Paged[UserSummary],
    permission="View Users",
    or_permission="Own User",
)
def search_users(call: Call[None]) -> Paged[UserSummary]:
    owned_by = None if call.principal.may("View Users") else call.principal
    query = replace(_query(call.query), owned_by=owned_by)
    found = wiring.users().search(query, paged(call.query))
    logins = wiring.users().logins(found.records)
    apps, keys = wiring.users().with_factor(found.records)
    return paged_answer(
        found,
        lambda user: user_summary(
            user, logins[user.id], (user.id in apps, user.id in keys), call.now
        ),
    )


@endpoint("GET", "/api/v1/users/lookup", query=UserSearch, returns=Paged[LookupModel])
def look_up_users(call: Call[None]) -> Paged[LookupModel]:
    found = wiring.users().search(_query(call.query), paged(call.query))
    return paged_answer(found, _lookup)


@endpoint(
    "GET",
    "/api/v1/users/current",
    returns=CurrentUserModel,
    out_of_cluster=True,
    while_enrolling=True,
)
def get_current_user(call: Call[None]) -> CurrentUserModel:
    user = wiring.users().get(call.principal.user_id).user
    names = sorted(call.principal.permissions)
    return CurrentUserModel(
        id=user.id,
        user_name=user.user_name,
        display_name=user.display_name,
        email_address=user.email_address,
        permissions=[PermissionName(name) for name in names],
    )


@endpoint(
    "POST",
    "/api/v1/users",
    body=UserCreateArgs,
    returns=UserModel,
    permission="Administer Users",
    or_permission="Administer Create Users",
    writes="cluster",
    errors=(StillUsed,),
)
def create_user(call: Call[UserCreateArgs]) -> UserModel:
    args = call.body
    if is_elsewhere(args.domain_id):
        raise Invalid(f"There is no domain {args.domain_id}.")
    new = NewUser(
        user_name=args.user_name,
        display_name=args.display_name,
        password=args.password,
        email_address=args.email_address or "",
        enabled=args.enabled,
        is_application_account=args.is_application_account,
        needs_code=bool(wanted(args)),
        mails_codes=bool(mailed(args)),
        needs_key=bool(keyed(args)),
    )
    return _model(wiring.users().create(call.principal, new, call.now), call)


@endpoint(
    "GET",
    "/api/v1/users/{id}",
    query=OneUserQuery,
    returns=UserModel,
    permission="View Users",
    or_permission="Own User",
)
def get_user(call: Call[None]) -> UserModel:
    return _model(wiring.users().see(call.principal, call.id()), call)


@endpoint(
    "GET",
    "/api/v1/users/{id}/owners",
    query=PagedQuery,
    returns=Paged[UserOwnerSummary],
    permission="View Users",
    or_permission="Own User",
)
def list_owners_of_user(call: Call[None]) -> Paged[UserOwnerSummary]:
    found = wiring.users().owners(wiring.users().see(call.principal, call.id()).user)
    return paged_answer(page(found, paged(call.query)), owner_summary)


@endpoint(
    "PUT",
    "/api/v1/users/{id}",
    body=UserUpdateArgs,
    returns=UserModel,
    permission="Administer Users",
    or_permission="Own User",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def update_user(call: Call[UserUpdateArgs]) -> UserModel:
    args = call.body
    change = UserChange(
        display_name=args.display_name,
        email_address=args.email_address,
        enabled=args.enabled,
        is_application_account=args.is_application_account,
        locked=args.is_locked_out,
        password=args.password or None,
        needs_code=wanted(args),
        mails_codes=mailed(args),
        needs_key=keyed(args),
        owners=owners(args),
    )
    return _changed(call, call.id(), change)


@endpoint(
    "PATCH",
    "/api/v1/users/{id}",
    body=UserPatchArgs,
    returns=UserModel,
    permission="Administer Users",
    or_permission="Own User",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def patch_user(call: Call[UserPatchArgs]) -> UserModel:
    patch = call.body.data or call.body
    bound = changed(patch.ip_address_restriction_ids)
    change = UserChange(
        display_name=changed(patch.display_name),
        email_address=changed(patch.email_address),
        enabled=changed(patch.enabled),
        is_application_account=changed(patch.is_application_account),
        locked=changed(patch.is_locked_out),
        password=changed(patch.password),
        needs_code=wanted(patch),
        mails_codes=mailed(patch),
        needs_key=keyed(patch),
        restrictions=None if bound is None else frozenset(bound),
        owners=owners(patch),
    )
    return _changed(call, call.id(), change)


@endpoint(
    "DELETE",
    "/api/v1/users/{id}",
    returns=DeletedModel,
    permission="Administer Users",
    or_permission="Own User",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def disable_user(call: Call[None]) -> DeletedModel:
    wiring.users().disable(call.principal, call.id(), call.now)
    return DeletedModel(call.id(), "User")


@endpoint(
    "POST",
    "/api/v1/users/change-password",
    body=ChangePasswordArgs,
    returns=UserModel,
    writes="cluster",
)
def change_password(call: Call[ChangePasswordArgs]) -> UserModel:
    args = call.body
    person = wiring.users().change_own_password(
        call.principal, args.current_password, args.new_password, call.now
    )
    return _model(person, call)


@endpoint(
    "POST",
    "/api/v1/users/{userId}/password-reset",
    body=PasswordResetArgs,
    returns=SuccessModel,
    permission="Administer Users",
    or_permission="Own User",
    writes="cluster",
    errors=(AccessDenied,),
)
def reset_password(call: Call[PasswordResetArgs]) -> SuccessModel:
    asked = call.body.data
    if asked.user_id not in (None, call.id("userId")):
        raise Invalid("userId must be the user of the path.")
    _changed(call, call.id("userId"), UserChange(password=asked.password))
    return SuccessModel()


@endpoint(
    "POST",
    "/api/v1/users/{userId}/lock-out",
    body=LockOutArgs,
    returns=SuccessModel,
    permission="Administer Users",
    or_permission="Own User",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def lock_out_user(call: Call[LockOutArgs]) -> SuccessModel:
    asked = call.body.data or LockOut()
    if asked.reason_type not in REASONS:
        raise Invalid(f"reasonType must be one of {', '.join(REASONS)}.")
    reason = f"{asked.reason_type}: {short(asked.description, 'The description')}"
    _changed(call, call.id("userId"), UserChange(locked=True, lock_reason=reason))
    return SuccessModel()


def _changed(call: Call[Any], id: int, change: UserChange) -> UserModel:
    return _model(wiring.users().change(call.principal, id, change, call.now), call)


def _model(person: Person, call: Call[Any]) -> UserModel:
    bound_by = wiring.restrictions().binding(Bound("users", person.user.id))
    return user_model(person, bound_by, call.now)


def _lookup(user: User) -> LookupModel:
    return LookupModel(user.id, user.user_name)


def _query(asked: UserSearch) -> UserQuery:
    return UserQuery(
        text=asked.search_text,
        fields=asked.search_fields,
        ids=[0] if is_elsewhere(asked.domain_id) else asked.user_ids,
        include_inactive=asked.include_inactive,
    )
