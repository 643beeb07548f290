"""The configuration of engines as the contract has it: what of the settings speaks of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from chalicelib import VERSION, wiring
from chalicelib.settings.limits import DAY, LIMITS, whole
from chalicelib.settings.routes.patching import ConfigurationPatch, Field, always, number, patched
from chalicelib.settings.settings import Settings
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/distributed-engine/configuration"
HTTPS = 443
MINUTE = timedelta(minutes=1)
CALLBACK = "defaultCallbackIntervalSeconds"
MINUTES: Mapping[str, str] = {
    "secretHeartbeatMessageMinutesToLive": "heartbeat_life",
    "secretHeartbeatMessageRetryMinutes": "heartbeat_again",
    "secretPasswordChangeMessageMinutesToLive": "change_life",
    "secretPasswordChangeMessageRetryMinutes": "change_again",
}
"""The settings that the contract has in minutes; they are kept in seconds, and shown rounded up."""


class DistributedEngineConfigurationModel(Struct):
    """What Conclave has of it. `callbackUrl` is the Custom URL, "" while none is set.

    Answers come on a queue of the cluster, so no site's connector is the response bus.
    """

    callback_port: int | None
    callback_url: str
    default_callback_interval_seconds: int
    secret_heartbeat_message_minutes_to_live: int
    secret_heartbeat_message_retry_minutes: int
    secret_password_change_message_minutes_to_live: int
    secret_password_change_message_retry_minutes: int
    auto_update_engines_version: bool = False
    enable_distributed_engines: bool = True
    latest_distributed_engines_version: str = VERSION
    protocol: str = "Https"
    response_bus_site_connector_id: int | None = None


def _callback(value: object, _before: Settings) -> dict[str, object]:
    usual = LIMITS["engine_callback"]
    limit = whole(CALLBACK, "seconds", usual.most, usual.least)
    return {"engine_callback": timedelta(seconds=number(limit, value))}


def _minutes(name: str, setting: str) -> Field:
    limit = whole(name, "minutes", DAY // 60)
    return lambda value, _: {setting: number(limit, value) * MINUTE}


FIELDS: Mapping[str, Field] = {
    CALLBACK.lower(): _callback,
    **{name.lower(): _minutes(name, setting) for name, setting in MINUTES.items()},
    "autoupdateenginesversion": always("autoUpdateEnginesVersion", False, "false"),
    "enabledistributedengines": always("enableDistributedEngines", True),
    "protocol": always("protocol", "Https", "Https"),
}


@endpoint("GET", PATH, returns=DistributedEngineConfigurationModel, permission=VIEW)
def read_configuration(_call: Call[None]) -> DistributedEngineConfigurationModel:
    return _shown(wiring.settings().fresh())


@endpoint(
    "PATCH",
    PATH,
    body=ConfigurationPatch,
    returns=DistributedEngineConfigurationModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_configuration(call: Call[ConfigurationPatch]) -> DistributedEngineConfigurationModel:
    return _shown(patched(call, FIELDS))


def _shown(settings: Settings) -> DistributedEngineConfigurationModel:
    url = settings.custom_url
    minutes = [-(-getattr(settings, one) // MINUTE) for one in MINUTES.values()]
    return DistributedEngineConfigurationModel(
        (urlsplit(url).port or HTTPS) if url else None,
        url,
        int(settings.engine_callback.total_seconds()),
        *minutes,
    )
