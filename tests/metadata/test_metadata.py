"""Metadata: typed values on what people keep, for whoever may see or change the thing itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, ConclaveError, Invalid, NotFound, StillUsed
from chalicelib.metadata import routes
from chalicelib.metadata.field import DataType, Given, Item, ItemType
from chalicelib.metadata.service import Draft
from chalicelib.metadata.store import MetadataRow
from chalicelib.vault.erasure import EraseStatus
from chalicelib.vault.grants import FolderRole, Role
from tests.client import Client
from tests.reaper import Reaper
from tests.vault.api import ada, bare, bob, cluster, made_folder, made_secret, time
from tests.vault.conftest import ADMIN, ANN, BEN, EVE, Vault, granted, vault

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time", "vault"]

PATH = "/api/v1/metadata"
GIVEN = Given("now")
DAY = datetime(2026, 1, 15, tzinfo=UTC)


def test_a_field_takes_values_of_its_type_and_no_other() -> None:
    every = Given("text", False, 1.5, DAY, 7)
    assert [every.of(one) for one in DataType] == ["text", False, 1.5, DAY, 7]
    for one in DataType:
        with pytest.raises(Invalid, match="type"):
            Given().of(one)
    with pytest.raises(Invalid, match="characters"):
        Given("x" * 1001).of(DataType.STRING)


def draft(name: str = "Owner since", **more: Any) -> Draft:
    return Draft(Given(string="long ago"), name=name, **more)


def names(vault: Vault, who: Any, item: Item) -> list[str]:
    return [one.field.name for one in wiring.metadata().of(vault.visit(who), item)]


def test_who_may_see_a_thing_sees_its_metadata_and_who_may_edit_it_changes_them(
    vault: Vault,
) -> None:
    service = wiring.metadata()
    folder = vault.folder(granted(BEN, Role.VIEW, FolderRole.VIEW))
    secret = Item(ItemType.SECRET, vault.unix(folder=folder))
    for item in (secret, Item(ItemType.FOLDER, folder)):
        made = service.add(vault.visit(), item, draft())
        with pytest.raises(StillUsed):
            service.add(vault.visit(), item, draft("owner SINCE", section="general"))
        assert names(vault, BEN, item) == ["Owner since"]
        assert [service.may_change(vault.visit(one), item) for one in (ANN, BEN)] == [True, False]
        for change in (
            lambda v, i=item: service.add(v, i, draft("Other")),
            lambda v, i=item, id=made.entry.id: service.change(v, i, id, GIVEN, None),
            lambda v, i=item, id=made.entry.id: service.remove(v, i, id),
        ):
            with pytest.raises(AccessDenied):
                change(vault.visit(BEN))
            with pytest.raises(NotFound):
                change(vault.visit(EVE))
        with pytest.raises(NotFound):
            names(vault, EVE, item)
        assert service.change(vault.visit(), item, made.entry.id, GIVEN, True).field.personal
        service.change(vault.visit(), item, made.entry.id, GIVEN, None)  # again is once
        service.remove(vault.visit(), item, made.entry.id)
        actions = vault.trail(item.id, item.type.value)
        told = [one for one in actions if one.startswith("METADATA")]
        assert told == ["METADATA ADDED", "METADATA CHANGED", "METADATA REMOVED"]
    assert [one.name for one in service.known().fields] == ["Owner since"]


def test_a_section_may_be_for_administrators_of_metadata_alone(vault: Vault) -> None:
    item = Item(ItemType.SECRET, vault.unix())
    guarded = draft(section="Guarded", administered=True)
    with pytest.raises(AccessDenied):
        wiring.metadata().add(vault.visit(), item, guarded)
    chief = replace(ANN, permissions=ANN.permissions | {"Administer Metadata"})
    made = wiring.metadata().add(vault.visit(chief), item, guarded)
    with pytest.raises(AccessDenied):
        wiring.metadata().change(vault.visit(), item, made.entry.id, Given("x"), None)
    assert names(vault, ANN, item) == ["Owner since"]


def test_killed_anywhere_a_value_is_added_once_and_erased_with_its_secret(vault: Vault) -> None:
    item = Item(ItemType.SECRET, vault.unix())
    reaper = Reaper()
    with reaper.copying():
        with reaper.at_work():
            wiring.metadata().add(vault.visit(), item, draft())
        if reaper.has_killed:
            try:
                wiring.metadata().add(vault.visit(), item, draft())
            except ConclaveError as error:
                assert isinstance(error, StillUsed)
        assert names(vault, ANN, item) == ["Owner since"]
        assert vault.trail(item.id).count("METADATA ADDED") == 1
    erasing = wiring.erasing()
    request = erasing.ask(vault.visit(), [item.id], "over", None)
    erasing.answer(vault.visit(ADMIN), request.id, EraseStatus.APPROVED, "")
    later = vault.now + timedelta(days=1)
    done = erasing.carry_out(request.id, later, wiring.clock()() + timedelta(minutes=1))
    assert done.status is EraseStatus.ERASED
    assert not list(MetadataRow.query(f"metadata#secret#{item.id}"))


def test_values_of_every_type_go_through_the_api(ada: Client, bob: tuple[Client, int]) -> None:
    reader, bob_id = bob
    secret, folder = made_secret(ada)["id"], made_folder(ada)
    group = ada.post("/api/v1/groups", {"name": "Staff"}).json["id"]
    given: dict[str, dict[str, Any]] = {
        "String": {"valueString": "a"},
        "Boolean": {"valueBit": False},
        "Number": {"valueNumber": 2.5},
        "DateTime": {"valueDateTime": "2026-01-15T00:00:00"},
        "User": {"valueInt": bob_id},
    }
    for kind, value in given.items():
        body = {"metadataFieldName": f"{kind}s", "fieldDataType": kind, **value}
        made = ada.post(f"{PATH}/Secret/{secret}", {"data": body})
        assert made.status == 200, made.message
    asked = f"{PATH}?filter.itemId={secret}&filter.metadataType=secret"
    found = {one["metadataFieldName"]: one for one in ada.get(asked).json["records"]}
    for kind in ("String", "Boolean", "Number", "User"):
        assert given[kind].items() <= found[f"{kind}s"].items()
    assert found["DateTimes"]["valueDateTime"].startswith("2026-01-15T00:00:00")
    assert all(found["Users"][name] for name in ("valueUserDisplayName", "createUserName"))
    number = found["Numbers"]
    id = number["metadataItemDataId"]
    change = {"metadataItemDataId": id, "valueNumber": {"dirty": True, "value": 3}}
    assert ada.patch(f"{PATH}/secret/{secret}", {"data": change}).json["valueNumber"] == 3
    for where in (f"Folder/{folder}", f"Group/{group}", f"User/{bob_id}"):
        body = {"metadataFieldId": number["metadataFieldId"], "valueNumber": 1}
        made = ada.post(f"{PATH}/{where}", {"data": body})
        assert made.json["valueNumber"] == 1, made.message
        kind, _, item = where.partition("/")
        asked_there = f"{PATH}?filter.itemId={item}&filter.metadataType={kind}"
        assert ada.get(asked_there).json["total"] == 1
        refused = reader.post(f"{PATH}/{where}", {"data": body})
        assert refused.status in (400, 404)
    own = reader.get(f"{PATH}?filter.itemId={bob_id}&filter.metadataType=User")
    assert own.json["total"] == 1
    assert reader.get(asked).status == 404
    assert reader.get(f"{PATH}/fields").json["total"] == 5
    sections = ada.get(f"{PATH}/field-sections?filter.itemId={secret}&filter.metadataType=Secret")
    assert sections.json["records"][0]["actions"] == ["AddField", "EditItem", "DeleteItem"]
    gone = f"{PATH}/Secret/{secret}/{id}"
    assert ada.delete(gone).json["success"] is True
    assert ada.delete(gone).status == 404
    for wrong in (
        {"metadataFieldName": "Numbers", "fieldDataType": "User", "valueInt": 1},
        {"metadataFieldName": "New", "fieldDataType": "User", "valueInt": 4711},
        {"metadataFieldName": "", "valueString": "a"},
        {"metadataFieldId": 4711, "valueString": "a"},
        {"metadataFieldName": "New", "fieldDataType": "Colour", "valueString": "a"},
    ):
        assert ada.post(f"{PATH}/Secret/{secret}", {"data": wrong}).status in (400, 404), wrong
    for unasked in (PATH, f"{PATH}?filter.itemId=1&filter.metadataType=Colour"):
        assert ada.get(unasked).status == 400


def test_sections_are_renamed_and_described_by_who_administers_metadata(
    ada: Client, bob: tuple[Client, int]
) -> None:
    secret, made = made_secret(ada)["id"], {}
    for name in ("Hosts", "Others"):
        body = {"metadataFieldSectionName": name, "metadataFieldName": "A", "valueString": "a"}
        made = ada.post(f"{PATH}/Secret/{secret}", {"data": body}).json
    path = f"{PATH}/field-sections/{made['metadataFieldSectionId']}"

    def changed(who: Client, **values: Any) -> Any:
        data = {
            f"metadataFieldSection{name}": {"dirty": True, "value": value}
            for name, value in values.items()
        }
        return who.patch(path, {"data": data}, query={"itemId": secret, "itemType": "Secret"})

    assert changed(bob[0], Name="Machines").status == 400
    for name in ("Machines", "machines", "machines"):
        told = changed(ada, Name=name, Description="What they are").json
        assert told["metadataFieldSectionName"] == name
        assert told["actions"] == ["AddField", "EditItem", "DeleteItem"]
    listed = ada.get(f"{PATH}?filter.itemId={secret}&filter.metadataType=Secret").json["records"]
    assert [one["metadataFieldSectionName"] for one in listed] == ["Hosts", "machines"]
    for wrong in ({"Name": "hosts"}, {"Name": " "}, {"RequiresEntityEdit": False}):
        assert changed(ada, **wrong).status in (400, 409), wrong


def test_the_history_tells_what_values_were_and_who_set_them(
    ada: Client, bob: tuple[Client, int]
) -> None:
    item = f"Secret/{made_secret(ada)['id']}"
    number = ada.post(
        f"{PATH}/{item}",
        {"data": {"metadataFieldName": "N", "fieldDataType": "Number", "valueNumber": 2.5}},
    ).json
    ada.post(f"{PATH}/{item}", {"data": {"metadataFieldName": "Other", "valueString": "a"}})
    id = number["metadataItemDataId"]
    change = {"metadataItemDataId": id, "valueNumber": {"dirty": True, "value": 3}}
    for _ in range(2):  # again is once
        assert ada.patch(f"{PATH}/{item}", {"data": change}).json["valueNumber"] == 3
    history = f"{PATH}/history?filter.itemId={item.partition('/')[2]}&filter.metadataType=Secret"
    of_numbers = f"{history}&filter.metaDataFieldId={number['metadataFieldId']}&isExporting=true"

    def told() -> list[tuple[float, bool]]:
        found = ada.get(of_numbers).json["records"]
        assert all(one["createUserName"] for one in found)
        return [(one["valueNumber"], one["metadataItemDataHistoryId"] > 0) for one in found]

    assert sorted(told()) == [(2.5, True), (3, False)]
    assert ada.delete(f"{PATH}/{item}/{id}").json["success"] is True
    assert sorted(told()) == [(2.5, True), (3, True)]
    assert ada.get(f"{history}&filter.startDate=2999-01-01").json["total"] == 0
    assert ada.get(history).json["total"] == 3
    assert bob[0].get(history).status == 404
