"""The API of address restrictions."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.access.restriction import Bound, Restriction
from chalicelib.core.errors import Invalid, NotFound, StillUsed
from chalicelib.core.paging import page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import DeletedModel, Paged, PagedQuery, paged, paged_answer

from .restriction_models import (
    GroupArgs,
    GroupRestrictionModel,
    RestrictionArgs,
    RestrictionModel,
    UserArgs,
    UserRestrictionModel,
    group_restriction,
    restriction_model,
    user_restriction,
)

VIEW, ADMINISTER = "View IP Addresses", "Administer IP Addresses"
ALL = "/api/v1/ipaddress-restrictions"
ONE = f"{ALL}/{{id}}"


@endpoint("GET", ALL, query=PagedQuery, returns=Paged[RestrictionModel], permission=VIEW)
def list_restrictions(call: Call[None]) -> Paged[RestrictionModel]:
    return paged_answer(page(wiring.restrictions().all(), paged(call.query)), restriction_model)


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
    return restriction_model(
        wiring.restrictions().create(call.principal, args.name, args.range, call.now)
    )


@endpoint("GET", ONE, returns=RestrictionModel, permission=VIEW, errors=[NotFound])
def read_restriction(call: Call[None]) -> RestrictionModel:
    return restriction_model(wiring.restrictions().get(call.id()))


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
    return restriction_model(
        service.change(call.principal, call.id(), args.name, args.range, call.now)
    )


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
    return paged_answer(asked, lambda user: _of_user(found, user))


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
    found = wiring.restrictions().bind(call.principal, id, Bound("users", user), True, call.now)
    return _of_user(found, user)


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
    wiring.restrictions().bind(call.principal, call.id(), Bound("users", user), False, call.now)
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
    return paged_answer(asked, lambda group: _of_group(found, group))


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
    found = wiring.restrictions().bind(call.principal, id, Bound("groups", group), True, call.now)
    return _of_group(found, group)


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
    wiring.restrictions().bind(call.principal, call.id(), Bound("groups", group), False, call.now)
    return DeletedModel(group, "GroupIpAddressRestriction")


@endpoint(
    "GET",
    "/api/v1/users/{id}/ipaddress-restrictions",
    query=PagedQuery,
    returns=Paged[UserRestrictionModel],
    permission=VIEW,
    errors=[NotFound],
)
def list_restrictions_of_user(call: Call[None]) -> Paged[UserRestrictionModel]:
    service = wiring.restrictions()
    found, user = service.binding(Bound("users", call.id())), service.user(call.id())
    return paged_answer(page(found, paged(call.query)), lambda one: user_restriction(one, user))


@endpoint(
    "GET",
    "/api/v1/groups/{id}/ipaddress-restrictions",
    query=PagedQuery,
    returns=Paged[GroupRestrictionModel],
    permission=VIEW,
    errors=[NotFound],
)
def list_restrictions_of_group(call: Call[None]) -> Paged[GroupRestrictionModel]:
    found = wiring.restrictions().binding(Bound("groups", call.id()))
    return paged_answer(page(found, paged(call.query)), lambda one: _of_group(one, call.id()))


def _same(path: int, body: int) -> int:
    if path != body:
        raise Invalid("Path and body name two different restrictions.")
    return path


def _of_user(one: Restriction, user_id: int) -> UserRestrictionModel:
    return user_restriction(one, wiring.restrictions().user(user_id))


def _of_group(one: Restriction, group_id: int) -> GroupRestrictionModel:
    return group_restriction(one, group_id, wiring.restrictions().group_name(group_id))
