"""Secrets are made, read, deleted and restored under rules, and the trail tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from chalicelib import wiring
from chalicelib.core.errors import (
    AccessDenied,
    Conflict,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
    Unsealable,
)
from chalicelib.core.plain import Plain
from chalicelib.vault import templates
from chalicelib.vault.change import Change, Draft, Item
from chalicelib.vault.grants import FolderRole, Role
from chalicelib.vault.service import At
from chalicelib.vault.state import Due, HeartbeatStatus, Where
from chalicelib.vault.visit import Visit
from tests.access.conftest import trail
from tests.calls import Calls
from tests.canary import canary

from .conftest import ANN, BEN, EVE, NOON, SITE, Vault, granted, items, person


def test_what_was_stored_is_read_again(vault: Vault) -> None:
    password = canary()
    id = vault.unix(values={"password": password})
    opened = wiring.vault().read(vault.visit(), At(id))
    assert opened.values["password"].reveal() == password
    assert opened.values["machine"].reveal() == "db1.example"
    assert vault.trail(id) == ["CREATE", "VIEW", "VIEW"]


def test_a_read_without_what_is_hidden_opens_no_password_and_says_so(vault: Vault) -> None:
    id = vault.unix()
    opened = wiring.vault().read(vault.visit(), At(id), hidden=False)
    assert "machine" in opened.values and "password" not in opened.values
    assert "what is not hidden" in [detail for _, _, detail in trail()]


def test_nobody_else_knows_of_a_secret_without_a_grant(vault: Vault) -> None:
    id = vault.unix()
    for who in (BEN, person(1, 1)):
        with pytest.raises(NotFound, match="not found"):
            wiring.vault().read(vault.visit(who), At(id))
    assert vault.trail(id) == ["CREATE", "REFUSED", "REFUSED", "VIEW"]


def test_who_may_only_list_knows_the_name_and_no_value(vault: Vault) -> None:
    folder = vault.folder(granted(BEN, Role.LIST))
    id = vault.unix(folder=folder)
    assert wiring.vault().glimpse(vault.visit(BEN), At(id)).secret.name == "db1 root"
    with pytest.raises(AccessDenied):
        wiring.vault().read(vault.visit(BEN), At(id))
    with pytest.raises(AccessDenied):
        wiring.vault().field(vault.visit(BEN), At(id), "username")
    assert vault.trail(id) == ["CREATE", "REFUSED", "VIEW"]


@pytest.mark.parametrize("role", [None, Role.LIST])
def test_a_refused_attempt_is_on_the_trail_once_a_minute_and_costs_one_call_then(
    vault: Vault, calls: Calls, role: Role | None
) -> None:
    id = vault.unix(folder=vault.folder(*([granted(BEN, role)] if role else [])))

    def attempted(deed: Callable[[Visit], object]) -> list[str]:
        visit = vault.visit(BEN, reads=id)
        calls.clear()
        with pytest.raises((NotFound, AccessDenied)):
            deed(visit)
        return [call.operation for call in calls.seen]

    def reads(visit: Visit) -> object:
        return wiring.vault().read(visit, At(id))

    vault.edit(id, Change(name="db1"))  # by its owner: no call but its own, and no such line
    assert [attempted(reads), attempted(reads)] == [["PutItem"], []]
    writes = attempted(lambda visit: wiring.vault_edits().change(visit, At(id), Change(name="x")))
    assert writes == ["PutItem"]
    vault.now += timedelta(minutes=1)
    assert attempted(reads) == ["PutItem"]
    told = [detail for action, _, detail in trail() if action == "REFUSED"]
    why = "denied" if role else "hidden"
    assert sorted(told) == [f"edit: access {why}"] + [f"reveal: access {why}"] * 2


def test_reading_costs_one_call_besides_the_sessions(vault: Vault, calls: Calls) -> None:
    id = vault.unix(folder=vault.folder())
    wiring.vault().read(vault.visit(reads=id), At(id))
    visit = vault.visit(reads=id)
    calls.clear()
    wiring.vault().read(visit, At(id))
    assert [call.operation for call in calls.seen] == ["PutItem"]


def test_creating_and_updating_cost_at_most_three_calls_besides(vault: Vault, calls: Calls) -> None:
    folder = vault.folder()
    first = vault.unix(folder=folder)
    wiring.vault().read(vault.visit(reads=first), At(first))
    visit, draft = vault.visit(), Draft("a", templates.PASSWORD, folder)
    calls.clear()
    made = wiring.vault().create(visit, draft).secret.id
    assert [call.operation for call in calls.seen] == ["TransactWriteItems"]
    visit = vault.visit(reads=made)
    calls.clear()
    wiring.vault_edits().change(visit, At(made), Change(name="b"), shows=True)
    assert [call.operation for call in calls.seen] == ["TransactWriteItems"]


def test_a_secret_needs_a_folder_its_maker_may_add_to(vault: Vault) -> None:
    folder = vault.folder(granted(BEN, Role.EDIT, FolderRole.VIEW))
    draft = Draft("a", templates.PASSWORD, folder)
    with pytest.raises(AccessDenied):
        wiring.vault().create(vault.visit(BEN), draft)
    with pytest.raises(NotFound):
        wiring.vault().create(vault.visit(EVE), draft)
    with pytest.raises(NotFound):
        wiring.vault().create(vault.visit(), replace(draft, folder_id=4711))
    with pytest.raises(AccessDenied, match="Add Secret"):
        wiring.vault().create(vault.visit(person(11, without="Add Secret")), draft)


def test_who_may_add_but_gets_nothing_from_the_folder_owns_what_he_made(vault: Vault) -> None:
    folder = vault.folder(granted(BEN, None, FolderRole.ADD_SECRET))
    id = vault.unix(BEN, folder)
    assert wiring.vault().glimpse(vault.visit(BEN), At(id)).role is Role.OWNER
    assert wiring.vault().glimpse(vault.visit(ANN), At(id)).role is Role.OWNER
    assert not vault.stored(id).secret.inherits_permissions


def test_who_may_add_and_only_list_is_shown_no_value_of_what_he_made(vault: Vault) -> None:
    folder = vault.folder(granted(BEN, Role.LIST, FolderRole.ADD_SECRET))
    draft = Draft("a", templates.PASSWORD, folder, items=items({"password": canary()}))
    visit = vault.visit(BEN)
    made = wiring.vault().create(visit, draft)
    assert wiring.vault().shown(visit, made).values == {}
    assert vault.trail(made.secret.id) == ["CREATE"]


def test_a_password_is_made_when_asked_for(vault: Vault) -> None:
    draft = Draft("a", templates.PASSWORD, items=(Item(slug="password", generate=True),))
    id = wiring.vault().create(vault.visit(), draft).secret.id
    assert len(vault.value(id, "password")) == 12
    with pytest.raises(Invalid, match="not a password"):
        wiring.vault().create(
            vault.visit(), replace(draft, items=(Item(slug="notes", generate=True),))
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 201},
        {"site_id": 0},
        {"items": (Item(Plain("x"), slug="machine"),)},
        {"items": (Item(Plain("x"), slug="nothing"),)},
        {"items": (Item(Plain("x"), field_id=1),)},
    ],
)
def test_what_makes_no_secret_is_refused(vault: Vault, wrong: dict[str, object]) -> None:
    whole = {"machine": "h", "username": "u"}
    draft = Draft("a", templates.UNIX_ACCOUNT_SSH, items=items(whole))
    with pytest.raises(Invalid):
        wiring.vault().create(vault.visit(), replace(draft, **wrong))  # type: ignore[arg-type]


def test_too_much_is_refused(vault: Vault) -> None:
    draft = Draft("a", templates.PASSWORD, items=items({"notes": "x" * 70_000}))
    with pytest.raises(TooLarge):
        wiring.vault().create(vault.visit(), draft)


def test_a_deleted_secret_is_gone_until_it_is_restored(vault: Vault) -> None:
    id = vault.unix()
    wiring.vault().delete(vault.visit(), At(id))
    assert not vault.stored(id).state.is_active
    assert wiring.vault_work().due(Due.HEARTBEAT, Where.LOCAL, vault.now, 10) == []
    with pytest.raises(NotFound):
        wiring.vault().read(vault.visit(), At(id))
    with pytest.raises(NotFound):
        blind = person(11, without="View Deleted Secrets")
        wiring.vault().read(vault.visit(blind), At(id, deleted=True))
    assert not wiring.vault().read(vault.visit(), At(id, deleted=True)).found.secret.is_active
    wiring.vault().restore(vault.visit(), At(id))
    wiring.vault().restore(vault.visit(), At(id))
    assert wiring.vault().read(vault.visit(), At(id)).found.secret.is_active
    assert wiring.vault_work().due(Due.HEARTBEAT, Where.LOCAL, vault.now, 10) == [id]
    assert vault.trail(id).count("UNDELETE") == 1


def test_only_an_owner_deletes(vault: Vault) -> None:
    id = vault.unix(folder=vault.folder(granted(BEN, Role.EDIT)))
    with pytest.raises(AccessDenied):
        wiring.vault().delete(vault.visit(BEN), At(id))
    assert vault.stored(id).secret.is_active


def test_a_new_account_is_tried_at_once_and_one_without_a_changer_never(vault: Vault) -> None:
    id = vault.unix(site_id=SITE)
    draft = Draft("a", templates.WINDOWS_ACCOUNT, items=items({"machine": "h", "username": "u"}))
    other = wiring.vault().create(vault.visit(), draft).secret.id
    assert wiring.vault_work().due(Due.HEARTBEAT, Where.ENGINE, vault.now, 10) == [id]
    assert wiring.vault_work().due(Due.HEARTBEAT, Where.LOCAL, vault.now, 10) == []
    assert vault.stored(id).state.heartbeat is HeartbeatStatus.PENDING
    assert vault.stored(other).state.heartbeat is HeartbeatStatus.DISABLED
    assert wiring.vault_work().due(Due.HEARTBEAT, Where.ENGINE, NOON, 10) == []


def test_a_secret_is_found_by_its_path(vault: Vault) -> None:
    top = vault.folder(name="Servers")
    id = vault.unix(folder=vault.folder(name="Linux", parent=top))
    loose = vault.unix(name="loose")
    for path in (r"\Servers\Linux\db1 root", "/servers/LINUX/DB1 Root"):
        assert wiring.vault().glimpse(vault.visit(), At(0, path)).secret.id == id
    assert wiring.vault().glimpse(vault.visit(), At(0, "loose")).secret.id == loose
    for path in ("", "\\", r"\Servers\db1 root", r"\Nowhere\db1 root"):
        with pytest.raises(NotFound):
            wiring.vault().glimpse(vault.visit(), At(0, path))
    with pytest.raises(NotFound):
        wiring.vault().glimpse(vault.visit(BEN), At(0, r"\Servers\Linux\db1 root"))


def test_a_blob_opens_nowhere_but_where_it_was_sealed(vault: Vault) -> None:
    id, other = vault.unix(), vault.unix()
    blob = vault.stored(id).secret.values["password"]
    values = wiring.secret_values()
    for owner, moved in (
        (other, blob),
        (id, replace(blob, key="notes")),
        (id, replace(blob, version=2)),
        (id, replace(blob, sealed=blob.sealed[:-1] + bytes([blob.sealed[-1] ^ 1]))),
    ):
        with pytest.raises(Unsealable):
            values.open(owner, moved)


def test_no_trail_no_value(vault: Vault) -> None:
    id = vault.unix()
    silent = replace(wiring.vault(), commit=Mute())
    for read in (
        lambda: silent.read(vault.visit(), At(id)),
        lambda: silent.field(vault.visit(), At(id), "password"),
        lambda: silent.history(vault.visit(), At(id), "password"),
    ):
        with pytest.raises(Unavailable):
            read()


def test_no_key_no_value(vault: Vault) -> None:
    id = vault.unix()
    shut = replace(wiring.cabinet(), values=Locked())
    locked = replace(wiring.vault(), values=Locked(), cabinet=shut)
    with pytest.raises(Unavailable):
        locked.read(vault.visit(), At(id))
    with pytest.raises(Unavailable):
        locked.create(vault.visit(), Draft("a", templates.PASSWORD, items=items({"notes": "n"})))
    assert vault.trail(id) == ["CREATE", "VIEW"]


class Mute:
    """A commit whose trail cannot be written."""

    def __call__(self, writes: object, audit: object = (), events: object = ()) -> None:
        raise Unavailable

    def record(self, audit: object) -> None:
        raise Unavailable


class Locked:
    """Values under a key that KMS refuses to open."""

    def seal(self, *_: object) -> NoReturn:
        raise Unavailable

    def open(self, *_: object) -> NoReturn:
        raise Unavailable

    def under(self, *_: object) -> Locked:
        return self

    seal_raw = open_raw = moved = open


def test_of_two_that_read_the_same_only_one_changes_it(vault: Vault) -> None:
    id = vault.unix()
    one, other = vault.visit(ANN, reads=id), vault.visit(ANN, reads=id)
    wiring.vault_edits().change(one, At(id), Change(name="first"))
    with pytest.raises(Conflict):
        wiring.vault_edits().change(other, At(id), Change(name="second"))
    assert vault.stored(id).secret.name == "first"
