"""A secret: its definition and its sealed values. What is known of its target: `state`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.core.errors import Invalid, TooLarge

from .approval import ApprovalTerms
from .attachment import FileFacts
from .checkout import CheckoutTerms
from .folder import NO_FOLDER, Tree, split_path
from .grants import Grant, Grantee, Role, role_of
from .homes import Homes
from .hook import Hook
from .name_pattern import matches
from .state import LOCAL_SITE, SecretState
from .templates import Template, TemplateField
from .watching import Watchers

MAX_NAME = 200
MAX_NAME_BYTES = 800  # the name stands in index keys
MAX_VALUE = 64 * 1024
MAX_SECRET = 280 * 1024
"""All sealed values of a secret together, in bytes: a row holds 400 KB."""

ITEMS_PER_SECRET = 64
MAX_ID = (2**31 - 1) // ITEMS_PER_SECRET
_FORBIDDEN = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One value, sealed for its secret, field and version; `sealed` is empty for no value.

    key:    of the field: its slug may change, what was sealed under it stays
    file:   of a file; None for a text
    lock:   the DoubleLock whose key seals it inside, 0 for none
    sealed: of a file that lies in the bucket, its key
    """

    key: str
    version: int
    at: datetime
    sealed: bytes = field(default=b"", repr=False)
    file: FileFacts | None = None
    lock: int = 0


class ExpiryKind(StrEnum):
    """The contract's SecretDetailExpirationType."""

    TEMPLATE = "Template"
    DAYS = "DayInterval"
    DATE = "SpecificDate"


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a secret's password is too old."""

    kind: ExpiryKind = ExpiryKind.TEMPLATE
    days: int | None = None
    date: datetime | None = None

    def __post_init__(self) -> None:
        if self.kind is ExpiryKind.DAYS and not 1 <= (self.days or 0) <= 36_500:
            raise Invalid("expirationDayInterval must be 1 to 36500 days.")
        if self.kind is ExpiryKind.DATE and self.date is None:
            raise Invalid("expirationDate is required for the type SpecificDate.")
        if self.date is not None and self.date.utcoffset() and self.date.year in (1, 9999):
            raise Invalid("expirationDate is too far off.")  # it may have no time in UTC

    def at(self, kind: Template, changed_at: datetime) -> datetime | None:
        """When a password set at `changed_at` expires; None for never."""
        if self.kind is ExpiryKind.DATE:
            return self.date
        age = self.age(kind)
        return changed_at + age if age else None

    def age(self, kind: Template) -> timedelta | None:
        """How old a password may get; None for any age."""
        match self.kind:
            case ExpiryKind.TEMPLATE:
                return kind.expires_after
            case ExpiryKind.DAYS:
                return timedelta(days=self.days or 0)
            case ExpiryKind.DATE:
                return None


