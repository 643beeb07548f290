"""Favourites of the contract, which spells them so: marked, taken out, listed."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.paging import Paging
from chalicelib.vault.service import Found, Query
from chalicelib.vault.service.favourites import MOST
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from .visiting import PathQuery, marked_rows, marks, named, visit


class FavoriteArgs(Struct):
    """Without a word it is to be one."""

    is_favorite: bool | None = None


class FavoriteModel(Struct):
    id: int
    secret_name: str
    folder_id: int
    folder_path: str


@endpoint("GET", "/api/v1/secrets/favorite", returns=list[FavoriteModel], reads=marks)
def list_favorites(call: Call[None]) -> list[FavoriteModel]:
    """One's favorites that one may see and that are not deleted, by name."""
    asker = visit(call)
    query = Query(counts=False).among(wiring.favourites().of(asker))
    return [
        _model(one) for one in wiring.vault_search().search(asker, query, Paging(0, MOST)).records
    ]


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/favorite",
    query=PathQuery,
    body=FavoriteArgs,
    returns=bool,
    writes="vault",
    when_view_only=True,
    reads=marked_rows,
)
def turn_favorite(call: Call[FavoriteArgs]) -> bool:
    """Answers whether it is one now."""
    wanted = call.body.is_favorite is not False
    where = named(call.id(), call.query.secret_path)
    wiring.favourites().turn(visit(call), where, wanted=wanted)
    return wanted


def _model(found: Found) -> FavoriteModel:
    secret = found.secret
    path = found.tree.path(secret.folder_id)
    return FavoriteModel(secret.id, secret.name, secret.folder_id, path)
