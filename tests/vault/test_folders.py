"""Folders as a tree that stays one, whoever changes it at the same time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, Conflict, Invalid, NotFound, StillUsed
from chalicelib.core.paging import Paging
from chalicelib.vault import templates
from chalicelib.vault.change import Change, Draft
from chalicelib.vault.folder import MAX_DEPTH, NO_FOLDER, Folder, split_path, tree_of
from chalicelib.vault.grants import FolderRole, Grant, Grantee, Role, Who, grantees, role_of
from chalicelib.vault.service import At, FolderChange, FolderQuery
from tests.calls import Calls
from tests.client import Answer, Client
from tests.vault.api import ada, bare, bob, cluster, made_folder, made_secret, routes, share, time

from .conftest import ANN, BEN, EVE, Vault, granted, person

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

SEVEN_VIEWS = Grant(1, Grantee(Who.USER, 7), Role.VIEW)
TREE = tree_of(
    [
        Folder(1, "A", inherits_permissions=False, grants=(SEVEN_VIEWS,)),
        Folder(2, "B", 1),
        Folder(3, "c", 2, inherits_permissions=False),
        Folder(4, "D", 3),
    ]
)  # fmt: skip


def test_paths_name_every_folder() -> None:
    assert TREE.path(4) == "\\A\\B\\c\\D"
    assert TREE.path(NO_FOLDER) == ""
    assert split_path(r"\A\B c") == split_path("/A/B c/") == ["A", "B c"]
    found = TREE.at(["a", "b", "C"])
    assert found is not None
    assert found.id == 3
    assert TREE.at(["a", "c"]) is None
    assert [one.id for one in TREE.below(1)] == [2, 3, 4]


def test_grants_come_from_the_first_above_that_has_own() -> None:
    assert role_of(TREE.grants_on(2), grantees(7, [])) is Role.VIEW
    assert TREE.grants_on(3) == TREE.grants_on(4) == ()
    assert TREE.grants_on(4711) == ()


def test_a_folder_is_never_its_own_parent() -> None:
    for parent in (2, 3, 4):
        with pytest.raises(Invalid, match="itself"):
            TREE.check_place(parent, moved=2)
    TREE.check_place(1, moved=3)
    deep = tree_of(Folder(n, str(n), n - 1 or NO_FOLDER) for n in range(1, MAX_DEPTH + 1))
    with pytest.raises(Invalid, match="deep"):
        deep.check_place(MAX_DEPTH)


def test_folders_nest_fifty_deep_and_no_deeper_than_is_said(vault: Vault) -> None:
    """Made, moved and read like any other; what would go deeper is refused in words."""
    rows = [Folder(1000 + n, f"n{n}", 999 + n if n > 1 else NO_FOLDER) for n in range(1, 90)]
    own = granted(ANN, Role.OWNER, FolderRole.OWNER)
    rows[0] = replace(rows[0], inherits_permissions=False, grants=(own, granted(BEN, Role.VIEW)))
    puts = [wiring.folder_store().put(one) for one in rows]
    wiring.committer()([*puts, wiring.gate().bump("folders")])
    ninetieth = vault.folder(parent=1089, name="low")
    id = vault.unix(folder=1050)
    seen = wiring.folders().see(vault.visit(BEN), 1050)
    assert seen.tree.path(1050).count("\\") == 50
    assert wiring.vault().read(vault.visit(BEN, reads=id), At(id)).found.secret.folder_id == 1050
    with pytest.raises(Invalid, match="at most 90 deep"):
        vault.folder(parent=ninetieth)
    wiring.folders().change(vault.visit(), ninetieth, FolderChange(parent_id=1050))
    moved = FolderChange(parent_id=1088)
    wiring.folders().change(vault.visit(), ninetieth, moved)
    tall = vault.folder(name="tall")
    vault.folder(parent=tall)
    with pytest.raises(Invalid, match="deep"):
        wiring.folders().change(vault.visit(), tall, FolderChange(parent_id=1089))
    assert wiring.folders().see(vault.visit(BEN), ninetieth).tree.path(ninetieth).count("\\") == 89


def test_names_are_unique_beside_each_other() -> None:
    with pytest.raises(Invalid, match="exists"):
        TREE.check_name(" b ", 1)
    assert TREE.check_name("B", 1, but=2) == "B"
    for wrong in ("", " ", "a/b", "a\\b", "x" * 101, "a\nb"):
        with pytest.raises(Invalid):
            TREE.check_name(wrong, 1)


def test_two_moves_at_once_make_no_ring(vault: Vault) -> None:
    one, other = vault.folder(), vault.folder()
    first, second = vault.visit(), vault.visit()
    wiring.folder_store().tree(first.epoch)
    stale = FolderChange(parent_id=other), FolderChange(parent_id=one)
    tree = wiring.folder_store().tree(first.epoch)
    wiring.folders().change(first, one, stale[0])
    with pytest.raises(Conflict):
        wiring.folders().change(second, other, stale[1])
    assert tree.folder(one).parent_id == NO_FOLDER
    assert wiring.folder_store().tree(vault.visit().epoch).folder(one).parent_id == other


def test_a_secret_is_not_put_into_a_folder_that_is_gone(vault: Vault) -> None:
    folder = vault.folder()
    visit = vault.visit()
    wiring.folder_store().tree(visit.epoch)
    wiring.folders().delete(vault.visit(), folder)
    with pytest.raises((Conflict, NotFound)):
        wiring.vault().create(visit, Draft("a", templates.PASSWORD, folder))


def test_a_secret_is_not_moved_into_a_folder_that_is_gone(vault: Vault) -> None:
    """It would inherit nothing there, and nobody could reach it any more."""
    id, folder = vault.unix(folder=vault.folder()), vault.folder()
    visit = vault.visit(reads=id)
    wiring.folder_store().tree(visit.epoch)
    wiring.folders().delete(vault.visit(), folder)
    with pytest.raises(Conflict):
        wiring.vault_edits().change(visit, At(id), Change(folder_id=folder))


def test_a_folder_is_removed_only_when_it_is_empty(vault: Vault) -> None:
    top = vault.folder()
    low = vault.folder(parent=top)
    id = vault.unix(folder=low)
    for folder in (top, low):
        with pytest.raises(StillUsed, match="not empty"):
            wiring.folders().delete(vault.visit(), folder)
    wiring.vault().delete(vault.visit(), At(id))
    with pytest.raises(StillUsed, match="deleted"):
        wiring.folders().delete(vault.visit(), low)


def test_who_may_do_what_with_folders(vault: Vault) -> None:
    edits = vault.folder(granted(BEN, Role.VIEW, FolderRole.EDIT))
    views = vault.folder(granted(BEN, Role.VIEW, FolderRole.VIEW))
    service = wiring.folders()
    low = service.create(vault.visit(BEN), Folder(0, "low", edits)).folder
    assert low.inherits_permissions
    service.change(vault.visit(BEN), edits, FolderChange(name="named"))
    for refused in (
        lambda: service.create(vault.visit(BEN), Folder(0, "low", views)),
        lambda: service.change(vault.visit(BEN), views, FolderChange(name="x")),
        lambda: service.change(vault.visit(BEN), low.id, FolderChange(parent_id=NO_FOLDER)),
        lambda: service.change(vault.visit(BEN), low.id, FolderChange(inherits_permissions=False)),
        lambda: service.delete(vault.visit(BEN), edits),
    ):
        with pytest.raises(AccessDenied):
            refused()
    with pytest.raises(NotFound):
        service.change(vault.visit(EVE), edits, FolderChange(name="x"))
    with pytest.raises(AccessDenied, match="Create Root Folders"):
        service.create(vault.visit(person(11, without="Create Root Folders")), Folder(0, "x"))


def test_one_sees_what_one_was_granted(vault: Vault) -> None:
    top = vault.folder(name="Top")
    low = vault.folder(granted(BEN, None), name="Low", parent=top)
    found = wiring.folders().search(vault.visit(BEN), FolderQuery(), Paging()).records
    assert [one.folder.id for one in found] == [low]
    found = wiring.folders().search(vault.visit(ANN), FolderQuery(), Paging()).records
    assert [one.folder.id for one in found] == [top, low]
    only = FolderQuery(parent_id=top, only_children=True, text="lo")
    assert wiring.folders().search(vault.visit(ANN), only, Paging()).total == 1
    assert (
        wiring.folders().search(vault.visit(ANN), FolderQuery(only_roots=True), Paging()).total == 1
    )


def test_the_tree_is_read_once_an_epoch(vault: Vault, calls: Calls) -> None:
    vault.folder()
    visit = vault.visit()
    calls.clear()
    for _ in range(3):
        wiring.folders().search(visit, FolderQuery(), Paging())
    assert [call.operation for call in calls.seen] == ["Query"]


def test_a_folder_takes_secrets_of_the_templates_that_it_allows(
    ada: Client, bob: tuple[Client, int]
) -> None:
    """Made, moved, copied or converted; those that are there stay, folders in it take any."""
    client, bobs = bob
    folder = made_folder(ada)
    within, of_unix = made_folder(ada, "Within", folder), made_secret(ada, folder)["id"]
    elsewhere = made_secret(ada)["id"]
    share(ada, folder, bobs, "Owner", "Edit")
    path, details = f"/api/v1/folder/{folder}", f"/api/v1/folder-details/{folder}"

    def allow(who: Client, *ids: int) -> Answer:
        return who.patch(path, {"data": {"allowedTemplates": ids}})

    assert (allow(client, 2).status, allow(ada, 99_999).status) == (400, 404)
    assert allow(ada, 9, 2).json["allowedTemplates"] == [2, 9]
    assert {one["id"] for one in ada.get(details).json["allowedTemplates"]} == {2, 9}
    assert ada.get(f"/api/v1/templates/{folder}").json == {"id": 2, "name": "Password"}
    draft = {"name": "a", "secretTemplateId": 6007, "folderId": folder, "siteId": 1, "items": []}
    refused = (
        ada.post("/api/v1/secrets", draft),
        ada.put(f"/api/v1/secrets/{elsewhere}", {"folderId": folder, "name": "a", "items": []}),
        ada.post(f"/api/v1/secrets/{elsewhere}/copy", {"name": "b", "folderId": folder}),
    )
    told = "The folder Servers takes no secrets of the template Unix Account (SSH)."
    assert [one.message for one in refused] == [told] * 3
    assert ada.put(f"/api/v1/secrets/{of_unix}", {"name": "kept", "items": []}).status == 200
    assert made_secret(ada, within)["folderId"] == within
    one_less = f"/api/v1/folders/{folder}/templates"
    assert ada.request("DELETE", f"{one_less}/2").json["id"] == 2
    assert (
        ada.request("DELETE", f"{one_less}/2").status,
        ada.request("DELETE", f"{one_less}/9").status,
    ) == (400, 409)
    assert allow(ada).json["allowedTemplates"] == []
    assert made_secret(ada, folder)["folderId"] == folder
    notes = [one["notes"] for one in ada.get(f"/api/v1/folders/{folder}/audit").json["records"]]
    assert "takes secrets of any template" in notes
    assert "takes secrets of the templates 2, 9" in notes
