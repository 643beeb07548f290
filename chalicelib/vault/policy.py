"""Secret policies: what a folder, or somebody, has secrets ask for and do. Pure.

A policy says of each of its items nothing, a default, or what is enforced. A default is set once,
when the policy begins to count for a secret; what is enforced stays, and nobody sets it otherwise
at the secret. What a policy once set stays when it ceases to count: it is the secret's own by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from chalicelib.core.errors import Invalid

from .folder import NO_FOLDER, Tree
from .policy_items import ITEMS, Item, PolicyValue
from .secret import Secret

MAX_NAME = 100
MAX_DESCRIPTION = 1_000


class EnforcedByPolicy(Invalid):
    """The secret's policy enforces it."""

    code = "API_EnforcedBySecretPolicy"


class Applies(StrEnum):
    """The contract's PolicyApplyType."""

    NOT_SET = "NotSet"
    DEFAULT = "Default"
    ENFORCED = "Enforced"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a policy says of one item. `value`: None where it says nothing."""

    applies: Applies = Applies.NOT_SET
    value: PolicyValue = None


SILENT = Setting()
WHO_APPROVES = ("approvalGroups", "approvalWorkflow")
FIRMEST = (Applies.ENFORCED, Applies.DEFAULT)


@dataclass(frozen=True, slots=True)
class Policy:
    """settings: by the item's name; an absent one says nothing
    version:  of the stored row; a change is based on one
    """

    id: int
    name: str
    description: str = ""
    is_active: bool = True
    settings: Mapping[str, Setting] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 0

    def setting(self, item: Item) -> Setting:
        return self.settings.get(item.name, SILENT)

    def said(self, secret: Secret) -> Iterator[tuple[Item, Setting]]:
        """What it says that a secret of that template can keep, in the order to be set."""
        for item in ITEMS:
            setting = self.setting(item)
            if setting.applies is not Applies.NOT_SET and item.fits(secret):
                yield item, setting

    def enforced(self, secret: Secret) -> Iterator[tuple[Item, Setting]]:
        return (one for one in self.said(secret) if one[1].applies is Applies.ENFORCED)


def policy_id_of(secret: Secret, tree: Tree) -> int:
    """The policy that counts for a secret: its folder's, or its own; 0 for none."""
    if not secret.switches.inherits_policy:
        return secret.policy_id
    return tree.policy_on(secret.folder_id) if secret.folder_id != NO_FOLDER else 0


def kept_up(policy: Policy, secret: Secret) -> Secret:
    """The secret with all that is enforced."""
    for item, setting in policy.enforced(secret):
        secret = item.put(secret, setting.value)
    return secret


def assigned(policy: Policy, before: Secret, wanted: Secret) -> Secret:
    """The secret as the policy begins to count for it; an item that was asked for is no default."""
    after = wanted
    for item, setting in policy.said(wanted):
        is_asked_for = item.get(wanted) != item.get(before)
        if setting.applies is Applies.ENFORCED or not is_asked_for:
            after = item.put(after, setting.value)
    return replace(after, policed=policy.id)


def brought(policy: Policy | None, secret: Secret) -> Secret:
    """The secret as the policy that counts for it has it; its defaults, if it counts newly."""
    if policy is None:
        return replace(secret, policed=0)
    if secret.policed != policy.id:
        return assigned(policy, secret, secret)
    return kept_up(policy, secret)


def demand_kept(policy: Policy, before: Secret, wanted: Secret) -> None:
    """Raise EnforcedByPolicy, naming the item, for a change of what is enforced."""
    for item, setting in policy.enforced(wanted):
        if item.get(wanted) not in (item.get(before), setting.value):
            raise EnforcedByPolicy(f"{item.label} is enforced by the secret policy {policy.name}.")


def demand_whole(policy: Policy) -> None:
    """Raise Invalid for a policy that no secret could keep."""
    if not 1 <= len(policy.name) <= MAX_NAME:
        raise Invalid(f"secretPolicyName has 1 to {MAX_NAME} characters.")
    if len(policy.description) > MAX_DESCRIPTION:
        raise Invalid(f"secretPolicyDescription has at most {MAX_DESCRIPTION} characters.")
    for item in ITEMS:
        setting = policy.setting(item)
        if setting.applies is not Applies.NOT_SET:
            item.demand(setting.value)
    _demand_approvers(policy)
    _demand_consistent(policy)


def _demand_approvers(policy: Policy) -> None:
    """Who is to ask needs somebody to ask: as firmly as he has to."""
    named = [policy.settings.get(one, SILENT).applies for one in WHO_APPROVES]
    approvers = next((one for one in FIRMEST if one in named), Applies.NOT_SET)
    asked = {
        policy.setting(one).applies
        for one in ITEMS
        if one.name.startswith("requireApproval") and policy.setting(one).value
    } - {Applies.NOT_SET}
    if asked and approvers is Applies.NOT_SET:
        raise Invalid("A policy that requires approval needs approvalGroups or approvalWorkflow.")
    if Applies.ENFORCED in asked and approvers is not Applies.ENFORCED:
        raise Invalid(
            "A policy that enforces approval needs approvalGroups or approvalWorkflow to be"
            " enforced too."
        )


def _demand_consistent(policy: Policy) -> None:
    """Each level of approval holds those below it."""
    levels = [one for one in ITEMS if one.name.startswith("requireApproval")]
    said = [policy.setting(one) for one in levels]
    values = [one.value for one in said if one.applies is not Applies.NOT_SET]
    if values != sorted(values, reverse=True):  # type: ignore[type-var]
        raise Invalid("Items of approval contradict each other: editors ask, or viewers need not.")


def told(before: Policy | None, after: Policy) -> str:
    """What differs, for the trail."""
    former = before or Policy(0, "")
    facts = {
        "name": (former.name, after.name),
        "description": (former.description, after.description),
        "active": (former.is_active, after.is_active),
    }
    names = [f"{name}" for name, (one, other) in facts.items() if one != other]
    items = [
        f"{item.name} {after.setting(item).applies}{_value_told(after.setting(item).value)}"
        for item in ITEMS
        if former.setting(item) != after.setting(item)
    ]
    return f"{after.name}: {', '.join(names + items)}"[:900]


def _value_told(value: PolicyValue) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " " + " ".join(f"{one.who.value} {one.id}" for one in value)
    return f" {value}"
