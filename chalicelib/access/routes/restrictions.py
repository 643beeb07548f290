"""The API of address restrictions."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.access.restriction import Restriction
from chalicelib.core.errors import Invalid, NotFound, StillUsed
from chalicelib.core.paging import page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import DeletedModel, Paged, PagedQuery, Struct, paged, paged_answer

VIEW, ADMINISTER = "View IP Addresses", "Administer IP Addresses"
ALL = "/api/v1/ipaddress-restrictions"
ONE = f"{ALL}/{{id}}"


class RestrictionArgs(Struct):
    name: str
    range: str


class RestrictionModel(Struct):
    id: int
    name: str
    range: str


class UserArgs(Struct):
    ip_address_restriction_id: int
    user_id: int


class GroupArgs(Struct):
    ip_address_restriction_id: int
    group_id: int


class UserRestrictionModel(Struct):
    id: int
    ip_address_restriction_id: int
    ip_address_restriction_name: str
    user_id: int
    user_name: str
    user_display_name: str


class GroupRestrictionModel(Struct):
    id: int
    ip_address_restriction_id: int
    ip_address_restriction_name: str
    group_id: int
    group_name: str


@endpoint("GET", ALL, query=PagedQuery, returns=Paged[RestrictionModel], permission=VIEW)
def list_restrictions(call: Call[None]) -> Paged[RestrictionModel]:
    return paged_answer(page(wiring.restrictions().all(), paged(call.query)), _model)


@endpoint(
    "POST",
    ALL,
    body=RestrictionArgs,
    returns=RestrictionModel,
    permission=ADMINISTER,
    writes="cluster",
)
def create_restriction(call: Call[RestrictionArgs]) -> RestrictionModel:
    args = call.body
    return _model(wiring.restrictions().create(call.principal, args.name, args.range, call.now))


@endpoint("GET", ONE, returns=RestrictionModel, permission=VIEW, errors=[NotFound])
def read_restriction(call: Call[None]) -> RestrictionModel:
    return _model(wiring.restrictions().get(call.id()))


@endpoint(
    "PUT",
    ONE,
    body=RestrictionArgs,
    returns=RestrictionModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound, StillUsed],
)
def change_restriction(call: Call[RestrictionArgs]) -> RestrictionModel:
    args, service = call.body, wiring.restrictions()
    return _model(service.change(call.principal, call.id(), args.name, args.range, call.now))


@endpoint(
    "DELETE", ONE, returns=DeletedModel, permission=ADMINISTER, writes="cluster", errors=[NotFound]
)
def remove_restriction(call: Call[None]) -> DeletedModel:
    wiring.restrictions().remove(call.principal, call.id(), call.now)
    return DeletedModel(call.id(), "IpAddressRestriction")


@endpoint(
    "GET",
    f"{ONE}/users",
    query=PagedQuery,
    returns=Paged[UserRestrictionModel],
    permission=VIEW,
    errors=[NotFound],
)
def list_users(call: Call[None]) -> Paged[UserRestrictionModel]:
    found = wiring.restrictions().get(call.id())
    asked = page(sorted(found.users), paged(call.query))
    return paged_answer(asked, lambda user: _user_model(found, user))


@endpoint(
    "POST",
    f"{ONE}/users",
    body=UserArgs,
    returns=UserRestrictionModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound, StillUsed],
)
def bind_user(call: Call[UserArgs]) -> UserRestrictionModel:
    id = _same(call.id(), call.body.ip_address_restriction_id)
    user = call.body.user_id
    found = wiring.restrictions().bind_user(call.principal, id, user, True, call.now)
    return _user_model(found, user)


@endpoint(
    "DELETE",
    f"{ONE}/users/{{userId}}",
    returns=DeletedModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound, StillUsed],
)
def free_user(call: Call[None]) -> DeletedModel:
    user = call.id("userId")
    wiring.restrictions().bind_user(call.principal, call.id(), user, False, call.now)
    return DeletedModel(user, "UserIpAddressRestriction")


@endpoint(
    "GET",
    f"{ONE}/groups",
    query=PagedQuery,
    returns=Paged[GroupRestrictionModel],
    permission=VIEW,
    errors=[NotFound],
)
def list_groups(call: Call[None]) -> Paged[GroupRestrictionModel]:
    found = wiring.restrictions().get(call.id())
    asked = page(sorted(found.groups), paged(call.query))
    return paged_answer(asked, lambda group: _group_model(found, group))


@endpoint(
    "POST",
    f"{ONE}/groups",
    body=GroupArgs,
    returns=GroupRestrictionModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound, StillUsed],
)
def bind_group(call: Call[GroupArgs]) -> GroupRestrictionModel:
    id = _same(call.id(), call.body.ip_address_restriction_id)
    group = call.body.group_id
    found = wiring.restrictions().bind_group(call.principal, id, group, True, call.now)
    return _group_model(found, group)


@endpoint(
    "DELETE",
    f"{ONE}/groups/{{groupId}}",
    returns=DeletedModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=[NotFound, StillUsed],
)
def free_group(call: Call[None]) -> DeletedModel:
    group = call.id("groupId")
    wiring.restrictions().bind_group(call.principal, call.id(), group, False, call.now)
    return DeletedModel(group, "GroupIpAddressRestriction")


def _same(path: int, body: int) -> int:
    if path != body:
        raise Invalid("Path and body name two different restrictions.")
    return path


def _model(one: Restriction) -> RestrictionModel:
    return RestrictionModel(one.id, one.name, one.range)


def _user_model(one: Restriction, user_id: int) -> UserRestrictionModel:
    user = wiring.restrictions().user(user_id)
    return UserRestrictionModel(
        one.id, one.id, one.name, user_id, user.user_name, user.display_name
    )


def _group_model(one: Restriction, group_id: int) -> GroupRestrictionModel:
    name = wiring.restrictions().group_name(group_id)
    return GroupRestrictionModel(one.id, one.id, one.name, group_id, name)
