"""What browsers are told about https: always the same, so nothing here can be switched off."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .patching import ConfigurationPatch, Field, always, patched
from .permissions import ADMINISTER, ADMINISTER_SECURITY, VIEW, VIEW_SECURITY

PATH = "/api/v1/configuration/security"
HSTS_SECONDS = 31_536_000


class SecurityModel(Struct):
    """What Conclave always does. Its answers behind TLS carry HSTS and forbid framing."""

    enable_hsts: bool = field(name="enableHSTS", default=True)
    hsts_max_age: int = HSTS_SECONDS
    force_https: bool = True
    enable_frame_blocking: bool = True


@endpoint("GET", PATH, returns=SecurityModel, permission=VIEW, or_permission=VIEW_SECURITY)
def read_security(_call: Call[None]) -> SecurityModel:
    return SecurityModel()


@endpoint(
    "PATCH",
    PATH,
    body=ConfigurationPatch,
    returns=SecurityModel,
    permission=ADMINISTER,
    or_permission=ADMINISTER_SECURITY,
    writes="cluster",
)
def change_security(call: Call[ConfigurationPatch]) -> SecurityModel:
    patched(call, FIELDS)
    return SecurityModel()


FIELDS: Mapping[str, Field] = {
    "enablehsts": always("enableHSTS", True),
    "hstsmaxage": always("hstsMaxAge", HSTS_SECONDS, f"{HSTS_SECONDS} seconds"),
    "forcehttps": always("forceHttps", True),
    "enableframeblocking": always("enableFrameBlocking", True),
}
