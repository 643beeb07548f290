"""Hooks as clients send and see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.core.errors import Invalid
from chalicelib.vault.hook import Hook
from chalicelib.vault.hook_run import Event, Moment
from chalicelib.vault.script import SSH
from chalicelib.web.shapes import Dirty, NotYet, ReadOver, Struct, View, applied

SSH_TYPE = 2
"""scriptTypeId of SSH scripts: the contract names the field and not its numbers."""


class SecretDetailHookParameterViewModel(Struct):
    parameter_name: str = ""
    parameter_type: str = ""
    parameter_value: str = ""


class SecretDetailHookSummaryViewModel(Struct):
    secret_hook_id: int
    hook_id: int
    name: str
    description: str
    event_action_name: str
    pre_post_option: str
    script_id: int
    script_name: str
    sort_order: int
    status: bool
    stop_on_failure: bool
    script_type_name: str = SSH


class SecretDetailHookModel(Struct):
    secret_hook_id: int
    hook_id: int
    name: str
    description: str
    event_action_id: int
    pre_post_option: str
    script_id: int
    arguments: str
    server_name: str
    port: str
    server_key_digest: str
    privileged_secret_id: int | None
    failure_message: str
    sort_order: int
    status: bool
    stop_on_failure: bool
    script_type_id: int = SSH_TYPE
    database: str = ""
    parameters: Sequence[SecretDetailHookParameterViewModel] = ()
    ssh_key_secret_id: int | None = None


class SecretHookView(Struct):
    """The same as a form shows it. Not in the contract: what its older clients read."""

    secret_hook_id: int
    hook_id: int
    name: View[str]
    description: View[str]
    event_action_id: View[int]
    pre_post_option: View[str]
    script_id: View[int]
    script_type_id: View[int]
    arguments: View[str]
    server_name: View[str]
    port: View[str]
    server_key_digest: View[str]
    privileged_secret_id: View[int | None]
    failure_message: View[str]
    sort_order: View[int]
    status: View[bool]
    stop_on_failure: View[bool]


class SecretDetailHooksCreateModel(Struct):
    name: str
    event_action_id: int
    pre_post_option: str
    script_id: int
    arguments: str | None = None
    description: str | None = None
    failure_message: str | None = None
    port: str | int | None = None
    privileged_secret_id: int | None = None
    server_key_digest: str | None = None
    server_name: str | None = None
    stop_on_failure: bool = False
    sort_order: int = 0
    status: bool = True
    as_sys: NotYet | None = None
    database: NotYet | None = None
    parameters: NotYet | None = None
    ssh_key_secret_id: NotYet | None = None
    ssl_server_cert_d_n: NotYet | None = None
    tns_admin: NotYet | None = None
    wallet_location: NotYet | None = None
    secret_id: ReadOver | None = None

    @property
    def draft(self) -> Hook:
        return Hook(
            id=0,
            name=self.name.strip(),
            event=_event(self.event_action_id),
            moment=_moment(self.pre_post_option),
            script_id=self.script_id,
            description=(self.description or "").strip(),
            arguments=self.arguments or "",
            machine=(self.server_name or "").strip(),
            port=_port(self.port),
            pin=(self.server_key_digest or "").strip(),
            account=max(self.privileged_secret_id or 0, 0),
            stops=self.stop_on_failure,
            failure_message=(self.failure_message or "").strip(),
            order=self.sort_order,
            is_active=self.status,
        )


class SecretDetailHookCreateArgs(Struct):
    data: SecretDetailHooksCreateModel


class SecretDetailHookUpdateModel(Struct):
    arguments: Dirty[str | None] | None = None
    description: Dirty[str | None] | None = None
    event_action_id: Dirty[int] | None = None
    failure_message: Dirty[str | None] | None = None
    name: Dirty[str] | None = None
    port: Dirty[str | int | None] | None = None
    pre_post_option: Dirty[str] | None = None
    privileged_secret_id: Dirty[int | None] | None = None
    script_id: Dirty[int | None] | None = None
    server_key_digest: Dirty[str | None] | None = None
    server_name: Dirty[str | None] | None = None
    sort_order: Dirty[int] | None = None
    status: Dirty[bool] | None = None
    stop_on_failure: Dirty[bool] | None = None
    as_sys: NotYet | None = None
    as_sys_string: NotYet | None = None
    database: NotYet | None = None
    parameters: NotYet | None = None
    script_type_id: ReadOver | None = None
    ssh_key_secret_id: NotYet | None = None
    ssl_server_cert_d_n: NotYet | None = None
    tns_admin: NotYet | None = None
    wallet_location: NotYet | None = None

    def of(self, known: Hook) -> Hook:
        return replace(
            known,
            name=applied(self.name, known.name).strip(),
            event=_event(applied(self.event_action_id, known.event.value)),
            moment=_moment(applied(self.pre_post_option, known.moment.value)),
            script_id=applied(self.script_id, known.script_id) or 0,
            description=(applied(self.description, known.description) or "").strip(),
            arguments=applied(self.arguments, known.arguments) or "",
            machine=(applied(self.server_name, known.machine) or "").strip(),
            port=_port(applied(self.port, known.port)),
            pin=(applied(self.server_key_digest, known.pin) or "").strip(),
            account=max(applied(self.privileged_secret_id, known.account) or 0, 0),
            stops=applied(self.stop_on_failure, known.stops),
            failure_message=(applied(self.failure_message, known.failure_message) or "").strip(),
            order=applied(self.sort_order, known.order),
            is_active=applied(self.status, known.is_active),
        )


class SecretDetailHookUpdateArgs(Struct):
    data: SecretDetailHookUpdateModel


def summary(one: Hook, script: str) -> SecretDetailHookSummaryViewModel:
    return SecretDetailHookSummaryViewModel(
        secret_hook_id=one.id,
        hook_id=one.id,
        name=one.name,
        description=one.description,
        event_action_name=one.event.label,
        pre_post_option=one.moment.value,
        script_id=one.script_id,
        script_name=script,
        sort_order=one.order,
        status=one.is_active,
        stop_on_failure=one.stops,
    )


def whole(one: Hook) -> SecretDetailHookModel:
    return SecretDetailHookModel(
        secret_hook_id=one.id,
        hook_id=one.id,
        name=one.name,
        description=one.description,
        event_action_id=one.event.value,
        pre_post_option=one.moment.value,
        script_id=one.script_id,
        arguments=one.arguments,
        server_name=one.machine,
        port=str(one.port) if one.port else "",
        server_key_digest=one.pin,
        privileged_secret_id=one.account or None,
        failure_message=one.failure_message,
        sort_order=one.order,
        status=one.is_active,
        stop_on_failure=one.stops,
    )


def view(one: Hook) -> SecretHookView:
    plain = whole(one)
    return SecretHookView(
        secret_hook_id=plain.secret_hook_id,
        hook_id=plain.hook_id,
        name=View(plain.name),
        description=View(plain.description),
        event_action_id=View(plain.event_action_id),
        pre_post_option=View(plain.pre_post_option),
        script_id=View(plain.script_id),
        script_type_id=View(plain.script_type_id),
        arguments=View(plain.arguments),
        server_name=View(plain.server_name),
        port=View(plain.port),
        server_key_digest=View(plain.server_key_digest),
        privileged_secret_id=View(plain.privileged_secret_id),
        failure_message=View(plain.failure_message),
        sort_order=View(plain.sort_order),
        status=View(plain.status),
        stop_on_failure=View(plain.stop_on_failure),
    )


def _event(number: int) -> Event:
    try:
        return Event(number)
    except ValueError:
        raise Invalid("eventActionId must be 10026 (check-out) or 10025 (check-in).") from None


def _moment(text: str) -> Moment:
    try:
        return Moment(text.strip().upper())
    except ValueError:
        raise Invalid("prePostOption must be PRE or POST.") from None


def _port(given: str | int | None) -> int:
    text = str(given or "").strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Invalid("port must be a number of a port.")
    return int(text or 0)
