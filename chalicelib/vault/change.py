"""What may be changed of a secret, and what a change leads to. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.core.errors import AccessDenied, Invalid
from chalicelib.core.plain import Plain

from . import hook
from .approval import ApprovalTerms
from .checkout import CheckoutTerms
from .folder import NO_FOLDER
from .grants import Deed
from .passwords import demand
from .secret import Expiry, FieldValue, Secret, Switches, check_name, item_id
from .ssh_key import KeyWish
from .state import LOCAL_SITE, SecretState
from .templates import ACCOUNT_PARTS, PLACE_PARTS, EditRight, Template, TemplateField

MAX_MACHINES = 100
MAX_PINS = 10
MAX_LINE = 300


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One value of a request, and how it names its field: by itemId, else fieldId, else slug.

    value:    None leaves the field as it is; an empty one removes its value
    generate: a password is to be made for it here
    filename: how a file that is made for it here is to be called
    removes:  an empty value removes a file too: clients send one for a file that they leave
    """

    value: Plain | None = None
    item_id: int = 0
    field_id: int = 0
    slug: str = ""
    generate: bool = False
    removes: bool = False
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A secret to be made.

    keys: what is to be made for it besides
    """

    name: str
    template_id: int
    folder_id: int = NO_FOLDER
    site_id: int = LOCAL_SITE
    items: tuple[Item, ...] = field(default=(), repr=False)
    inherits: bool = True
    switches: Switches = Switches()
    checkout: CheckoutTerms = CheckoutTerms()
    requires_comment: bool = False
    privileged_id: int = 0
    policy_id: int = 0
    keys: KeyWish = KeyWish()


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None leaves it as it is. 0 detaches an account or a policy.

    requirements: of its passwords, by slug; 0 for the template's
    files:   by slug, sealed for the next version of their fields
    version: of the secret that the change is made for; None for whatever it is by now
    """

    name: str | None = None
    folder_id: int | None = None
    site_id: int | None = None
    items: tuple[Item, ...] = field(default=(), repr=False)
    inherits: bool | None = None
    switches: Switches | None = None
    expiry: Expiry | None = None
    checkout: CheckoutTerms | None = None
    approval: ApprovalTerms | None = None
    requires_comment: bool | None = None
    policy_id: int | None = None
    privileged_id: int | None = None
    allowed_machines: tuple[str, ...] | None = None
    pins: tuple[str, ...] | None = None
    requirements: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, FieldValue] = field(default_factory=dict)
    version: int | None = None


def given(kind: Template, secret_id: int, items: Iterable[Item]) -> dict[str, Plain]:
    """The values that items bring, by slug. Invalid when one names no field of the template."""
    named = ((field_named(kind, secret_id, item), item) for item in items)
    return {
        one.slug: item.value
        for one, item in named
        if item.value is not None and (item.value or item.removes or not one.is_file)
    }


def field_named(kind: Template, secret_id: int, item: Item) -> TemplateField:
    """The field that an item means."""
    wanted = item.slug.strip().lower()
    tests: tuple[Callable[[TemplateField], bool], ...] = (
        lambda one: bool(item.item_id) and item.item_id == item_id(secret_id, one),
        lambda one: item.field_id == one.id,
        lambda one: bool(wanted) and wanted in (one.slug, one.name.lower()),
    )
    for test in tests:
        for one in kind.fields:
            if test(one):
                return one
    raise Invalid("An item names no field of the secret's template.")


def applied(secret: Secret, change: Change) -> Secret:
    """The secret with all of the change but its values."""
    switches = change.switches or secret.switches
    policy_id = 0 if switches.inherits_policy else _or(change.policy_id, secret.policy_id)
    return replace(
        secret,
        name=_named(secret, change.name),
        folder_id=_or(change.folder_id, secret.folder_id),
        site_id=check_site(_or(change.site_id, secret.site_id)),
        inherits_permissions=bool(_or(change.inherits, secret.inherits_permissions)),
        switches=switches,
        policy_id=policy_id,
        expiry=change.expiry or secret.expiry,
        checkout=change.checkout or secret.checkout,
        approval=change.approval or secret.approval,
        requires_comment=bool(_or(change.requires_comment, secret.requires_comment)),
        privileged_id=_or(change.privileged_id, secret.privileged_id),
        allowed_machines=lines(change.allowed_machines, secret.allowed_machines, MAX_MACHINES),
        pins=lines(change.pins, secret.pins, MAX_PINS),
    )


def _named(secret: Secret, wanted: str | None) -> str:
    """A name that stays may be older than the pattern of its template."""
    if wanted is None or wanted.strip() == secret.name:
        return secret.name
    return check_name(wanted, secret.template)


def _or(wanted: int | None, present: int) -> int:
    return present if wanted is None else wanted


def check_site(site_id: int) -> int:
    if site_id < 1:
        raise Invalid("siteId must be the id of a site.")
    return site_id


