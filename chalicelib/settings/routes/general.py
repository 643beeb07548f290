"""The configuration as one answer, and the custom URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from msgspec import UNSET, UnsetType

from chalicelib import wiring
from chalicelib.settings.limits import URL
from chalicelib.settings.settings import Settings, url_of
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from . import email, folders, login, security
from .patching import ConfigurationPatch, Field, patched
from .permissions import ADMINISTER, VIEW

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


class GeneralQuery(Struct):
    """Which groups to load; all of them when none is named."""

    load_all: bool = False
    load_application_settings: bool = False
    load_email: bool = False
    load_folders: bool = False
    load_login: bool = False
    load_security: bool = False


CUSTOM_URL = replace(URL, name="customUrl")


def _url(value: object, _before: Settings) -> dict[str, object]:
    if not isinstance(value, str):
        raise CUSTOM_URL.refusal()
    return {"custom_url": url_of(value, CUSTOM_URL)}


APPLICATION: Mapping[str, Field] = {"customurl": _url}
FIELDS = {f"applicationsettings.{name}": field for name, field in APPLICATION.items()}
FIELDS |= {f"folders.{name}": field for name, field in folders.FIELDS.items()}


@endpoint("GET", "/api/v1/configuration/general", returns=GeneralModel, permission=VIEW)
def read_general(_call: Call[None]) -> GeneralModel:
    return _shown(wiring.settings().fresh(), GeneralQuery(load_all=True))


@endpoint(
    "GET",
    "/api/v3/configuration/general",
    query=GeneralQuery,
    returns=GeneralModel,
    permission=VIEW,
)
def read_general_v3(call: Call[None]) -> GeneralModel:
    return _shown(wiring.settings().fresh(), call.query)


@endpoint(
    "PATCH",
    "/api/v1/configuration/general",
    body=ConfigurationPatch,
    returns=GeneralModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_general(call: Call[ConfigurationPatch]) -> GeneralModel:
    return _shown(patched(call, FIELDS), GeneralQuery(load_all=True))


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


def _shown(settings: Settings, asked: GeneralQuery) -> GeneralModel:
    named = (
        asked.load_application_settings,
        asked.load_email,
        asked.load_folders,
        asked.load_login,
        asked.load_security,
    )
    every = asked.load_all or not any(named)
    return GeneralModel(
        ApplicationSettingsModel(settings.custom_url) if every or named[0] else UNSET,
        email.shown(wiring.mail_configuration().fresh()) if every or named[1] else UNSET,
        folders.shown(settings) if every or named[2] else UNSET,
        login.shown(settings) if every or named[3] else UNSET,
        security.SecurityModel() if every or named[4] else UNSET,
    )
