"""Favourites: marked, found again, nobody else's, and at no further call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib import wiring
from chalicelib.access.principal import Principal, partition_of
from chalicelib.aws.table import read
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.vault.change import Change
from chalicelib.vault.grants import Role
from chalicelib.vault.service import At
from chalicelib.vault.service import favourites as service
from chalicelib.vault.visit import Visit
from tests.calls import Calls, recording
from tests.client import Client

from .api import ada, bare, bob, cluster, made_folder, made_secret, routes, share, time
from .conftest import ANN, BEN, EVE, Vault, granted

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

SEARCH = "/api/v2/secrets?filter.scope=Favorites"


def names(who: Client, more: str = "") -> list[str]:
    return [one["name"] for one in who.get(f"{SEARCH}{more}").json["records"]]


def visit(vault: Vault, who: Principal) -> Visit:
    """A request with which his favourites came."""
    rows = read([(partition_of(who.user_id), "favourites")])
    return replace(vault.visit(who), rows=rows)


def test_a_favourite_is_found_again_by_who_marked_it_and_by_nobody_else(
    ada: Client, bob: tuple[Client, int], calls: Calls
) -> None:
    ben, bens_id = bob
    folder = made_folder(ada)
    one, two = (int(made_secret(ada, folder, machine=name)["id"]) for name in ("zeta", "eta"))
    assert ada.get("/api/v1/secrets/favorite").json == []
    path = f"/api/v1/secrets/{one}/favorite"
    assert ada.post(path, {}).json is True
    assert ada.post(r"/api/v1/secrets/0/favorite?secretPath=\Servers\db1+root", {}).json is True
    assert ben.post(path, {"isFavorite": True}).status == 404
    assert ada.post("/api/v1/secrets/4711/favorite", {}).status == 404

    (mine,) = ada.get("/api/v1/secrets/favorite").json
    shown = {"id": one, "secretName": "db1 root", "folderId": folder, "folderPath": "\\Servers"}
    assert mine == shown
    found = {one["id"]: one["isFavorite"] for one in ada.get("/api/v2/secrets").json["records"]}
    assert found == {one: True, two: False}
    assert names(ada, "&filter.searchText=zeta") == names(ada, f"&filter.secretIds={one}")
    assert names(ada, "&filter.searchText=none") == names(ada, f"&filter.secretIds={two}") == []
    assert ada.get("/api/v1/secrets/search-total?filter.scope=3").json == 1
    assert ada.get("/api/v1/secrets/lookup?filter.scope=favorites").json["total"] == 1
    for shows in ("secret-detail/{}/general", "{}/summary?showFavorite=true"):
        assert ada.get(f"/api/v1/secrets/{shows.format(one)}").json["isFavorite"] is True
    data = {"data": {"name": {"dirty": True, "value": "renamed"}}}
    for version in (1, 2):
        changed = ada.patch(f"/api/v{version}/secrets/{one}/general", data).json
        assert changed["isFavorite"] is True

    share(ada, folder, bens_id, "List")
    assert (ben.post(path, {}).json, names(ben)) == (True, ["renamed"])
    assert ada.post(path, {"isFavorite": False}).json is False
    assert (names(ada), names(ben)) == ([], ["renamed"])
    ada.delete(f"/api/v1/secrets/{one}")
    assert (names(ben), ben.get("/api/v1/secrets/favorite").json) == ([], [])
    ada.get("/api/v2/secrets")
    calls.clear()
    ada.get("/api/v2/secrets?filter.doNotCalculateTotal=true")
    ada.get(f"/api/v1/secrets/{two}/summary")
    assert calls.count() == 3 + 1


def test_marking_is_one_call_may_be_repeated_and_meets_others(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    favourites, ids = wiring.favourites(), [vault.unix(), vault.unix()]
    with recording() as made:
        favourites.turn(vault.visit(reads=ids[0]), At(ids[0]), wanted=True)
    assert made.count(operation="TransactWriteItems") == 1 and made.count() <= 3
    for id in ids:  # as requests whose rows came before somebody else wrote them
        favourites.turn(vault.visit(), At(id), wanted=True)
    assert favourites.rows.fetch(ANN.user_id) == frozenset(ids)
    monkeypatch.setattr(service, "MOST", 2)
    with pytest.raises(Invalid, match="2 favorites"):
        favourites.turn(vault.visit(), At(vault.unix()), wanted=True)
    for who in (ANN, ANN, EVE):  # who never had any
        favourites.turn(visit(vault, who), At(ids[0]), wanted=False)
    assert favourites.rows.fetch(ANN.user_id) == frozenset({ids[1]})
    assert "FAVORITE" not in " ".join(vault.trail(ids[0]))


def test_who_lost_his_right_sees_no_favourite_and_can_take_it_out(vault: Vault) -> None:
    favourites = wiring.favourites()
    id = vault.unix(folder=vault.folder(granted(BEN, Role.LIST)))
    favourites.turn(vault.visit(BEN), At(id), wanted=True)
    vault.edit(id, Change(folder_id=vault.folder()))
    with pytest.raises(NotFound):
        favourites.turn(visit(vault, BEN), At(vault.unix()), wanted=True)
    favourites.turn(visit(vault, BEN), At(id), wanted=False)
    assert favourites.rows.fetch(BEN.user_id) == frozenset()