def lines(wanted: tuple[str, ...] | None, present: tuple[str, ...], most: int) -> tuple[str, ...]:
    """A list of short texts as it is stored, each once."""
    if wanted is None:
        return present
    clean = tuple(dict.fromkeys(one.strip() for one in wanted if one.strip()))
    if len(clean) > most or any(len(one) > MAX_LINE for one in clean):
        raise Invalid(f"At most {most} entries of {MAX_LINE} characters.")
    return clean


def deeds(before: Secret, after: Secret) -> set[Deed]:
    """The rights that a change needs.

    Who shares it is its Owner's to say: so is moving one that inherits, as the folder shares it,
    and what it asks of them besides.
    """
    needed = {Deed.EDIT}
    owners = (
        before.inherits_permissions != after.inherits_permissions,
        before.folder_id != after.folder_id and before.inherits_permissions,
        before.allowed_machines != after.allowed_machines,
        before.pins != after.pins,
        before.terms != after.terms,
        before.policy_id != after.policy_id,
        before.requirements != after.requirements,
        before.switches.inherits_policy != after.switches.inherits_policy,
    )
    return needed | {Deed.OWN} if any(owners) else needed


def redirects(before: Secret, after: Secret, changed: Collection[str]) -> list[str]:
    """What of a change sends the secret's values somewhere else (DESIGN 8); nothing if none does.

    changed: slugs of the fields whose value differs
    """
    kind = after.template
    places = [part.value for part in PLACE_PARTS if kind.parts.get(part, "") in changed]
    if before.site_id != after.site_id:
        places.append("site")
    if after.privileged_id and before.privileged_id != after.privileged_id:
        places.append("privileged account")
    return places


def steers(after: Secret, changed: Collection[str]) -> list[str]:
    """What of a change has a privileged account act on another account than before.

    Who may only edit the secret could else have himself given any account of that machine.
    """
    parts = after.template.parts
    named = [part.value for part in ACCOUNT_PARTS if parts.get(part, "") in changed]
    run = [one.label for one in hook.steered(after.hooks, after.template, changed)]
    return [*(named if after.privileged_id else []), *run]


def is_allowed(machine: Plain, privileged: Secret) -> bool:
    """Whether a privileged account's Owner lets it be used for that machine."""
    allowed = (Plain(one.casefold()) for one in privileged.allowed_machines)
    here = _folded(machine)
    return bool(machine) and any(here.same(one) for one in allowed)


def _folded(value: Plain) -> Plain:
    return Plain(value.reveal().strip().casefold())


def demand_required(kind: Template, filled: Collection[str]) -> None:
    """Raise Invalid naming a required field that has no value."""
    for one in kind.fields:
        if one.is_required and one.slug not in filled:
            raise Invalid(f"{one.name} is required.")


def demand_passwords(kind: Template, values: Mapping[str, Plain], username: Plain | None) -> None:
    """Raise Invalid unless those values that are passwords meet their requirements."""
    for one in kind.fields:
        if one.rules and values.get(one.slug):
            demand(values[one.slug], one.rules, username)


def field_deeds(kind: Template, changed: Collection[str], filled: Collection[str]) -> set[Deed]:
    """The rights that changing those fields needs besides that to edit.

    filled: the slugs that have a value already. AccessDenied for a field that is set only once.
    """
    rights = {one.edit_right for one in kind.fields if one.slug in changed}
    once = {one.slug for one in kind.fields if one.edit_right is EditRight.NOBODY}
    if once & set(changed) & set(filled):
        raise AccessDenied("Access denied: the template lets a field be set once and not changed.")
    return {Deed.OWN} if EditRight.OWNER in rights else set()


def next_state(
    state: SecretState, before: Secret, after: Secret, changed: Collection[str], now: datetime
) -> SecretState:
    """The state after a person's change."""
    kind = after.template
    retry = before.site_id != after.site_id or before.checks != after.checks
    if retry or set(changed) & set(kind.parts.values()):
        state = state.edited(now, after.checks)
    state = replace(state, site_id=after.site_id, is_active=after.is_active)
    ages = before.expiry != after.expiry or _password_changed(after, changed)
    expires_at = after.expires_at() if ages else state.expires_at
    if ages or changes_itself(before) != changes_itself(after):
        state = state.expiring(expires_at, changes=changes_itself(after))
    return state


def first_state(secret: Secret, now: datetime) -> SecretState:
    """What is known of a new secret's target: nothing, so it is tried at once."""
    state = SecretState(secret.id, secret.site_id)
    if secret.checks:
        state = state.watched(now)
    return state.expiring(secret.expires_at(), changes=changes_itself(secret))


def changes_itself(secret: Secret) -> bool:
    """Whether its password is changed by itself when it expires."""
    return secret.switches.auto_change and secret.on_target


def _password_changed(secret: Secret, changed: Collection[str]) -> bool:
    one = secret.template.password
    return one is not None and one.slug in changed
