"""From a call to a visit, and from what its path and query name to a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chalicelib import wiring
from chalicelib.cluster.gate import GATE_KEY
from chalicelib.core.errors import NotFound
from chalicelib.vault.checkout import Access
from chalicelib.vault.comment import Comment
from chalicelib.vault.service import At
from chalicelib.vault.service.folders import EPOCH
from chalicelib.vault.service.rebuilding import EPOCH as SEARCH_EPOCH
from chalicelib.vault.visit import Visit
from chalicelib.web.call import Call, Path
from chalicelib.web.shapes import ReadOver, Struct

from .secret_args import Commented, RestrictedArgs


class PathQuery(Struct):
    """A secret by its path, when the id is 0."""

    secret_path: str = ""


class AccessQuery(Struct):
    """`SecretAccess` of the contract: what may come with any request about a secret."""

    auto_check_in: bool = False
    auto_checkout: bool = False
    auto_comment: str = ""
    force_check_in: bool = False
    include_inactive: bool = False
    no_auto_checkout: bool = False
    secret_path: str = ""


class SummaryQuery(AccessQuery):
    """show_favorite: whether it is one of his; ours, and told to who asks for it only"""

    show_favorite: bool = False


class DetailQuery(AccessQuery):
    """What may be changed is answered always."""

    is_edit_mode: ReadOver | None = None
    load_read_only_flags: ReadOver | None = None


def visit(call: Call[Any]) -> Visit:
    """The visit that a call is. The gate came with the session, so its epochs are those of now."""
    gate = wiring.gate().parse(call.rows.get(GATE_KEY))
    return Visit(
        call.principal,
        call.now,
        gate.epoch(EPOCH),
        call.rows,
        call.request_id,
        wiring.gate().here(gate).refusal,
        bool(gate.upgrading),
        gate.epoch(SEARCH_EPOCH),
        _comment(call),
        getattr(call.body, "double_lock_password", None),
    )


def visit_opening(call: Call[Any]) -> Visit:
    """The same, with the secret's DoubleLock open if the password for it came."""
    return wiring.lock_desk().let_in(visit(call), at(call))


def _comment(call: Call[Any]) -> Comment:
    """Why the visitor does it: the body says so, or `autoComment` of the query."""
    asked = call.query.auto_comment if isinstance(call.query, AccessQuery) else ""
    body = call.body if isinstance(call.body, Commented) else Commented()
    return body.said(asked)


def at(call: Call[Any]) -> At:
    """The secret that a call is about; by its path when the id is 0."""
    query = call.query if isinstance(call.query, AccessQuery) else AccessQuery()
    known = named(call.id(), query.secret_path)
    deleted = query.include_inactive or getattr(call.body, "include_inactive", False)
    return replace(known, deleted=deleted)


def access(call: Call[Any]) -> Access:
    """What a GET may do about a checkout: nothing, unless its query asks for it."""
    query: AccessQuery = call.query
    takes = query.auto_checkout and not query.no_auto_checkout
    return Access(takes, query.auto_check_in, query.force_check_in)


def restricted_access(call: Call[RestrictedArgs]) -> Access:
    """What a restricted read may do about it: check out, unless it says otherwise."""
    query, body = call.query, call.body
    takes = not (query.no_auto_checkout or body.no_auto_checkout)
    return Access(takes, query.auto_check_in, query.force_check_in or body.force_check_in)


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


def marks(path: Path) -> Sequence[tuple[Any, str, str]]:
    """The row that tells the caller's favourites, to be read together with his session."""
    return wiring.favourites().keys()


def marked_rows(path: Path) -> Sequence[tuple[Any, str, str]]:
    """The rows of the secret that a path names, and whether it is the caller's favourite."""
    return [*secret_rows(path), *marks(path)]
