"""The contract's password types: what changers there are, and that nobody alters them."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.changers.registry import KINDS
from chalicelib.vault.routes.password_types import NAMES, PARTS
from chalicelib.vault.routes.template_answers import CHANGER_IDS
from tests.house import House, open_house

PATH = "/api/v1/remote-password-changing/password-types"


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def test_every_changer_of_targets_outside_is_a_type() -> None:
    outside = {kind.name for kind in KINDS if kind.name != "memory"}
    assert outside == set(CHANGER_IDS) == set(NAMES) == set(PARTS)


def test_types_are_found_read_and_not_altered(house: House) -> None:
    admin = house.admin
    found = admin.get(f"{PATH}?sortBy[0].name=name").json["records"]
    assert [one["passwordTypeId"] for one in found] == [30, 3]
    assert admin.get(f"{PATH}?filter.searchTerm=ssh").json["total"] == 1
    assert admin.get(f"{PATH}?filter.onlyIncludeCanEdits=true").json["total"] == 0
    postgres = admin.get(f"{PATH}/30").json
    told = [(one["name"], one["isOptional"]) for one in postgres["fields"]]
    assert told == [
        ("Machine", False),
        ("Port", True),
        ("Database", True),
        ("Username", False),
        ("Password", False),
    ]
    assert admin.get(f"{PATH}/99").status == 404
    everything_or_nothing: list[dict[str, Any]] = [postgres, {}]
    for same in everything_or_nothing:
        assert admin.put(f"{PATH}/30", same).json == postgres
    for name, value in (("customPort", 5433), ("exitCommand", "exit"), ("active", False)):
        refused = admin.put(f"{PATH}/30", {**postgres, name: value})
        assert (refused.status, name in refused.message) == (400, True)
    assert house.nobody.get(PATH).status == 400
