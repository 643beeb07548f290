"""The web of a node: the table's endpoints behind the pipeline, with the real adapters."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from ipaddress import ip_network
from typing import TYPE_CHECKING

from chalice.app import Chalice

from chalicelib import wiring
from chalicelib.cluster.functions import API, lambda_name
from chalicelib.core.log import logger

from .address import Network
from .answer import Answer
from .areas import all_endpoints
from .match import Router
from .mount import mount
from .pace import PACE
from .pipeline import Pipeline
from .request import Request

if TYPE_CHECKING:
    from chalicelib.access.principal import Principal


def serve(app: Chalice) -> Chalice:
    """Let the app answer with every endpoint there is; returns the app."""
    logger()  # set up before Chalice, which logs under the same name, writes its first line
    if _answers():
        _router()  # a wrong declaration fails here, not in the first request
    return mount(app, answer)


def _answers() -> bool:
    """Whether this process answers requests: on Lambda only the API's function does."""
    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return function in ("", lambda_name(os.environ.get("NODE", ""), API.name))


def answer(request: Request) -> Answer:
    """The answer to one request."""
    return _pipeline().answer(request)


def _pipeline() -> Pipeline:
    return Pipeline(
        router=_router(),
        door=wiring.door(),
        clock=wiring.clock(),
        log=logger(),
        trusted=_trusted,
        header=_header,
        paced=_paced,
        noted=_noted,
    )


@cache
def _router() -> Router:
    return Router(all_endpoints())


def _paced(user_id: int) -> None:
    PACE.take(user_id, wiring.settings().current().requests_per_minute)


def _noted(who: Principal, operation: str, why: str, now: datetime) -> None:
    wiring.refused_requests().note(who, operation, why, now)


def _trusted() -> Sequence[Network]:
    """The proxies that the settings trust; at most ten seconds old."""
    return [ip_network(one) for one in wiring.settings().current().trusted_proxies]


def _header() -> str:
    """The header in which they name the client; at most ten seconds old."""
    return wiring.settings().current().ip_address_header
