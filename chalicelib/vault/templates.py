"""Secret templates: which fields a kind of secret has, and which of them a changer needs. Pure.

Numbers of fields are never used twice, and neither is the key under which a secret keeps the
field's value: names and slugs may change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.core.errors import Invalid, NotFound

from .name_pattern import check_pattern
from .one_time_terms import USUAL, OneTimeTerms
from .requirement import Requirement

MAX_FIELDS = 63
"""Ever, as an item's id holds the field's number in six bits."""

PASSWORD = 2
WEB_PASSWORD = 9
WINDOWS_ACCOUNT = 6003
UNIX_ACCOUNT_SSH = 6007
POSTGRESQL_ACCOUNT = 6030
"""Built-in templates that code names."""

FIRST_OWN = 10_000
"""Ids below are those of built-in templates."""

MAX_NAME = 100
MAX_TEXT = 1_000
MAX_OPTIONS = 200
MAX_HISTORY = 1_000
MAX_DAYS = 36_500
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class FieldType(StrEnum):
    """The contract's FieldDataType."""

    TEXT = "Text"
    NOTES = "Notes"
    URL = "Url"
    PASSWORD = "Password"  # noqa: S105 - the name of a type
    FILE = "File"
    LIST = "List"
    URL_LIST = "UrlList"


LISTS = frozenset({FieldType.LIST, FieldType.URL_LIST})
"""Their values have an entry a line."""

FIXED_TYPES = frozenset({FieldType.PASSWORD, FieldType.FILE})
"""What has such a type keeps it: a password must not become a text that is searched."""


class EditRight(StrEnum):
    """The contract's FieldPermissionType: who may change a field's value."""

    EDIT = "Edit"
    OWNER = "Owner"
    NOBODY = "NotEditable"


class Part(StrEnum):
    """What a changer asks a secret for."""

    MACHINE = "machine"
    PORT = "port"
    DATABASE = "database"
    USERNAME = "username"
    PASSWORD = "password"  # noqa: S105 - the name of a part


PLACE_PARTS = (Part.MACHINE, Part.PORT)
"""Who changes these sends the secret's values somewhere else: DESIGN 8."""

ACCOUNT_PARTS = (Part.USERNAME, Part.DATABASE)
"""Who changes these has a privileged account, if there is one, act on another account."""

USERNAME_SLUGS = ("username", "user-name")
"""Where the user name is, that a password must not contain, if no changer says so."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that a field takes."""

    id: int
    value: str


_UNSEARCHABLE = frozenset({FieldType.PASSWORD, FieldType.FILE})


