"""An import: tried out, begun, killed and gone on with; and the file is gone afterwards."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from chalicelib import wiring
from chalicelib.transfer import routes as transfer_routes
from chalicelib.transfer.store.imports import ImportFileRow, ImportPartRow
from tests.access.conftest import trail
from tests.bulk.test_crashes import after_a_crash
from tests.bulk.world import World, bare, cluster, routes, time, world
from tests.canary import canary
from tests.client import Answer, Client
from tests.counts import full_or
from tests.reaper import Reaper
from tests.vault.api import bob, made_folder, share, value

__all__ = ["bare", "bob", "cluster", "routes", "time", "transfer_routes", "world"]

PASSWORD = canary()
CSV = f"""Secret Name,Username,Password,Folder Path,Secret Template,PIN
sw1,adm,{PASSWORD},Net\\Core,Password,
sw2,adm,-{PASSWORD},Net\\Core,Password,
sw3,adm,x,Net,Password,1234
,adm,x,Net,Password,
sw1,again,x,net\\core,Password,
db,adm,x,,Nothing,
""".encode()


def sent(world: World, path: str, content: bytes, **more: Any) -> Answer:
    return sent_by(world.ada, path, content, **more)


def sent_by(who: Client, path: str, content: bytes, **more: Any) -> Answer:
    body = {"file": base64.b64encode(content).decode(), **more}
    return who.post(f"/api/v1/{path}", body)


def named(world: World) -> dict[str, tuple[str, str]]:
    """The secrets there are: their folder's path and password, by name."""
    found = {}
    for one in wiring.secret_store().everywhere():
        read = world.ada.get(f"/api/v1/secrets/{one.id}").json
        path = world.ada.get(f"/api/v1/folders/{one.folder_id}").json
        where = path.get("folderPath", "") if one.folder_id > 0 else ""
        found[read["name"]] = (where, value(read, "password"))
    return found


def of_imports() -> int:
    return sum(1 for row in ImportPartRow.scan()) + sum(1 for row in ImportFileRow.scan())


def test_a_csv_is_tried_out_then_imported_and_its_faults_are_told(world: World) -> None:
    tried = sent(world, "secrets/import-csv-verify", CSV).json
    assert (tried["secretCount"], tried["folderCount"], tried["errorCount"]) == (2, 2, 4)
    assert tried["folders"] == ["\\Net", "\\Net\\Core"]
    assert tried["secrets"][0]["fields"] == ["username", "password"]
    said = {one["place"]: one["errorMessage"] for one in tried["errors"]}
    assert "called PIN" in said[3] and "1 to" in said[4]
    assert "twice" in said[5] and "No active template" in said[6]
    assert (named(world), of_imports()) == ({}, 0)
    assert PASSWORD not in str(tried)

    begun = sent(world, "secrets/import-csv-process", CSV).json
    assert of_imports() == 2
    for row in ImportPartRow.scan():
        assert PASSWORD.encode() not in row.box
    world.work()
    found = world.progress(begun["bulkOperationId"])
    assert found["statusMessage"] == "Finished: 4 of 8 done, 4 failed."
    assert [one["itemName"] for one in found["errors"]][0] == "3: sw3"
    core = "\\Net\\Core"
    assert named(world) == {"sw1": (core, PASSWORD), "sw2": (core, f"-{PASSWORD}")}
    assert of_imports() == 0
    actions = [action for action, _, _ in trail()]
    assert (actions.count("IMPORT"), actions.count("CREATE")) == (1, 4)

    again = sent(world, "secret-import/verify", CSV, format="csv", unmatched="notes").json
    told = {one["errorMessage"] for one in again["errors"]}
    assert again["secretCount"] == 1 and "A secret of that name is in the folder already." in told
    twice: dict[str, Any] = {"format": "CSV", "allowDuplicateSecrets": True}
    assert sent(world, "secret-import/verify", CSV, **twice).json["secretCount"] == 2


def test_columns_templates_and_folders_are_mapped(world: World) -> None:
    rows = f"Title,Login,Word,Junk,Folder,Template\nweb,adm,{PASSWORD},x,Old\\A,Sites\n".encode()
    wishes: dict[str, Any] = {
        "format": "csv",
        "columns": [
            {"name": "Login", "field": "username"},
            {"name": "WORD", "field": "Password"},
            {"name": "junk"},
        ],
        "templates": [{"name": "sites", "templateId": 9}],
        "folders": [{"path": "\\old", "to": "New\\Sub"}],
        "folderPath": "Imported",
    }
    assert sent(world, "secret-import", rows, **wishes).status == 200
    world.work()
    assert named(world) == {"web": ("\\Imported\\New\\Sub\\A", PASSWORD)}


def test_a_keepass_database_is_imported_and_its_password_kept_nowhere(world: World) -> None:
    content = (Path(__file__).parent / "cheap.kdbx").read_bytes()
    asked: dict[str, Any] = {"format": "kdbx", "password": "keepass", "unmatched": "notes"}
    wrong = sent(world, "secret-import", content, **{**asked, "password": canary()})
    assert (wrong.status, "does not open" in wrong.message) == (400, True)
    assert sent(world, "secret-import", content, **asked).status == 200
    world.work()
    assert named(world) == {"sw1": ("\\Net-Core", "a <password> & é")}
    for format in ("xml", "bitwarden", "csv"):
        refused = sent(world, "secret-import", content, format=format)
        assert (refused.status, refused.message[:12]) == (400, "The file is ")


def test_an_import_has_the_rights_of_its_asker(world: World, bob: tuple[Client, int]) -> None:
    who, id = bob
    share(world.ada, made_folder(world.ada, "Net"), id, "View")
    assert sent_by(who, "secrets/import-xml-process", b"<ImportFile/>").status == 400
    refused = sent_by(who, "secret-import", b"<ImportFile/>", format="xml")
    assert "Advanced Import" in refused.message
    rows = CSV.splitlines()[:2]
    begun = sent_by(who, "secrets/import-csv-process", b"\n".join(rows)).json
    world.work()
    found = world.progress(begun["bulkOperationId"], who)
    assert [one["itemName"] for one in found["errors"]] == ["\\Net\\Core", "1: sw1"]
    assert (named(world), of_imports()) == ({}, 0)


def test_the_file_goes_when_the_import_is_cancelled(world: World) -> None:
    begun = sent(world, "secrets/import-csv-process", CSV).json
    path = f"/api/v1/bulk-operations/{begun['bulkOperationId']}"
    assert world.ada.post(f"{path}/cancel").status == 200
    world.work()
    assert world.progress(begun["bulkOperationId"])["statusMessage"].startswith("Cancelled")
    assert (named(world), of_imports()) == ({}, 0)


def test_killed_at_any_call_each_row_is_imported_once(world: World) -> None:
    id = sent(world, "secrets/import-csv-process", CSV).json["bulkOperationId"]
    reaper = Reaper(stride=full_or(1, 9))
    with reaper.copying():
        with reaper.at_work():
            world.deliver(id)
        if reaper.has_killed:
            after_a_crash(world, id)
        assert world.progress(id)["statusMessage"] == "Finished: 4 of 8 done, 4 failed."
        listed = [one.name for one in wiring.secret_store().everywhere()]
        assert (sorted(listed), of_imports()) == (["sw1", "sw2"], 0)
    assert reaper.acts >= 5
