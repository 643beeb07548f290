"""The configuration as one answer, and the custom URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from msgspec import UNSET, UnsetType

from chalicelib import wiring
from chalicelib.settings.limits import URL
from chalicelib.settings.settings import Settings, url_of
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import NotYet, Struct

from . import email, folders, local_passwords, login, security
from .patching import ConfigurationPatch, Field, patched
from .permissions import ADMINISTER, VIEW, VIEW_UNLIMITED
from .unlimited_admin import UnlimitedAdminModel

TOKENS_LIVE = timedelta(minutes=20)


class ApplicationSettingsModel(Struct):
    custom_url: str
    enable_web_services: bool = True
    api_refresh_tokens_enabled: bool = True
    api_session_timeout_minutes: int = int(TOKENS_LIVE.total_seconds() // 60)
    allow_send_telemetry: bool = False


class GeneralModel(Struct):
    """The groups that Conclave has; what it does not have is left out."""

    application_settings: ApplicationSettingsModel | UnsetType = UNSET
    email: email.EmailModel | UnsetType = UNSET
    folders: folders.FoldersModel | UnsetType = UNSET
    login: login.LoginModel | UnsetType = UNSET
    security: security.SecurityModel | UnsetType = UNSET
    local_user_passwords: local_passwords.LocalUserPasswordsModel | UnsetType = UNSET
    unlimited_admin: UnlimitedAdminModel | UnsetType = UNSET


class GeneralQuery(Struct):
    """Which groups to load; all that there are and the caller may see when none is named."""

    load_all: bool = False
    load_application_settings: bool = False
    load_email: bool = False
    load_folders: bool = False
    load_local_user_passwords: bool = False
    load_login: bool = False
    load_security: bool = False
    load_launcher_settings: NotYet | None = None
    load_permission_options: NotYet | None = None
    load_protocol_handler_settings: NotYet | None = None
    load_session_recording: NotYet | None = None
    load_unlimited_admin: bool = False
    load_user_experience: NotYet | None = None
    load_user_interface: NotYet | None = None


CUSTOM_URL = replace(URL, name="customUrl")


def _url(value: object, _before: Settings) -> dict[str, object]:
    if not isinstance(value, str):
        raise CUSTOM_URL.refusal()
    return {"custom_url": url_of(value, CUSTOM_URL)}


APPLICATION: Mapping[str, Field] = {"customurl": _url}
FIELDS = {f"applicationsettings.{name}": field for name, field in APPLICATION.items()}
FIELDS |= {f"folders.{name}": field for name, field in folders.FIELDS.items()}


@endpoint("GET", "/api/v1/configuration/general", returns=GeneralModel, permission=VIEW)
def read_general(call: Call[None]) -> GeneralModel:
    return _shown(call, wiring.settings().fresh(), GeneralQuery(load_all=True))


@endpoint(
    "GET",
    "/api/v3/configuration/general",
    query=GeneralQuery,
    returns=GeneralModel,
    permission=VIEW,
)
def read_general_v3(call: Call[None]) -> GeneralModel:
    return _shown(call, wiring.settings().fresh(), call.query)


@endpoint(
    "PATCH",
    "/api/v1/configuration/general",
    body=ConfigurationPatch,
    returns=GeneralModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_general(call: Call[ConfigurationPatch]) -> GeneralModel:
    return _shown(call, patched(call, FIELDS), GeneralQuery(load_all=True))


@endpoint(
    "PATCH",
    "/api/v1/configuration/application-settings",
    body=ConfigurationPatch,
    returns=ApplicationSettingsModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_application(call: Call[ConfigurationPatch]) -> ApplicationSettingsModel:
    return ApplicationSettingsModel(patched(call, APPLICATION).custom_url)


def _shown(call: Call[Any], settings: Settings, asked: GeneralQuery) -> GeneralModel:
    groups = _groups(call, settings)
    named = {name for name in groups if getattr(asked, name)}
    wanted = groups if asked.load_all or not named else named
    return GeneralModel(**{name.removeprefix("load_"): groups[name]() for name in wanted})


def _groups(call: Call[Any], settings: Settings) -> dict[str, Callable[[], Any]]:
    """How each group that the caller may see is shown, by the parameter that asks for it."""
    groups: dict[str, Callable[[], Any]] = {
        "load_application_settings": lambda: ApplicationSettingsModel(settings.custom_url),
        "load_email": lambda: email.shown(wiring.mail_configuration().fresh()),
        "load_folders": lambda: folders.shown(settings),
        "load_local_user_passwords": lambda: local_passwords.shown(settings),
        "load_login": lambda: login.shown(settings),
        "load_security": security.SecurityModel,
    }
    if call.principal.may(VIEW_UNLIMITED):
        groups["load_unlimited_admin"] = lambda: UnlimitedAdminModel(
            wiring.unlimited().is_on(call.now)
        )
    return groups
