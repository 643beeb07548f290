"""Remote password changing and heartbeats: how long runs are shown, run now; and checkouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import mul

from chalicelib import wiring
from chalicelib.settings.limits import LIMITS, whole
from chalicelib.settings.settings import Settings
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .patching import ConfigurationPatch, Field, always, number, patched
from .permissions import ADMINISTER, VIEW

PATH = "/api/v1/configuration/rpc"
CHANGES = ("expired-secret-password-change", "local-password-change")
HEARTBEATS = ("heartbeat", "local-heartbeat")
"""The slugs of the operations that offer what is due, to engines and on site Local."""


class RpcModel(Struct):
    """What Conclave has of it: heartbeats and password changes are switched by each secret."""

    days_to_keep_logs: int
    check_out_interval_days: int
    check_out_interval_hours: int
    check_out_interval_minutes: int
    enable_heartbeat: bool = True
    enable_password_change_on_check_in: bool = True
    enable_rpc: bool = True


class RunNowModel(Struct):
    success: bool


DAYS = whole("daysToKeepLogs", "days", LIMITS["days_to_keep_logs"].most)
PARTS = (
    whole("checkOutIntervalDays", "days", 30, 0),
    whole("checkOutIntervalHours", "hours", 23, 0),
    whole("checkOutIntervalMinutes", "minutes", 59, 0),
)
IN_MINUTES = (24 * 60, 60, 1)


def _parts(settings: Settings) -> list[int]:
    """How long a checkout lasts: days, hours, minutes."""
    hours, minutes = divmod(settings.checkout_minutes, 60)
    return [*divmod(hours, 24), minutes]


def _part(place: int) -> Field:
    """A field that is one of those three."""

    def change(value: object, before: Settings) -> dict[str, object]:
        parts = _parts(before)
        parts[place] = number(PARTS[place], value)
        return {"checkout_minutes": sum(map(mul, parts, IN_MINUTES))}

    return change


FIELDS: Mapping[str, Field] = {
    "daystokeeplogs": lambda value, _: {"days_to_keep_logs": number(DAYS, value)},
    **{limit.name.lower(): _part(place) for place, limit in enumerate(PARTS)},
    "enableheartbeat": always("enableHeartbeat", True),
    "enablepasswordchangeoncheckin": always("enablePasswordChangeOnCheckIn", True),
    "enablerpc": always("enableRpc", True),
}


@endpoint("GET", PATH, returns=RpcModel, permission=VIEW)
def read_rpc(_call: Call[None]) -> RpcModel:
    return _shown(wiring.settings().fresh())


@endpoint(
    "PATCH",
    PATH,
    body=ConfigurationPatch,
    returns=RpcModel,
    permission=ADMINISTER,
    writes="cluster",
)
def change_rpc(call: Call[ConfigurationPatch]) -> RpcModel:
    return _shown(patched(call, FIELDS))


@endpoint("POST", f"{PATH}/run-now", returns=RunNowModel, permission=ADMINISTER, writes="cluster")
def run_changes_now(call: Call[None]) -> RunNowModel:
    """Offer the password changes that are due. Repeated, it offers what is due by then."""
    return _run_now(call, CHANGES)


@endpoint(
    "POST",
    "/api/v1/configuration/heartbeat/run-now",
    returns=RunNowModel,
    permission=ADMINISTER,
    writes="cluster",
)
def run_heartbeats_now(call: Call[None]) -> RunNowModel:
    """Offer the heartbeats that are due. Repeated, it offers what is due by then."""
    return _run_now(call, HEARTBEATS)


def _run_now(call: Call[None], slugs: Sequence[str]) -> RunNowModel:
    for slug in slugs:
        wiring.jobs().run_now(call.principal, slug, call.now)
    return RunNowModel(True)


def _shown(settings: Settings) -> RpcModel:
    days, hours, minutes = _parts(settings)
    return RpcModel(settings.days_to_keep_logs, days, hours, minutes)
