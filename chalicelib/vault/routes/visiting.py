"""From a call to a visit, and from what its path and query name to a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chalicelib import wiring
from chalicelib.cluster.gate import GATE_KEY
from chalicelib.core.errors import NotFound
from chalicelib.vault.service import At
from chalicelib.vault.service.folders import EPOCH
from chalicelib.vault.visit import Visit
from chalicelib.web.call import Call, Path
from chalicelib.web.shapes import Struct


class AccessQuery(Struct):
    """`SecretAccess` of the contract: what may come with any request about a secret."""

    auto_check_in: bool = False
    auto_checkout: bool = False
    auto_comment: str = ""
    force_check_in: bool = False
    include_inactive: bool = False
    no_auto_checkout: bool = False
    secret_path: str = ""


def visit(call: Call[Any]) -> Visit:
    """The visit that a call is. The gate came with the session, so its epochs are those of now."""
    gate = wiring.gate().parse(call.rows.get(GATE_KEY))
    return Visit(call.principal, call.now, gate.epoch(EPOCH), call.rows, call.request_id)


def at(call: Call[Any]) -> At:
    """The secret that a call is about; by its path when the id is 0."""
    query = call.query if isinstance(call.query, AccessQuery) else AccessQuery()
    return replace(named(call.id(), query.secret_path), deleted=query.include_inactive)


def named(id: int, path: str) -> At:
    """The secret of that id, or at that path when the id is 0. NotFound for neither."""
    if id <= 0 and not path:
        raise NotFound("The secret was not found.")
    return At(max(id, 0), path)


def secret_rows(path: Path) -> Sequence[tuple[Any, str, str]]:
    """The rows of the secret that a path names, to be read together with the session."""
    try:
        return wiring.vault().rows(path.id())
    except NotFound:
        return ()
