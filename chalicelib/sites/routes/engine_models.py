"""What the API of engines takes and answers."""

from __future__ import annotations

from chalicelib.web.shapes import (
    ApiDate,
    PagedQuery,
    ReadOver,
    Struct,
)


class EngineSummaryModel(Struct):
    """An engine as the contract lists it, and the fingerprint to compare before activating it."""

    activation_status: str
    bind_address: str
    connection_status: str
    current_version: str
    engine_id: int
    friendly_name: str
    host_name: str
    last_connected: ApiDate | None
    time_mismatch: bool
    time_mismatch_seconds: int | None
    fingerprint: str
    site_id: int | None
    can_cancel_update_version: bool = False
    can_update_version: bool = False
    is_blocked_by_net48: bool = False
    latest_version: str = ""
    pending_update: bool = False


class EngineTrailModel(Struct):
    """One line of an engine's trail. `secretId` where it was given that secret's password."""

    action: str
    date_recorded: ApiDate
    notes: str
    by_user_id: int
    ip_address: str
    secret_id: int | None


class EngineServerCapabilitiesSummary(Struct):
    """One fact about an engine and its machine, as the engine told it."""

    last_modified_date: ApiDate
    name: str
    value: str


class EnginesQuery(PagedQuery):
    activation_status: str = ""
    connection_status: str = ""
    friendly_name: str = ""
    only_include_requiring_action: bool = False
    site_id: int | None = None


class EngineStatusChangeModel(Struct):
    """Intervals, connectors and names are the site's to say."""

    engine_id: int
    change_type: str
    site_id: int | None = None
    callback_interval: ReadOver | None = None
    site_connector_id: ReadOver | None = None
    site_name: ReadOver | None = None


class EngineActivationRequestModel(Struct):
    engines: list[EngineStatusChangeModel]


class EngineActivationRequestArgs(Struct):
    data: EngineActivationRequestModel


class EngineActivationResult(Struct):
    engine_id: int
    engine_name: str
    error: str
    success: bool


class EngineActivationResultModel(Struct):
    results: list[EngineActivationResult]


class RegisterArgs(Struct):
    name: str
    signing_key: str
    sealing_key: str
    host_name: str = ""
    version: str = ""


class RegisteredModel(Struct):
    engine_id: int
    status: str
    fingerprint: str


class CallbackArgs(Struct):
    version: str = ""
    running: ReadOver | None = None


class QueueAddresses(Struct):
    work: str
    now: str
    answers: str


class CredentialsModel(Struct):
    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: str


class CallbackModel(Struct):
    """What an engine is told. One that may not work is told its status only."""

    status: str
    callback_seconds: int
    server_time: float
    site_id: int | None = None
    site_name: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    queues: QueueAddresses | None = None
    credentials: CredentialsModel | None = None
