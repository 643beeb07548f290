"""The API that engines themselves call: register, and call back. Ours."""

from __future__ import annotations

from datetime import datetime

from chalicelib import wiring
from chalicelib.core.errors import Invalid, Throttled, Unauthenticated
from chalicelib.sites.engine import Engine
from chalicelib.sites.engines import Registration, public_key, said_by_headers
from chalicelib.sites.site import DEFAULT_CALLBACK, Site, queues
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint

from .engine_models import (
    CallbackArgs,
    CallbackModel,
    CredentialsModel,
    QueueAddresses,
    RegisterArgs,
    RegisteredModel,
)


@endpoint(
    "POST",
    "/api/v1/engine/register",
    body=RegisterArgs,
    returns=RegisteredModel,
    anonymous=True,
    writes="cluster",
    errors=[Invalid, Throttled],
)
def register(call: Call[RegisterArgs]) -> RegisteredModel:
    asked = call.body
    registration = Registration(
        asked.name,
        asked.host_name,
        asked.version,
        public_key(asked.signing_key),
        public_key(asked.sealing_key),
    )
    engine = wiring.engines().register(registration, call.address, call.now)
    return RegisteredModel(engine.id, engine.activation, engine.fingerprint)


@endpoint(
    "POST",
    "/api/v1/engine/callback",
    body=CallbackArgs,
    returns=CallbackModel,
    anonymous=True,
    writes="cluster",
    errors=[Unauthenticated],
)
def call_back(call: Call[CallbackArgs]) -> CallbackModel:
    said = said_by_headers(call.method, call.raw_path, call.headers, call.raw_body, "")
    engine, site = wiring.engines().call_back(said, call.body.version, call.now)
    if not engine.active or site is None:
        callback = site.callback if site else DEFAULT_CALLBACK
        return CallbackModel(engine.activation, int(callback.total_seconds()), call.now.timestamp())
    return _provisions(engine, site, call.now)


def _provisions(engine: Engine, site: Site, now: datetime) -> CallbackModel:
    """Everything that an engine at work needs until its next callback."""
    desk = wiring.engine_desk()
    work, urgent = queues(site.id)
    made = desk.issue(engine.id, (work, urgent), ("engine-response",))
    return CallbackModel(
        engine.activation,
        int(site.callback.total_seconds()),
        now.timestamp(),
        site_id=site.id,
        site_name=site.name,
        region=desk.region(),
        endpoint_url=desk.endpoint(),
        queues=QueueAddresses(
            desk.queue_url(work), desk.queue_url(urgent), desk.queue_url("engine-response")
        ),
        credentials=CredentialsModel(
            made.access_key_id,
            made.secret_access_key,
            made.session_token,
            made.expires_at.isoformat(),
        ),
    )
