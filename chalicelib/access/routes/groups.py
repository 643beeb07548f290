"""Groups and their members."""

from __future__ import annotations

from typing import Any

from chalicelib import wiring
from chalicelib.access.group_change import GroupChange
from chalicelib.access.owners import GROUPS, AskedOwners, reaches
from chalicelib.access.principal import Principal
from chalicelib.access.restriction import Bound
from chalicelib.access.role import Group
from chalicelib.core.errors import AccessDenied, StillUsed
from chalicelib.core.paging import Page, page
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import (
    DeletedModel,
    Paged,
    PagedQuery,
    paged,
    paged_answer,
)

from .foreign import is_elsewhere
from .group_models import (
    GroupCreateArgs,
    GroupIds,
    GroupModel,
    GroupPatchArgs,
    GroupSearch,
    GroupSummary,
    GroupUpdateArgs,
    MemberArgs,
    MemberModel,
    MemberPatchArgs,
    MembersArgs,
    MemberSearch,
    MemberSummary,
    asked_owners,
    group_model,
    group_summary,
    member_summary,
)
from .patch import changed
from .user_models import LookupModel, SuccessModel


@endpoint(
    "GET",
    "/api/v1/groups",
    query=GroupSearch,
    returns=Paged[GroupSummary],
    permission="View Groups",
    or_permission="Own Group",
)
def search_groups(call: Call[None]) -> Paged[GroupSummary]:
    owned_by = None if call.principal.may("View Groups") else call.principal
    return paged_answer(_found(call.query, owned_by), group_summary)


@endpoint("GET", "/api/v1/groups/lookup", query=GroupSearch, returns=Paged[LookupModel])
def look_up_groups(call: Call[None]) -> Paged[LookupModel]:
    return paged_answer(_found(call.query), lambda group: LookupModel(group.id, group.name))


@endpoint(
    "POST",
    "/api/v1/groups",
    body=GroupCreateArgs,
    returns=GroupModel,
    permission="Administer Groups",
    writes="cluster",
    errors=(StillUsed,),
)
def create_group(call: Call[GroupCreateArgs]) -> GroupModel:
    args = call.body
    new = GroupChange(args.name, args.enabled, owners=asked_owners(args))
    return _model(call, wiring.groups().create(call.principal, new, call.now))


@endpoint(
    "GET",
    "/api/v1/groups/{id}",
    returns=GroupModel,
    permission="View Groups",
    or_permission="Own Group",
)
def get_group(call: Call[None]) -> GroupModel:
    return _model(call, wiring.groups().see(call.principal, call.id()))


