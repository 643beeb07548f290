"""Serves the OpenAPI document. It tells nothing that the product's documentation does not."""

from __future__ import annotations

from functools import cache
from typing import Any

from chalicelib.core.errors import Invalid

from .answer import Answer
from .areas import all_endpoints, areas_with_routes
from .call import Call
from .encode import encode_json
from .endpoint import endpoint
from .shapes import Struct


class OpenapiQuery(Struct):
    """area: operations of one area only, such as `vault`; "" for the whole API"""

    area: str = ""


_DOCUMENT: dict[str, Any] = {
    "query": OpenapiQuery,
    "returns": dict[str, Any],
    "anonymous": True,
    "out_of_cluster": True,
    "errors": (Invalid,),
}


@endpoint("GET", "/openapi.json", **_DOCUMENT)
@endpoint("GET", "/api/v1/openapi.json", **_DOCUMENT)
def openapi(call: Call[None]) -> Answer:
    """This document."""
    return Answer(200, _text(call.query.area))


@cache
def _text(area: str) -> bytes:
    from .openapi import document

    rows = [row for row in all_endpoints() if area in ("", row.area)]
    if not rows:
        raise Invalid(f"area names one of {', '.join(sorted(set(areas_with_routes())))}")
    return encode_json(document(rows))
