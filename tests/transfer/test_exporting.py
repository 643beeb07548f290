"""An export: what its asker may see, once, under his password; by two persons if need be."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pyzipper

from chalicelib import wiring
from chalicelib.cluster.licensing import Licensing
from chalicelib.transfer import routes as transfer_routes
from chalicelib.transfer.store.exports import CopyRow, ExportRow
from tests.access.conftest import trail
from tests.bulk.test_crashes import after_a_crash
from tests.bulk.world import World, bare, cluster, routes, time, world
from tests.calls import Calls
from tests.canary import canary
from tests.client import Answer, Client
from tests.counts import full_or
from tests.reaper import Reaper
from tests.vault.api import made_secret

__all__ = ["bare", "cluster", "routes", "time", "transfer_routes", "world"]

PATH = "/api/v2/secrets/export"
ZIP_PASSWORD = canary()


def asked(world: World, who: Client | None = None, **more: Any) -> Answer:
    data = {"notes": "moving house", "password": ZIP_PASSWORD, **more}
    return (who or world.ada).post(f"{PATH}/job", {"data": data})


def begun(world: World, **more: Any) -> str:
    answer = asked(world, **more)
    assert answer.status == 200, answer.message
    return str(answer.json["jobId"])


def files(content: bytes, password: str = ZIP_PASSWORD) -> dict[str, bytes]:
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(password.encode())
        return {name: archive.read(name) for name in archive.namelist()}


def fetched(world: World, id: str) -> dict[str, bytes]:
    answer = world.ada.get(f"{PATH}/job/{id}")
    assert answer.status == 200, answer.message
    return files(answer.body)


def lapse(world: World) -> None:
    lapsed = Licensing("ab12", trial="2020-01-31", until="2020-12-31")
    world.rewrite(lambda gate: replace(gate, licensing=lapsed))


def lines(action: str) -> list[str]:
    return [item for what, item, _ in trail() if what == action]


@pytest.mark.parametrize("format", ["csv", "xml"])
def test_what_is_exported_is_imported_again(world: World, format: str) -> None:
    """Through the whole: as it was, with the folder, in view-only, and once."""
    password = f"={canary()}"
    first = made_secret(world.ada, world.folder, password=password, notes="a\r\nb")
    kept = made_secret(world.ada, world.folder)["id"]
    on = {"dirty": True, "value": True}
    switch = {"data": {"checkOutEnabled": on}}
    assert world.ada.patch(f"/api/v1/secrets/{kept}/security-checkout", switch).status == 200
    lapse(world)
    id = begun(world, folderId=world.folder, exportFormat=format)
    assert world.ada.get(f"{PATH}/job/{id}").status == 409
    world.work()
    for row in CopyRow.scan():
        assert password.encode() not in row.box
    found = world.ada.get(f"{PATH}/{id}/details").json
    assert (found["status"], found["secretCount"], found["exportedCount"]) == ("ready", 2, 1)
    assert [one["itemName"] for one in found["leftOut"]] == ["db1 root"]
    answer = world.ada.get(f"{PATH}/job/{id}")
    inside = files(answer.body)
    with pytest.raises(RuntimeError):
        files(answer.body, canary())
    assert "1 secrets, 1 left out." in inside["summary.txt"].decode("utf-8-sig")
    again = world.ada.get(f"{PATH}/job/{id}")
    assert (again.status, "fetched" in again.message) == (404, True)
    assert set(lines("EXPORT")) == {id, str(first["id"])}
    assert lines("REFUSED") == [str(kept)]
    assert lines("EXPORT FETCHED") == [id]
    assert ExportRow.get(f"export#{id}", "export").sealed is None

    world.rewrite(lambda gate: replace(gate, licensing=Licensing()))
    body = {
        "file": base64.b64encode(inside[f"secrets.{format}"]).decode(),
        "format": format,
        "folderPath": "Back",
    }
    assert world.ada.post("/api/v1/secret-import", body).status == 200
    world.work()
    path = rf"\Back\Servers\{first['name']}"
    read = world.ada.get(f"/api/v1/secrets/0?secretPath={path}").json
    shown = [(one["slug"], one["itemValue"]) for one in read["items"]]
    assert shown == [(one["slug"], one["itemValue"]) for one in first["items"]]


def test_an_export_says_why_and_is_well_sealed_and_of_something(world: World) -> None:
    for wrong, says in (
        ({"notes": " "}, "notes must say why"),
        ({"password": "short"}, "16 to 200"),
        ({"exportFormat": "kdbx"}, "csv or xml"),
        ({"folderId": 999}, "not found"),
        ({}, "no secret"),
    ):
        answer = asked(world, **wrong)
        assert (answer.status in (400, 404), says in answer.message) == (True, True), answer.message
    for path in ("job/7", f"job/{'0' * 32}", f"{'0' * 32}/details"):
        assert world.ada.get(f"{PATH}/{path}").status == 404


def test_it_is_fetched_within_the_hour_by_who_asked_for_it(world: World) -> None:
    made_secret(world.ada, world.folder)
    id = begun(world)
    world.work()
    other, _ = second(world)
    assert other.get(f"{PATH}/job/{id}").status == 404
    known = other.get(f"{PATH}/{id}/details").json
    assert (known["status"], known["secretCount"], known["leftOut"]) == ("ready", 0, [])
    world.cluster.time.pass_by(minutes=61)
    ada = world.cluster.sign_in()
    late = ada.get(f"{PATH}/job/{id}")
    assert (late.status, "expired" in late.message) == (404, True)


def second(world: World) -> tuple[Client, int]:
    """Another administrator."""
    id, password = world.cluster.make_user("carol")
    world.ada = world.cluster.sign_in()
    assert world.ada.post(f"/api/v1/users/{id}/roles", {"roleIds": [1]}).status == 200
    return world.cluster.client.login("carol", password), id


def test_with_dual_control_a_second_person_lets_it_begin(world: World) -> None:
    secret = made_secret(world.ada, world.folder)["id"]
    other, carol = second(world)
    wiring.settings().change(1, {"dual_control": True})
    assert world.ada.get(PATH).json["dualControl"] is True
    ids = [begun(world) for _ in range(2)]
    assert world.ada.get(f"{PATH}/job/{ids[0]}").status == 409
    assert {one["jobId"] for one in other.get(f"{PATH}/waiting").json} == set(ids)
    let, deny = {"approve": True, "notes": "ok"}, {"approve": False}
    alone = world.ada.post(f"{PATH}/{ids[0]}/decision", let)
    assert (alone.status, "second person" in alone.message) == (409, True)
    assert world.work() == 0
    allowed = other.post(f"{PATH}/{ids[0]}/decision", let).json
    assert (allowed["status"], allowed["decidedByUserId"]) == ("running", carol)
    assert other.post(f"{PATH}/{ids[1]}/decision", deny).json["status"] == "denied"
    assert other.post(f"{PATH}/{ids[1]}/decision", let).status == 409
    assert other.get(f"{PATH}/waiting").json == []
    world.work()
    assert set(fetched(world, ids[0])) == {"secrets.csv", "summary.txt"}
    assert world.ada.get(f"{PATH}/job/{ids[1]}").status == 404
    assert lines("EXPORT") == [str(secret)]
    assert (lines("EXPORT APPROVED"), lines("EXPORT DENIED")) == (ids[:1], ids[1:])


def test_killed_at_any_call_each_secret_is_copied_once(world: World) -> None:
    ids = world.secrets(3)
    id = begun(world)
    operation = ExportRow.get(f"export#{id}", "export").operation
    reaper = Reaper(stride=full_or(1, 4))
    with reaper.copying():
        with reaper.at_work():
            world.deliver(operation)
        if reaper.has_killed:
            after_a_crash(world, operation)
        assert len(fetched(world, id)["secrets.csv"].decode("utf-8-sig").splitlines()) == 4
        assert sorted(lines("EXPORT")) == sorted([id, *map(str, ids)])
    assert reaper.acts >= 5


def test_a_few_are_exported_in_one_answer(
    world: World, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a job would: what is kept from the asker is left out, all on the trail; or he is told."""
    first = made_secret(world.ada, world.folder, password=canary())
    kept = made_secret(world.ada, world.folder)["id"]
    switch = {"data": {"checkOutEnabled": {"dirty": True, "value": True}}}
    assert world.ada.patch(f"/api/v1/secrets/{kept}/security-checkout", switch).status == 200
    body = {"data": {"notes": "moving", "password": ZIP_PASSWORD, "folderId": world.folder}}

    def at_once() -> Answer:
        return world.ada.post("/api/v1/secrets/export", body)

    calls.clear()
    answer = at_once()
    assert answer.status == 200, answer.message
    assert calls.count() <= 5 + 2 + 3  # what is left out is looked at for its name as well
    inside = files(answer.body)
    values = {one["slug"]: one["itemValue"] for one in first["items"]}
    assert values["password"].encode() in inside["secrets.csv"]
    assert "1 secrets, 1 left out." in inside["summary.txt"].decode("utf-8-sig")
    assert str(first["id"]) in lines("EXPORT")
    assert lines("REFUSED") == [str(kept)]
    monkeypatch.setattr("chalicelib.transfer.export.MOST_AT_ONCE", 1)
    large = at_once()
    assert (large.status, "/api/v2/secrets/export/job" in large.message) == (413, True)
    monkeypatch.setattr("chalicelib.transfer.service.at_once.LONGEST", timedelta(0))
    monkeypatch.setattr("chalicelib.transfer.export.MOST_AT_ONCE", 9)
    assert "too long" in at_once().message
    wiring.settings().change(1, {"dual_control": True})
    dual = at_once()
    assert (dual.status, "/api/v2/secrets/export/job" in dual.message) == (400, True)
    assert len(lines("REFUSED")) == 2