@dataclass(frozen=True, slots=True)
class TemplateField:
    """One field.

    key:           the name under which a secret keeps its value
    history:       how many former values are kept
    requirement:   the id of what a password must meet; None for anything
    rules:         that requirement itself, as of the time when the template was read
    options:       what it takes, if there are any
    needs_edit:    only who may edit the secret sees the value
    order:         its place among the fields; 0 for that of its number
    kept_as:       of a converted secret: the name under which it keeps the value instead of `key`
    """

    id: int
    number: int
    name: str
    slug: str
    type: FieldType = FieldType.TEXT
    is_required: bool = False
    is_indexable: bool = False
    history: int = 0
    description: str = ""
    requirement: int | None = None
    rules: Requirement | None = None
    key: str = ""
    is_active: bool = True
    edit_right: EditRight = EditRight.EDIT
    needs_edit: bool = False
    hide_on_view: bool = False
    options: tuple[Option, ...] = ()
    order: int = 0
    kept_as: str = ""

    def __post_init__(self) -> None:
        for is_wrong, why in self._mistakes():
            if is_wrong:
                raise Invalid(why)

    @property
    def is_searchable(self) -> bool:
        """Whether search may look into it: never into what is hidden, from viewers or from all."""
        return self.is_indexable and not self.needs_edit and self.type not in _UNSEARCHABLE

    @property
    def is_password(self) -> bool:
        return self.type is FieldType.PASSWORD

    @property
    def is_file(self) -> bool:
        return self.type is FieldType.FILE

    @property
    def is_list(self) -> bool:
        return self.type in LISTS

    @property
    def stored_as(self) -> str:
        """The key of the field's value."""
        return self.kept_as or self.searched_as

    @property
    def searched_as(self) -> str:
        """The key of its entries in the search index, of whichever secret.

        Built-in fields have that of the slug that they were built in with.
        """
        return self.key or self.slug

    @property
    def place(self) -> int:
        return self.order or self.number

    def takes(self, value: str) -> bool:
        """Whether its options let it have that value; of a list, each line."""
        known = {one.value for one in self.options}
        given = value.splitlines() if self.is_list else [value]
        return not known or known.issuperset(given)

    def _mistakes(self) -> Iterable[tuple[bool, str]]:
        name, values = self.name.strip(), [one.value for one in self.options]
        hidden = self.is_password or self.is_file
        yield not name or len(name) > MAX_NAME, f"A field's name has 1 to {MAX_NAME} characters."
        yield (
            not _SLUG.fullmatch(self.slug) or len(self.slug) > MAX_NAME,
            ("A slug has lower-case letters and digits, with single dashes between them."),
        )
        yield len(self.description) > MAX_TEXT, "The field's description is too long."
        yield not 0 <= self.history <= MAX_HISTORY, f"historyLength must be 0 to {MAX_HISTORY}."
        yield not 0 <= self.order < 2**31, "sortOrder must be 0 or more."
        yield hidden and self.is_indexable, "A password or a file is never searched by its value."
        yield hidden and bool(values), "A password or a file has no options."
        yield (
            self.requirement is not None and not self.is_password,
            ("Only a password field has a password requirement."),
        )
        yield (
            len(values) > MAX_OPTIONS or any(len(one) > MAX_NAME for one in values),
            (f"At most {MAX_OPTIONS} options of {MAX_NAME} characters."),
        )
        yield len(set(values)) < len(values) or "" in values, "An option is empty or comes twice."


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of secret.

    all_fields:      with those that were taken off it: a secret keeps their values
    changer:         the kind of target its accounts live on, "" when nothing checks or changes them
    parts:           the slug of the field that holds each part the changer asks for
    heartbeat_every: how often its passwords are tried
    expires_after:   how old a password may get, None for any age
    name_pattern:    what the names of its secrets must match: see `name_pattern`
    one_time:        how codes are made by the key in its field for one
    version:         of the stored row; None for one that is not stored
    """

    id: int
    name: str
    all_fields: tuple[TemplateField, ...]
    changer: str = ""
    parts: Mapping[Part, str] = field(default_factory=lambda: MappingProxyType({}))
    heartbeat_every: timedelta = timedelta(minutes=60)
    expires_after: timedelta | None = None
    validate_on_create: bool = False
    validate_on_edit: bool = False
    description: str = ""
    is_active: bool = True
    name_pattern: str = ""
    name_pattern_error: str = ""
    one_time: OneTimeTerms = USUAL
    version: int | None = None

    def __post_init__(self) -> None:
        for is_wrong, why in self._mistakes():
            if is_wrong:
                raise Invalid(why)
        check_pattern(self.name_pattern)

    @property
    def fields(self) -> tuple[TemplateField, ...]:
        """The fields that it has now, in their order."""
        active = (one for one in self.all_fields if one.is_active)
        return tuple(sorted(active, key=lambda one: (one.place, one.number)))

    def keys_of(self, name: str) -> list[str]:
        """The keys of the searchable fields of that slug or name."""
        wanted = name.strip().lower()
        return [
            one.searched_as
            for one in self.fields
            if one.is_searchable and wanted in (one.slug, one.name.lower())
        ]

    def by_slug(self, slug: str) -> TemplateField:
        """The field of that slug. NotFound when the template has none."""
        for one in self.fields:
            if one.slug == slug.strip().lower():
                return one
        raise NotFound("The field was not found on the secret's template.")

    def by_id(self, field_id: int) -> TemplateField:
        """A field, also one that was taken off. NotFound when it never had it."""
        for one in self.all_fields:
            if one.id == field_id:
                return one
        raise NotFound("The template field was not found.")

    @property
    def password(self) -> TemplateField | None:
        """The field that a changer changes, or the first password field."""
        changed = self.parts.get(Part.PASSWORD)
        passwords = [one for one in self.fields if one.is_password]
        return next((one for one in passwords if changed in (None, one.slug)), None)

    @property
    def username_slug(self) -> str:
        """Of the field that holds the account's name; "" when there is none."""
        slugs = {one.slug for one in self.fields}
        wanted = (self.parts.get(Part.USERNAME, ""), *USERNAME_SLUGS)
        return next((one for one in wanted if one in slugs), "")

    @property
    def is_own(self) -> bool:
        return self.id >= FIRST_OWN

    def _mistakes(self) -> Iterable[tuple[bool, str]]:
        name, age = self.name.strip(), self.expires_after
        slugs = [one.slug for one in self.all_fields]
        yield not name or len(name) > MAX_NAME, f"A template's name has 1 to {MAX_NAME} characters."
        yield len(self.description) > MAX_TEXT, "The template's description is too long."
        yield len(self.name_pattern_error) > MAX_TEXT, "namePatternErrorMessage is too long."
        yield len(slugs) > MAX_FIELDS, f"A template has at most {MAX_FIELDS} fields, ever."
        yield len(set(slugs)) < len(slugs), "A template has each slug once, former fields included."
        is_odd = age is not None and not 1 <= age.days <= MAX_DAYS
        yield is_odd, f"expirationDays must be 1 to {MAX_DAYS}."
