"""The contract's password types: the changers that Conclave has. None of them can be altered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import field

from chalicelib.changers.registry import KINDS, Kind
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.paging import page
from chalicelib.vault.templates import Part
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, Struct, paged, paged_answer

from .template_answers import CHANGER_IDS, PART_IDS

PATH = "/api/v1/remote-password-changing/password-types"
VIEW, ADMINISTER = "View Remote Password Changing", "Administer Remote Password Changing"
NAMES: Mapping[str, str] = {"unix_ssh": "Unix Account (SSH)", "postgresql": "PostgreSQL Account"}
PARTS: Mapping[str, Sequence[Part]] = {
    "unix_ssh": (Part.MACHINE, Part.PORT, Part.USERNAME, Part.PASSWORD),
    "postgresql": tuple(Part),
}
OPTIONAL = frozenset({Part.PORT, Part.DATABASE})
WITH_TLS = frozenset({"postgresql"})


class PasswordTypesQuery(PagedQuery):
    """All types are active, and none can be edited or is made of scripts."""

    include_inactive: bool = False
    only_include_can_edits: bool = False
    only_include_sql_script_options: bool = False
    search_term: str = ""


class PasswordTypeFieldModel(Struct):
    """What a changer asks a secret for; a template says which of its fields holds it."""

    is_optional: bool
    name: str
    password_type_field_id: int
    scan_item_field_id: int | None = None


class PasswordTypeSummary(Struct):
    name: str
    password_type_id: int
    active: bool = True
    can_edit: bool = False
    has_commands: bool = False
    heartbeat_script_id: int | None = None
    is_web: bool = False
    required_edition: str = ""
    required_edition_message: str = ""
    rpc_script_id: int | None = None
    scan_item_template_id: int | None = None


class PasswordTypeModel(Struct):
    """`customPort`: where a target is reached whose secret names no port."""

    name: str
    password_type_id: int
    type_name: str
    custom_port: int
    fields: list[PasswordTypeFieldModel]
    supports_ssl: bool
    active: bool = True
    allows_privileged_account: bool = True
    can_edit: bool = False
    has_commands: bool = False
    has_ldap_settings: bool = field(name="hasLDAPSettings", default=False)
    heartbeat_script_id: int | None = None
    is_web: bool = False
    ldap_connection_settings_id: int | None = None
    rpc_script_id: int | None = None
    scan_item_template_id: int | None = None
    supports_custom_settings: bool = False
    supports_take_over: bool = False
    valid_for_takeover: bool = False


class PasswordTypeUpdateArgs(Struct):
    """What the contract lets one set. Here each has the one value that is shown, or none."""

    active: bool | None = None
    can_edit: bool | None = None
    custom_port: int | None = None
    exit_command: str | None = None
    has_commands: bool | None = None
    heartbeat_script_args: str | None = None
    heartbeat_script_id: int | None = None
    ignore_ssl: bool | None = field(name="ignoreSSL", default=None)
    is_web: bool | None = None
    ldap_connection_settings_id: int | None = None
    line_ending: str | None = None
    mainframe_connection_string: str | None = None
    name: str | None = None
    odbc_connection_string: str | None = None
    rpc_script_args: str | None = None
    rpc_script_id: int | None = None
    runner_type: str | None = None
    scan_item_template_id: int | None = None
    use_ssl: bool | None = field(name="useSSL", default=None)
    use_username_and_password: bool | None = None
    valid_for_takeover: bool | None = None
    windows_custom_ports: str | None = None


@endpoint(
    "GET",
    PATH,
    query=PasswordTypesQuery,
    returns=Paged[PasswordTypeSummary],
    permission=VIEW,
)
def list_password_types(call: Call[None]) -> Paged[PasswordTypeSummary]:
    asked: PasswordTypesQuery = call.query
    none = asked.only_include_can_edits or asked.only_include_sql_script_options
    text = asked.search_term.strip().casefold()
    found = [
        PasswordTypeSummary(NAMES[kind.name], CHANGER_IDS[kind.name])
        for kind in KINDS
        if kind.name in CHANGER_IDS and text in NAMES[kind.name].casefold()
    ]
    return paged_answer(page([] if none else found, paged(asked), _property), lambda one: one)


@endpoint("GET", f"{PATH}/{{id}}", returns=PasswordTypeModel, permission=VIEW, errors=[NotFound])
def read_password_type(call: Call[None]) -> PasswordTypeModel:
    return _model(_kind(call.id()))


@endpoint(
    "PUT",
    f"{PATH}/{{id}}",
    body=PasswordTypeUpdateArgs,
    returns=PasswordTypeModel,
    permission=ADMINISTER,
    writes="vault",
    errors=[NotFound, Invalid],
)
def update_password_type(call: Call[PasswordTypeUpdateArgs]) -> PasswordTypeModel:
    """Taken when it asks for what is so; refused, by the field's name, when it would change it."""
    present = _model(_kind(call.id()))
    shown: dict[str, Any] = msgspec.to_builtins(present)
    for name, wanted in msgspec.to_builtins(call.body).items():
        if wanted is not None and (wanted or None) != (shown.get(name) or None):
            raise Invalid(_refusal(name, shown))
    return present


def _refusal(name: str, shown: Mapping[str, Any]) -> str:
    if name not in shown:
        return f"{name}: the changers of Conclave have no such setting."
    return f"{name} of {shown['name']} belongs to its changer and cannot be set."


def _kind(id: int) -> Kind:
    for kind in KINDS:
        if CHANGER_IDS.get(kind.name) == id:
            return kind
    raise NotFound(f"The password type {id} was not found.")


def _model(kind: Kind) -> PasswordTypeModel:
    return PasswordTypeModel(
        name=NAMES[kind.name],
        password_type_id=CHANGER_IDS[kind.name],
        type_name=kind.name,
        custom_port=kind.port,
        fields=[
            PasswordTypeFieldModel(part in OPTIONAL, part.value.title(), PART_IDS[part])
            for part in PARTS[kind.name]
        ],
        supports_ssl=kind.name in WITH_TLS,
    )


def _property(one: PasswordTypeSummary, name: str) -> object:
    return {"name": one.name, "passwordTypeId": one.password_type_id}.get(name)
