"""Serves the OpenAPI document. It tells nothing that the product's documentation does not."""

from __future__ import annotations

from functools import cache
from typing import Any

from .answer import Answer
from .areas import all_endpoints
from .call import Call
from .encode import encode_json
from .endpoint import endpoint


@endpoint("GET", "/openapi.json", returns=dict[str, Any], anonymous=True, out_of_cluster=True)
@endpoint(
    "GET", "/api/v1/openapi.json", returns=dict[str, Any], anonymous=True, out_of_cluster=True
)
def openapi(_call: Call[None]) -> Answer:
    """This document."""
    return Answer(200, _text())


@cache
def _text() -> bytes:
    from .openapi import document

    return encode_json(document(all_endpoints()))
