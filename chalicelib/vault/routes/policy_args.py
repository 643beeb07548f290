"""What clients say of a policy's items, in either version of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from chalicelib import wiring
from chalicelib.core.errors import Invalid
from chalicelib.vault.people import Wanted
from chalicelib.vault.policy import SILENT, Applies, Policy, Setting
from chalicelib.vault.policy_items import BY_NAME, BY_NUMBER, NOT_YET, Item, PolicyValue
from chalicelib.web.shapes import applied

from . import policy_models as models
from .template_args import one_of

SECTIONS = ("general", "launcher", "rpc", "security")
MOST_ID = 2**31 - 1
_LATER = {name.lower(): name for names in NOT_YET.values() for name in names}
Settings = dict[str, Setting]


def draft(given: models.PolicyDraft) -> Policy:
    """A policy to be made."""
    settings: Settings = {}
    for section in SECTIONS:
        for name, sent in (getattr(given, f"{section}_items") or {}).items():
            settings |= _setting(name, _unwrapped(sent) or sent)
    return Policy(
        0,
        given.secret_policy_name.strip(),
        given.secret_policy_description.strip(),
        given.active,
        MappingProxyType(settings),
    )


def patched(known: Policy, patch: models.PolicyPatch) -> Policy:
    """The policy with what is dirty of a patch."""
    settings: Settings = dict(known.settings)
    for section in SECTIONS:
        for name, sent in (getattr(patch, f"{section}_items") or {}).items():
            if sent.dirty and (item := _unwrapped(sent)):
                settings |= _setting(name, item)
    return replace(
        known,
        name=applied(patch.secret_policy_name, known.name).strip(),
        description=applied(patch.secret_policy_description, known.description).strip(),
        is_active=applied(patch.active, known.is_active),
        settings=MappingProxyType(_said(settings)),
    )


def changed_v1(known: Policy, given: models.PolicyV1Draft) -> Policy:
    """The policy with what came in the first version's form."""
    settings = dict(known.settings)
    for sent in given.secret_policy_items or ():
        settings |= _setting_v1(sent)
    name, text = given.secret_policy_name, given.secret_policy_description
    return replace(
        known,
        name=known.name if name is None else name.strip(),
        description=known.description if text is None else text.strip(),
        is_active=known.is_active if given.active is None else given.active,
        settings=MappingProxyType(_said(settings)),
    )


def _said(settings: Settings) -> Settings:
    return {name: one for name, one in settings.items() if one != SILENT}


def _unwrapped(sent: models.PolicyDataItem) -> models.PolicyDataItem | None:
    """What a dirty field holds."""
    if not sent.dirty:
        return None
    if not isinstance(sent.value, Mapping):
        raise Invalid("A dirty item of a policy has a policyApplyType and a value.")
    inner = {str(key).lower(): one for key, one in sent.value.items()}
    return models.PolicyDataItem(str(inner.get("policyapplytype", "NotSet")), inner.get("value"))


def _setting(name: str, sent: models.PolicyDataItem) -> Settings:
    applies = one_of(Applies, "policyApplyType", sent.policy_apply_type)
    item = BY_NAME.get(name.strip().lower())
    if item is None:
        return _nothing(name, applies)
    if applies is Applies.NOT_SET:
        return {item.name: SILENT}
    value = _people(sent.value) if item.kind is tuple else sent.value
    return {item.name: _checked(item, applies, value)}


def _setting_v1(sent: models.SecretPolicyV1Item) -> Settings:
    applies = one_of(Applies, "policyApplyType", sent.policy_apply_type)
    item = BY_NUMBER.get(sent.secret_policy_item_id) or BY_NAME.get(sent.name.strip().lower())
    if item is None:
        return _nothing(sent.name, applies)
    if applies is Applies.NOT_SET:
        return {item.name: SILENT}
    if item.kind is tuple:
        return {item.name: _checked(item, applies, _named(sent.user_group_maps or ()))}
    if item.kind is bool:
        return {item.name: _checked(item, applies, sent.value_bool)}
    number = sent.value_int if sent.value_int is not None else sent.value_secret_id
    return {item.name: _checked(item, applies, number)}


def _nothing(name: str, applies: Applies) -> Settings:
    """An item of a feature that is not there may be sent as long as it says nothing."""
    if applies is not Applies.NOT_SET:
        known = _LATER.get(name.strip().lower())
        raise Invalid(f"{known or 'An item'} is not available in this release.")
    return {}


def _checked(item: Item, applies: Applies, value: PolicyValue) -> Setting:
    item.demand(value)
    return Setting(applies, value)


def _people(sent: Any) -> PolicyValue:
    if not isinstance(sent, list | tuple) or not all(isinstance(one, Mapping) for one in sent):
        raise Invalid("approvalGroups takes a list of objects with a groupId.")
    ids = [
        _number({str(key).lower(): of for key, of in one.items()}.get("groupid")) for one in sent
    ]
    return _named(models.GroupMapV1(one) for one in ids)


def _number(value: Any) -> int:
    if type(value) is not int or not 0 < value <= MOST_ID:
        raise Invalid("groupId must be the id of a group.")
    return value


def _named(maps: Iterable[models.GroupMapV1]) -> PolicyValue:
    """Users by their own groups. Two Queries each."""
    ids = dict.fromkeys(one.group_id for one in maps)
    return tuple(wiring.directory().find(Wanted(group_id=id)).to for id in ids)
