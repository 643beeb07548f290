"""Secret templates: which fields a kind of secret has, and which of them a changer needs.

The built-in ones are code, not rows, so nothing can be lost. Ids are those that clients rely on;
a field's id is its template's id times a hundred and its number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.core.errors import NotFound

FIELDS_PER_TEMPLATE = 100


class FieldType(StrEnum):
    """The contract's FieldDataType."""

    TEXT = "Text"
    NOTES = "Notes"
    URL = "Url"
    PASSWORD = "Password"  # noqa: S105 - the name of a type
    FILE = "File"


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


_UNSEARCHABLE = frozenset({FieldType.PASSWORD, FieldType.FILE})


@dataclass(frozen=True, slots=True)
class TemplateField:
    """One field. `history` is how many former values are kept; `requirement` rules passwords."""

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

    @property
    def is_searchable(self) -> bool:
        """Whether search may look into it: never into a password or a file, whatever is set."""
        return self.is_indexable and self.type not in _UNSEARCHABLE

    @property
    def is_password(self) -> bool:
        return self.type is FieldType.PASSWORD

    @property
    def is_file(self) -> bool:
        return self.type is FieldType.FILE


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of secret.

    changer:         the kind of target its accounts live on, "" when nothing checks or changes them
    parts:           the slug of the field that holds each part the changer asks for
    heartbeat_every: how often its passwords are tried
    expires_after:   how old a password may get, None for any age
    """

    id: int
    name: str
    fields: tuple[TemplateField, ...]
    changer: str = ""
    parts: Mapping[Part, str] = field(default_factory=lambda: MappingProxyType({}))
    heartbeat_every: timedelta = timedelta(minutes=60)
    expires_after: timedelta | None = None
    validate_on_create: bool = False
    validate_on_edit: bool = False

    def slugs_of(self, name: str) -> list[str]:
        """The searchable fields of that slug or name."""
        wanted = name.strip().lower()
        return [
            one.slug
            for one in self.fields
            if one.is_searchable and wanted in (one.slug, one.name.lower())
        ]

    def by_slug(self, slug: str) -> TemplateField:
        """The field of that slug. NotFound when the template has none."""
        for one in self.fields:
            if one.slug == slug.strip().lower():
                return one
        raise NotFound("The field was not found on the secret's template.")

    @property
    def password(self) -> TemplateField | None:
        """The field that a changer changes, or the first password field."""
        changed = self.parts.get(Part.PASSWORD)
        passwords = [one for one in self.fields if one.is_password]
        return next((one for one in passwords if changed in (None, one.slug)), None)

    @property
    def places(self) -> frozenset[str]:
        """The slugs that say where the secret's values are sent."""
        return frozenset(self.parts[part] for part in PLACE_PARTS if part in self.parts)


def _fields(template_id: int, *declared: TemplateField) -> tuple[TemplateField, ...]:
    base = template_id * FIELDS_PER_TEMPLATE
    return tuple(
        TemplateField(
            base + number,
            number,
            one.name,
            one.slug,
            one.type,
            one.is_required,
            one.is_indexable,
            one.history,
            one.description,
            one.requirement,
        )
        for number, one in enumerate(declared, 1)
    )


def _text(name: str, slug: str, description: str = "", *, required: bool = False) -> TemplateField:
    return TemplateField(
        0, 0, name, slug, is_required=required, is_indexable=True, description=description
    )


def _password() -> TemplateField:
    return TemplateField(
        0, 0, "Password", "password", FieldType.PASSWORD, history=10, requirement=1
    )


def _notes() -> TemplateField:
    return TemplateField(0, 0, "Notes", "notes", FieldType.NOTES)


PASSWORD = 2
WEB_PASSWORD = 9
WINDOWS_ACCOUNT = 6003
UNIX_ACCOUNT_SSH = 6007
POSTGRESQL_ACCOUNT = 6030

_BUILT_IN = (
    Template(
        PASSWORD,
        "Password",
        _fields(
            PASSWORD,
            _text("Resource", "resource", "What the password opens."),
            _text("Username", "username"),
            _password(),
            _notes(),
        ),
    ),
    Template(
        WEB_PASSWORD,
        "Web Password",
        _fields(
            WEB_PASSWORD,
            TemplateField(0, 0, "URL", "url", FieldType.URL, is_indexable=True),
            _text("UserName", "username"),
            _password(),
            _notes(),
        ),
    ),
    Template(
        WINDOWS_ACCOUNT,
        "Windows Account",
        _fields(
            WINDOWS_ACCOUNT,
            _text("Machine", "machine", "The computer's name or address.", required=True),
            _text("Username", "username", required=True),
            _password(),
            _notes(),
        ),
    ),
    Template(
        UNIX_ACCOUNT_SSH,
        "Unix Account (SSH)",
        _fields(
            UNIX_ACCOUNT_SSH,
            _text("Machine", "machine", "The host's name or address.", required=True),
            _text("Username", "username", required=True),
            _password(),
            _notes(),
            _text("Port", "port", "Where sshd listens; 22 when empty."),
        ),
        changer="unix_ssh",
        parts=MappingProxyType(
            {
                Part.MACHINE: "machine",
                Part.PORT: "port",
                Part.USERNAME: "username",
                Part.PASSWORD: "password",
            }
        ),
    ),
    Template(
        POSTGRESQL_ACCOUNT,
        "PostgreSQL Account",
        _fields(
            POSTGRESQL_ACCOUNT,
            _text("Server", "server", "The server's name or address.", required=True),
            _text("Port", "port", "Where it listens; 5432 when empty."),
            _text("Database", "database", "Where to log in; postgres when empty."),
            _text("Username", "username", required=True),
            _password(),
            _notes(),
        ),
        changer="postgresql",
        parts=MappingProxyType(
            {
                Part.MACHINE: "server",
                Part.PORT: "port",
                Part.DATABASE: "database",
                Part.USERNAME: "username",
                Part.PASSWORD: "password",
            }
        ),
    ),
)

TEMPLATES: Mapping[int, Template] = MappingProxyType({one.id: one for one in _BUILT_IN})


def template(id: int) -> Template:
    """The template of that id. NotFound when there is none."""
    try:
        return TEMPLATES[id]
    except KeyError:
        raise NotFound("The secret template was not found.") from None


def field_of(field_id: int) -> tuple[Template, TemplateField]:
    """A field and its template by the field's id. NotFound when there is none."""
    owner = TEMPLATES.get(field_id // FIELDS_PER_TEMPLATE)
    for one in owner.fields if owner else ():
        if owner and one.id == field_id:
            return owner, one
    raise NotFound("The template field was not found.")
