"""Lists of values by category: what is in them, and that it is there once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.principal import SYSTEM
from chalicelib.core.errors import Invalid, StillUsed
from chalicelib.lists import routes
from chalicelib.lists.categorized import MOST_OPTIONS, Option, categories, chosen, merged
from chalicelib.lists.service import By, Change
from tests.access.conftest import trail
from tests.client import Client
from tests.reaper import Reaper
from tests.vault.api import ada, bare, bob, cluster, time
from tests.vault.conftest import Vault, vault

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time", "vault"]

PATH = "/api/v1/lists"
BY = By(SYSTEM, datetime(2026, 1, 15, 12, tzinfo=UTC))
NOBODY = "00000000-0000-4000-8000-000000000000"


def dirty(**values: Any) -> dict[str, Any]:
    return {name: {"dirty": True, "value": value} for name, value in values.items()}


def test_a_value_stands_once_in_its_category_and_in_order() -> None:
    present = (Option("1", "Rome", "South"), Option("2", "Oslo"))
    found = merged(present, [Option("3", "ROME", "south"), Option("4", "Bari", "South")])
    assert [one.id for one in found] == ["2", "4", "1"]
    assert categories(found) == ["South"]
    assert [one.value for one in chosen(found, "SOUTH")] == ["Bari", "Rome"]
    assert [one.value for one in chosen(found, "")] == ["Oslo"]
    for wrong in (
        Option("5", ""),
        Option("5", "x" * 256),
        Option("5", "a\nb"),
        Option("5", "a", "\0"),
    ):
        with pytest.raises(Invalid):
            merged(present, [wrong])
    for many in (
        [Option(str(n), str(n)) for n in range(MOST_OPTIONS)],
        [Option(str(n), f"{n}{'ü' * 200}") for n in range(MOST_OPTIONS - 9)],
    ):
        with pytest.raises(Invalid, match="at most"):
            merged(present, many)


def test_a_list_is_made_filled_read_and_removed(ada: Client, bob: tuple[Client, int]) -> None:
    made = ada.post(PATH, {"data": dirty(name="Places", description="Where", active=True)})
    assert made.status == 200, made.message
    id = made.json["categorizedListId"]
    values = [
        dirty(value="Rome", category="South"),
        dirty(value="Oslo"),
        dirty(value="rome", category="south"),
    ]
    answer = ada.post(f"{PATH}/{id}/options", {"data": values})
    assert [one["value"]["value"] for one in answer.json["records"]] == ["Oslo", "Rome"], (
        answer.message
    )
    again = ada.post(
        f"{PATH}/{id}/options/South", {"data": [dirty(value="Rome"), dirty(value="Bari")]}
    )
    assert again.json["total"] == 2
    (rome,) = [one for one in again.json["records"] if one["value"]["value"] == "Rome"]
    reader = bob[0]
    assert reader.get(f"{PATH}/{id}/categories").json["records"] == ["South"]
    assert reader.get(f"{PATH}?filter.searchText=pla").json["records"][0]["numOptions"] == 3
    assert reader.get(f"{PATH}/summary").json["records"][0]["name"] == "Places"
    for query, total in (
        ("", 3),
        ("?filter.category=south", 2),
        ("?filter.nullCategoryIsUncategorized=true", 1),
    ):
        assert reader.get(f"{PATH}/{id.upper()}/options{query}").json["total"] == total
    item = rome["categorizedListItemId"]
    assert ada.delete(f"{PATH}/{id}/options/{item}").json["isDeleted"] is True
    assert ada.delete(f"{PATH}/{id}/options/{item}").status == 404
    renamed = ada.put(f"{PATH}/{id}", {"data": dirty(name="Towns", active=False)})
    assert (renamed.json["name"], renamed.json["description"]) == ("Towns", "Where")
    assert [
        ada.get(f"{PATH}{query}").json["total"] for query in ("", "?filter.includeInactive=true")
    ] == [0, 1]
    assert ada.delete(f"{PATH}/{id}/options").json["id"] == id
    assert ada.get(f"{PATH}/{id}/options").json["total"] == 0
    assert ada.delete(f"{PATH}/{id}").json["objectType"] == "List"
    for gone in (id, NOBODY, "x"):
        assert (ada.get(f"{PATH}/{gone}").status, ada.delete(f"{PATH}/{gone}").status) == (404, 404)
    for refused in (reader.post(PATH, {"data": dirty(name="Mine")}), reader.delete(f"{PATH}/{id}")):
        assert refused.json["errorCode"] == "API_AccessDenied"
    assert ada.post(PATH, {"data": {}}).status == 400
    lines = [action for action, item, _ in trail() if item == id]
    told = [
        "CREATE",
        "OPTIONS ADDED",
        "OPTIONS ADDED",
        "OPTION REMOVED",
        "UPDATE",
        "OPTIONS REMOVED",
        "DELETE",
    ]
    assert sorted(lines) == sorted(told)


def test_a_name_is_one_lists_alone_until_that_is_renamed_or_removed(vault: Vault) -> None:
    lists = wiring.lists()
    one, other = (lists.create(BY, Change(name)) for name in ("One", "Two"))
    with pytest.raises(StillUsed, match="exists"):
        lists.create(BY, Change(" one "))
    with pytest.raises(StillUsed, match="exists"):
        lists.change(BY, other.id, Change("ONE"))
    assert lists.change(BY, one.id, Change("ONE")).name == "ONE"
    lists.change(BY, one.id, Change("Three"))
    assert lists.change(BY, other.id, Change("One")).name == "One"
    lists.delete(BY, other.id)
    assert lists.create(BY, Change("One")).size == 0


def test_killed_anywhere_values_and_their_number_agree(vault: Vault) -> None:
    lists = wiring.lists()
    id = lists.create(BY, Change("One")).id
    reaper = Reaper()
    with reaper.copying():
        with reaper.at_work():
            lists.add(BY, id, [("a", ""), ("b", "c")])
        if reaper.has_killed:
            lists.add(BY, id, [("a", ""), ("b", "c")])
        assert (lists.get(id).size, len(lists.options(id))) == (2, 2)
        assert vault.trail(id, "List").count("OPTIONS ADDED") == 1  # type: ignore[arg-type]
