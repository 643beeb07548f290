"""Secret policies: made, changed, looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib import wiring
from chalicelib.core.errors import Conflict, NotFound, Unavailable
from chalicelib.core.paging import page
from chalicelib.vault.grants import Grantee, Who
from chalicelib.vault.people import Named
from chalicelib.vault.policy import Policy, Setting
from chalicelib.vault.policy_items import ITEMS, NOT_YET, Item
from chalicelib.vault.service import Reach
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, paged, paged_answer

from . import policy_models as models
from .policy_args import changed_v1, draft, patched
from .visiting import visit

VIEW, ADMINISTER = "View Secret Policy", "Administer Secret Policy"
CHANGES = (Conflict, Unavailable, NotFound)
NEW = Policy(0, "")
UNREACHED = Reach(0, 0, 0, 0)
LISTS = {"sshCommandMenuGroups"}
OBJECTS: Mapping[str, Mapping[str, Any]] = {"launcherSettings": {}, "autoChangeSchedule": {}}
"""Values of items that say nothing, where the contract has no null."""

SECTIONS = {"general": "General", "rpc": "Remote Password Changing", "security": "Security"}


@endpoint(
    "GET",
    "/api/v1/secret-policy/search",
    query=models.PolicyQuery,
    returns=Paged[models.SecretPolicyModel],
    permission=VIEW,
)
def search(call: Call[None]) -> Paged[models.SecretPolicyModel]:
    asked: models.PolicyQuery = call.query
    text = asked.secret_policy_name.strip().casefold()
    found = [
        one
        for one in summaries()
        if (one.active or asked.include_inactive) and text in one.secret_policy_name.casefold()
    ]
    return paged_answer(page(found, paged(asked)), lambda one: one)


def summaries() -> list[models.SecretPolicyModel]:
    """All policies by name."""
    known = wiring.policies().current().policies.values()
    return [
        models.SecretPolicyModel(one.id, one.name, one.description, one.is_active)
        for one in sorted(known, key=lambda each: each.name.casefold())
    ]


@endpoint(
    "GET",
    "/api/v2/secret-policy/stub",
    returns=models.SecretPolicyDetailModelV2,
    permission=VIEW,
)
def stub(call: Call[None]) -> models.SecretPolicyDetailModelV2:
    return _detail(NEW, UNREACHED)


@endpoint(
    "POST",
    "/api/v2/secret-policy",
    body=models.PolicyCreateArgs,
    returns=models.SecretPolicyDetailModelV2,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def create(call: Call[models.PolicyCreateArgs]) -> models.SecretPolicyDetailModelV2:
    made = wiring.policies().create(visit(call), draft(call.body.data))
    return _detail(made, UNREACHED)


@endpoint(
    "GET",
    "/api/v2/secret-policy/{id}",
    returns=models.SecretPolicyDetailModelV2,
    permission=VIEW,
)
def read(call: Call[None]) -> models.SecretPolicyDetailModelV2:
    found = wiring.policies().current().policy(call.id())
    return _detail(found, wiring.policies().reach(visit(call), found))


@endpoint(
    "PATCH",
    "/api/v2/secret-policy/{id}",
    body=models.PolicyPatchArgs,
    returns=models.SecretPolicyDetailModelV2,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def patch(call: Call[models.PolicyPatchArgs]) -> models.SecretPolicyDetailModelV2:
    asker = visit(call)
    changed = wiring.policies().change(asker, call.id(), lambda one: patched(one, call.body.data))
    return _detail(changed, wiring.policies().reach(asker, changed))


@endpoint("GET", "/api/v1/secret-policy/stub", returns=models.SecretPolicyV1, permission=VIEW)
def stub_v1(call: Call[None]) -> models.SecretPolicyV1:
    return _whole_v1(NEW)


@endpoint(
    "POST",
    "/api/v1/secret-policy",
    body=models.PolicyV1Args,
    returns=models.SecretPolicyV1,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def create_v1(call: Call[models.PolicyV1Args]) -> models.SecretPolicyV1:
    return _whole_v1(wiring.policies().create(visit(call), changed_v1(NEW, call.body.data)))


@endpoint("GET", "/api/v1/secret-policy/{id}", returns=models.SecretPolicyV1, permission=VIEW)
def read_v1(call: Call[None]) -> models.SecretPolicyV1:
    return _whole_v1(wiring.policies().current().policy(call.id()))


@endpoint(
    "PATCH",
    "/api/v1/secret-policy/{id}",
    body=models.PolicyV1Args,
    returns=models.SecretPolicyV1,
    permission=ADMINISTER,
    writes="vault",
    errors=CHANGES,
)
def patch_v1(call: Call[models.PolicyV1Args]) -> models.SecretPolicyV1:
    changed = wiring.policies().change(
        visit(call), call.id(), lambda one: changed_v1(one, call.body.data)
    )
    return _whole_v1(changed)


def _detail(one: Policy, reach: Reach) -> models.SecretPolicyDetailModelV2:
    sections = {
        f"{section}_items": _section(one, section)
        for section in ("general", "launcher", "rpc", "security")
    }
    return models.SecretPolicyDetailModelV2(
        secret_policy_id=one.id or None,
        secret_policy_name=one.name,
        secret_policy_description=one.description,
        active=one.is_active,
        affected_folder_count=reach.folders,
        affected_inheriting_folders_count=reach.inheriting_folders,
        affected_secret_count=reach.secrets,
        affected_inheriting_secrets_count=reach.inheriting_secrets,
        **sections,
    )


def _section(one: Policy, section: str) -> models.Items:
    items = {
        item.name: models.PolicyItemModel(
            item.number, one.setting(item).applies.value, _value(item, one.setting(item))
        )
        for item in ITEMS
        if item.section == section
    }
    later = {
        name: models.PolicyItemModel(0, "NotSet", [] if name in LISTS else OBJECTS.get(name))
        for name in NOT_YET[section]
    }
    return {**items, **later}


def _value(item: Item, setting: Setting) -> Any:
    if item.kind is not tuple:
        return setting.value
    return [
        models.UserGroupMapModel(one.group_id, one.known_as, _type(one.to))
        for one in _approvers(setting)
    ]


def _type(to: Grantee) -> str:
    return "Group" if to.who is Who.GROUP else "User"


def _approvers(setting: Setting) -> list[Named]:
    """Who approves. Two Queries where there is somebody."""
    if not isinstance(setting.value, tuple):
        return []
    return list(wiring.directory().known(setting.value).values())


def _whole_v1(one: Policy) -> models.SecretPolicyV1:
    return models.SecretPolicyV1(
        one.id,
        one.name,
        one.description,
        one.is_active,
        [_item_v1(item, one.setting(item)) for item in ITEMS],
    )


def _item_v1(item: Item, setting: Setting) -> models.SecretPolicyV1Item:
    value = setting.value
    is_secret = item.name == "privilegedSecretId"
    number = value if type(value) is int else None
    return models.SecretPolicyV1Item(
        secret_policy_item_id=item.number,
        name=item.name[0].upper() + item.name[1:],
        description=item.label,
        section_name=SECTIONS[item.section],
        policy_apply_type=setting.applies.value,
        value_type=_value_type(item),
        value_bool=value if isinstance(value, bool) else None,
        value_int=None if is_secret else number,
        value_secret_id=number if is_secret else None,
        user_group_maps=[models.GroupMapV1(who.group_id) for who in _approvers(setting)],
    )


def _value_type(item: Item) -> str:
    if item.kind is bool:
        return "Bool"
    if item.kind is int:
        return "SecretId" if item.name == "privilegedSecretId" else "Int"
    return "Group"