@dataclass(frozen=True, slots=True)
class Switches:
    """What may be switched on and off. What would guard a secret and does not yet, is not here."""

    auto_change: bool = False
    heartbeats: bool = True
    inherits_policy: bool = True


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret as it is stored.

    template:         as of the time when the secret was read
    values:           by slug; one that was never set is absent
    former:           values of fields that the template has no more: kept, and never shown
    homes:            where it keeps the values of its fields, if it was given another template
    grants:           its own; they count when it does not inherit its folder's
    double_lock:      the lock that its values are under, 0 for none
    policy_id:        its own secret policy, which counts when it inherits none; 0 for none
    policed:          the policy whose defaults it was given last; 0 for none
    privileged_id:    the secret whose account changes this one's password, 0 for its own account
    allowed_machines: where this one may serve as a privileged account; its Owner says so
    pins:             host keys that count; none means that the first one seen is trusted
    requirements:     of its passwords, by their fields' keys, where it has others than its template
    watchers:         who wants mails about it, and of what
    hooks:            scripts that run when it is checked out or in
    version:          of the stored row; a change is based on one
    """

    id: int
    name: str
    template: Template
    created_at: datetime
    folder_id: int = NO_FOLDER
    site_id: int = LOCAL_SITE
    is_active: bool = True
    values: Mapping[str, FieldValue] = field(default_factory=lambda: MappingProxyType({}))
    inherits_permissions: bool = True
    grants: tuple[Grant, ...] = ()
    switches: Switches = Switches()
    expiry: Expiry = Expiry()
    checkout: CheckoutTerms = CheckoutTerms()
    approval: ApprovalTerms = ApprovalTerms()
    requires_comment: bool = False
    double_lock: int = 0
    policy_id: int = 0
    policed: int = 0
    privileged_id: int = 0
    allowed_machines: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    requirements: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    created_by: int = 0
    former: tuple[FieldValue, ...] = ()
    homes: Homes = Homes()
    watchers: Watchers = field(default_factory=lambda: MappingProxyType({}))
    hooks: tuple[Hook, ...] = ()
    version: int = 0

    @property
    def template_id(self) -> int:
        return self.template.id

    @property
    def terms(self) -> tuple[CheckoutTerms, ApprovalTerms, bool, int]:
        """What it asks of those who have the right to it."""
        return (self.checkout, self.approval, self.requires_comment, self.double_lock)

    @property
    def is_restricted(self) -> bool:
        """Whether a right alone does not show its values to everybody."""
        asks = self.checkout.required or self.approval.required or self.requires_comment
        return asks or bool(self.double_lock)

    @property
    def checks(self) -> bool:
        """Whether heartbeats are made for it."""
        return self.on_target and self.switches.heartbeats

    @property
    def on_target(self) -> bool:
        """Whether the cluster works on its account by itself; not with a key that it has not."""
        return bool(self.template.changer) and not self.double_lock

    def value_of(self, slug: str) -> FieldValue | None:
        """The sealed value of a field, None when it has none."""
        found = self.values.get(slug)
        return found if found and found.sealed else None

    def next_version(self, slug: str) -> int:
        """The version that a new value of a field gets: no version is ever used twice."""
        known = self.values.get(slug)
        return known.version + 1 if known else 1

    def password_changed_at(self) -> datetime:
        """When the password got its present value."""
        one = self.template.password
        value = self.values.get(one.slug) if one else None
        return value.at if value else self.created_at

    def expires_at(self) -> datetime | None:
        return self.expiry.at(self.template, self.password_changed_at())

    @property
    def own_grants(self) -> tuple[Grant, ...]:
        """Its own grants, as far as they count: none when its folder's count."""
        inherits = self.inherits_permissions and self.folder_id != NO_FOLDER
        return () if inherits else self.grants

    def grants_in(self, tree: Tree) -> tuple[Grant, ...]:
        """The grants that count: its own, or its folder's."""
        inherits = self.inherits_permissions and self.folder_id != NO_FOLDER
        return tree.grants_on(self.folder_id) if inherits else self.grants

    def role_for(self, them: frozenset[Grantee], tree: Tree) -> Role | None:
        return role_of(self.grants_in(tree), them)


@dataclass(frozen=True, slots=True)
class Stored:
    """A secret with its state: two rows, read together."""

    secret: Secret
    state: SecretState


def item_id(secret_id: int, one: TemplateField) -> int:
    """The contract's itemId: one number for a secret's field."""
    return secret_id * ITEMS_PER_SECRET + one.number


def check_name(name: str, kind: Template) -> str:
    """The name as it is stored. Invalid when it cannot be one of that template's secrets."""
    clean = name.strip()
    if not name_in_path(clean) or len(clean) > MAX_NAME or _FORBIDDEN.search(clean):
        raise Invalid(f"A secret name has 1 to {MAX_NAME} characters, not only slashes.")
    if len(clean.casefold().encode()) > MAX_NAME_BYTES:
        raise Invalid("The secret name is too long.")
    if not matches(kind.name_pattern, clean):
        raise Invalid(kind.name_pattern_error or "The name does not match the template's pattern.")
    return clean


def name_in_path(name: str) -> str:
    r"""What is compared of a name in a path, where `/`, `//` and `\` are the same."""
    return "/".join(split_path(name.strip().casefold()))


def check_size(values: Iterable[FieldValue]) -> None:
    """Raise TooLarge when a secret's values are too much for one secret."""
    if sum(len(one.sealed) for one in values) > MAX_SECRET:
        raise TooLarge("The secret's values are too large.")