@endpoint(
    "PUT",
    "/api/v1/groups/{id}",
    body=GroupUpdateArgs,
    returns=GroupModel,
    permission="Administer Groups",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def update_group(call: Call[GroupUpdateArgs]) -> GroupModel:
    args = call.body
    return _changed(
        call, call.id(), GroupChange(args.name, args.enabled, owners=asked_owners(args))
    )


@endpoint(
    "PATCH",
    "/api/v1/groups/{groupId}",
    body=GroupPatchArgs,
    returns=GroupModel,
    permission="Administer Groups",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def patch_group(call: Call[GroupPatchArgs]) -> GroupModel:
    patch = call.body.data
    bound, owners = changed(patch.ip_address_restriction_ids), changed(patch.owner_group_ids)
    change = GroupChange(
        name=changed(patch.name),
        enabled=changed(patch.enabled),
        restrictions=None if bound is None else frozenset(bound),
        owners=None if owners is None else AskedOwners(group_ids=owners),
        added_owners=AskedOwners(group_ids=patch.added_owner_group_ids),
        removed_owners=AskedOwners(group_ids=patch.removed_owner_group_ids),
    )
    return _changed(call, call.id("groupId"), change)


@endpoint(
    "DELETE",
    "/api/v1/groups/{id}",
    returns=DeletedModel,
    permission="Administer Groups",
    writes="cluster",
    errors=(AccessDenied,),
)
def disable_group(call: Call[None]) -> DeletedModel:
    wiring.groups().disable(call.principal, call.id(), call.now)
    return DeletedModel(call.id(), "Group")


@endpoint(
    "GET",
    "/api/v1/groups/{id}/users",
    query=MemberSearch,
    returns=Paged[MemberSummary],
    permission="View Groups",
    or_permission="Own Group",
)
def list_members(call: Call[None]) -> Paged[MemberSummary]:
    group, asked = wiring.groups().see(call.principal, call.id()), call.query
    inactive, paging = asked.include_inactive_users_for_group, paged(asked)
    found = wiring.groups().members(group.id, inactive, paging)
    shown = page([], paging) if is_elsewhere(asked.user_domain_id) else found
    return paged_answer(shown, lambda user: member_summary(group, user))


@endpoint(
    "PUT",
    "/api/v1/groups/{groupId}/users",
    body=MembersArgs,
    returns=SuccessModel,
    permission="Administer Groups",
    or_permission="Own Group",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def assign_members(call: Call[MembersArgs]) -> SuccessModel:
    users = call.body.user_ids
    wiring.groups().assign(call.principal, call.id("groupId"), users, call.now)
    return SuccessModel()


@endpoint(
    "PATCH",
    "/api/v1/groups/{id}/users",
    body=MemberPatchArgs,
    returns=SuccessModel,
    permission="Administer Groups",
    or_permission="Own Group",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def patch_members(call: Call[MemberPatchArgs]) -> SuccessModel:
    args, groups = call.body, wiring.groups()
    groups.join(call.principal, [call.id()], args.added_user_ids, call.now)
    groups.leave(call.principal, [call.id()], args.remove_user_ids, call.now)
    return SuccessModel()


@endpoint(
    "POST",
    "/api/v1/groups/{id}/users",
    body=MemberArgs,
    returns=MemberModel,
    permission="Administer Groups",
    or_permission="Own Group",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def add_member(call: Call[MemberArgs]) -> MemberModel:
    id, user_id = call.id(), call.body.user_id
    wiring.groups().join(call.principal, [id], [user_id], call.now)
    return _one_member(id, user_id)


@endpoint(
    "GET",
    "/api/v1/groups/{id}/users/{userId}",
    returns=MemberModel,
    permission="View Groups",
    or_permission="Own Group",
)
def get_member(call: Call[None]) -> MemberModel:
    wiring.groups().see(call.principal, call.id())
    return _one_member(call.id(), call.id("userId"))


@endpoint(
    "DELETE",
    "/api/v1/groups/{id}/users/{userId}",
    returns=DeletedModel,
    permission="Administer Groups",
    or_permission="Own Group",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def remove_member(call: Call[None]) -> DeletedModel:
    user_id = call.id("userId")
    wiring.groups().leave(call.principal, [call.id()], [user_id], call.now)
    return DeletedModel(user_id, "GroupUser")


@endpoint(
    "GET",
    "/api/v1/users/{id}/groups",
    query=PagedQuery,
    returns=Paged[MemberSummary],
    permission="View Groups",
)
def list_groups_of_user(call: Call[None]) -> Paged[MemberSummary]:
    user = wiring.users().get(call.id()).user
    page = wiring.groups().groups_of(user.id, paged(call.query))
    return paged_answer(page, lambda group: member_summary(group, user))


@endpoint(
    "POST",
    "/api/v1/users/{id}/groups",
    body=GroupIds,
    returns=SuccessModel,
    permission="Administer Groups",
    or_permission="Own Group",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def add_user_to_groups(call: Call[GroupIds]) -> SuccessModel:
    wiring.groups().join(call.principal, call.body.group_ids, [call.id()], call.now)
    return SuccessModel()


@endpoint(
    "DELETE",
    "/api/v1/users/{id}/groups",
    query=GroupIds,
    returns=SuccessModel,
    permission="Administer Groups",
    or_permission="Own Group",
    writes="cluster",
    errors=(AccessDenied, StillUsed),
)
def remove_user_from_groups(call: Call[None]) -> SuccessModel:
    wiring.groups().leave(call.principal, call.query.group_ids, [call.id()], call.now)
    return SuccessModel()


def _changed(call: Call[Any], id: int, change: GroupChange) -> GroupModel:
    return _model(call, wiring.groups().change(call.principal, id, change, call.now))


def _model(call: Call[Any], group: Group) -> GroupModel:
    bound = Bound("users", group.personal_of) if group.personal_of else Bound("groups", group.id)
    may_edit = reaches(call.principal, group.owners, GROUPS)
    bound_by, owners = wiring.restrictions().binding(bound), wiring.groups().owners(group)
    return group_model(group, bound_by, owners, may_edit)


def _found(asked: GroupSearch, owned_by: Principal | None = None) -> Page[Group]:
    if is_elsewhere(asked.domain_id):
        return page([], paged(asked))
    text, inactive = asked.search_text, asked.include_inactive
    return wiring.groups().search(text, inactive, paged(asked), owned_by)


def _one_member(id: int, user_id: int) -> MemberModel:
    group, user = wiring.groups().get(id), wiring.groups().member(id, user_id)
    return MemberModel(group.id, group.name, user.id, user.user_name)
