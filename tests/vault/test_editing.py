"""Changing a secret: who may, what is kept, and that nobody redirects what he may not view."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.core.errors import AccessDenied, Conflict, Invalid, NotFound
from chalicelib.core.plain import Plain
from chalicelib.vault.change import Change, Item
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import FolderRole, Role
from chalicelib.vault.secret import Expiry, ExpiryKind, Switches
from chalicelib.vault.service import At
from chalicelib.vault.state import Due, HeartbeatStatus, Where
from tests.calls import Calls
from tests.canary import canary

from .conftest import ANN, BEN, EVE, SITE, Vault, granted, items, person

MINE = "evil.example"


def test_only_what_differs_gets_a_new_version(vault: Vault) -> None:
    id, fresh = vault.unix(), canary()
    before = vault.stored(id).secret
    values = {"password": fresh, "machine": "db1.example"}
    after = vault.edit(id, Change(items=items(values))).secret
    assert after.values["password"].version == 2
    assert after.values["machine"] == before.values["machine"]
    assert vault.value(id, "password") == fresh


def test_what_changes_nothing_writes_nothing(vault: Vault) -> None:
    id = vault.unix()
    before = vault.stored(id)
    vault.edit(id, Change(name="db1 root", items=items({"username": "root"})))
    assert vault.stored(id) == before
    assert vault.trail(id) == ["CREATE", "VIEW"]


def test_former_passwords_are_kept_as_many_as_the_template_says(vault: Vault) -> None:
    values = [canary() for _ in range(13)]
    id = vault.unix(values={"password": values[0]})
    for one in values[1:]:
        vault.edit(id, Change(items=items({"password": one})))
    former = wiring.vault().history(vault.visit(), At(id), "password")
    assert [one.value.reveal() for one in former] == values[2:12][::-1]
    with pytest.raises(AccessDenied):
        blind = person(11, without="View Secret Password History")
        wiring.vault().history(vault.visit(blind), At(id), "password")


def test_a_removed_value_never_comes_back_by_its_version(vault: Vault) -> None:
    id = vault.unix(values={"notes": "n"})
    vault.edit(id, Change(items=items({"notes": ""})))
    assert vault.value(id, "notes") == ""
    vault.edit(id, Change(items=items({"notes": "n"})))
    assert vault.stored(id).secret.values["notes"].version == 3


def test_a_required_value_stays(vault: Vault) -> None:
    id = vault.unix()
    with pytest.raises(Invalid, match="Machine is required"):
        vault.edit(id, Change(items=items({"machine": ""})))


def test_items_are_named_in_every_way_clients_do(vault: Vault) -> None:
    id = vault.unix()
    for item in (
        Item(Plain("1"), item_id=id * 64 + 4),
        Item(Plain("2"), field_id=600704),
        Item(Plain("3"), slug="NOTES"),
        Item(Plain("4"), slug="Notes", item_id=0, field_id=0),
    ):
        vault.edit(id, Change(items=(item,)))
    assert vault.value(id, "notes") == "4"
    for foreign in (Item(Plain("x"), item_id=(id + 1) * 64 + 4), Item(Plain("x"), slug="what")):
        with pytest.raises(Invalid):
            vault.edit(id, Change(items=(foreign,)))


def test_who_may_only_view_changes_nothing(vault: Vault) -> None:
    id = vault.unix(folder=vault.folder(granted(BEN, Role.VIEW)))
    with pytest.raises(AccessDenied):
        vault.edit(id, Change(name="mine"), BEN)
    with pytest.raises(NotFound):
        vault.edit(id, Change(name="mine"), EVE)


@pytest.mark.parametrize(
    "change",
    [
        Change(inherits=False),
        Change(folder_id=NO_FOLDER),
        Change(allowed_machines=("h",)),
        Change(pins=("SHA256:x",)),
    ],
)
def test_what_guards_a_secret_is_its_owners_to_change(vault: Vault, change: Change) -> None:
    id = vault.unix(folder=vault.folder(granted(BEN, Role.EDIT)))
    with pytest.raises(AccessDenied):
        vault.edit(id, change, BEN)
    vault.edit(id, change, ANN)


def test_moving_needs_the_right_to_add_where_it_goes(vault: Vault) -> None:
    id, there = vault.unix(folder=vault.folder()), vault.folder(granted(BEN, Role.OWNER))
    with pytest.raises(NotFound):
        vault.edit(id, Change(folder_id=4711))
    vault.edit(id, Change(folder_id=there))
    closed = vault.folder(granted(BEN, Role.OWNER, FolderRole.VIEW))
    with pytest.raises(AccessDenied):
        vault.edit(id, Change(folder_id=closed), BEN)


def test_who_ceases_to_inherit_keeps_what_the_folder_gave(vault: Vault) -> None:
    id = vault.unix(folder=vault.folder(granted(BEN, Role.VIEW)))
    vault.edit(id, Change(inherits=False))
    assert wiring.vault().glimpse(vault.visit(BEN), At(id)).role is Role.VIEW
    grants = vault.stored(id).secret.grants
    assert [wiring.secret_store().of_grant(one.id) for one in grants] == [id, id]
    vault.edit(id, Change(inherits=True))
    assert vault.stored(id).secret.grants == ()
    assert [wiring.secret_store().of_grant(one.id) for one in grants] == [None, None]


# Whoever may redirect a secret may steal it (DESIGN 8).


def test_an_editor_without_view_points_nothing_at_his_own_server(vault: Vault) -> None:
    """Ben may edit and view the account, but not the privileged one that would go there too."""
    shared = vault.folder(granted(BEN, Role.EDIT))
    root = vault.unix(name="root", folder=vault.folder(granted(BEN, Role.LIST)))
    vault.edit(root, Change(allowed_machines=("db1.example", MINE)))
    id = vault.unix(folder=shared, privileged_id=root)
    before = vault.stored(id)
    for change in (
        Change(items=items({"machine": MINE})),
        Change(items=items({"port": "2222"})),
        Change(site_id=SITE),
    ):
        with pytest.raises(AccessDenied):
            vault.edit(id, change, BEN)
    assert vault.stored(id) == before
    assert "REDIRECT" not in vault.trail(id)
    vault.edit(id, Change(items=items({"notes": "mine to write"})), BEN)


def test_an_editor_has_no_privileged_account_hand_him_another_account(vault: Vault) -> None:
    """Ben could else name root, ask for a change, and read the password that root was given."""
    root = vault.unix(name="root", folder=vault.folder(granted(BEN, Role.LIST)))
    vault.edit(root, Change(allowed_machines=("db1.example",)))
    shared = vault.folder(granted(BEN, Role.EDIT))
    id = vault.unix(folder=shared, privileged_id=root, values={"username": "app"})
    vault.edit(id, Change(pins=("SHA256:old",)))
    with pytest.raises(AccessDenied):
        vault.edit(id, Change(items=items({"username": "root"})), BEN)
    assert vault.value(id, "username") == "app"
    vault.edit(id, Change(items=items({"username": "web"})))
    assert vault.stored(id).secret.pins == ("SHA256:old",), "the host is the same"
    assert vault.trail(id).count("REDIRECT") == 1
    detach = Change(privileged_id=0, items=items({"username": "root"}))
    vault.edit(id, detach, BEN)


def test_an_editor_whose_role_may_not_view_redirects_nothing(vault: Vault) -> None:
    id = vault.unix(folder=vault.folder(granted(BEN, Role.EDIT)))
    blind = person(12, without="View Secret")
    with pytest.raises(NotFound):
        vault.edit(id, Change(items=items({"machine": MINE})), blind)


def test_a_redirect_by_who_may_view_clears_the_pins_and_is_told(vault: Vault) -> None:
    id = vault.unix()
    for change in (
        Change(items=items({"machine": "db2"})),
        Change(items=items({"port": "22"})),
        Change(site_id=SITE),
    ):
        vault.edit(id, Change(pins=("SHA256:old",)))
        vault.edit(id, change)
        assert vault.stored(id).secret.pins == ()
    assert vault.trail(id).count("REDIRECT") == 3
    vault.edit(id, Change(pins=("SHA256:old",)))
    vault.edit(id, Change(items=items({"username": "me"}), name="other"))
    assert vault.stored(id).secret.pins == ("SHA256:old",)


def test_a_privileged_account_is_attached_by_who_may_view_it_where_its_owner_says(
    vault: Vault,
) -> None:
    root = vault.unix(BEN, name="root")
    id = vault.unix()
    attach = Change(privileged_id=root)
    with pytest.raises(AccessDenied):
        vault.edit(id, attach)
    root = vault.unix(name="root", folder=vault.folder(granted(BEN, Role.OWNER)))
    attach = Change(privileged_id=root)
    with pytest.raises(AccessDenied, match="has not allowed"):
        vault.edit(id, attach)
    vault.edit(root, Change(allowed_machines=("DB1.example ",)), BEN)
    vault.edit(id, Change(pins=("SHA256:old",)))
    vault.edit(id, attach)
    assert vault.stored(id).secret.privileged_id == root
    assert vault.stored(id).secret.pins == ()
    with pytest.raises(AccessDenied, match="has not allowed"):
        vault.edit(id, Change(items=items({"machine": "db2.example"})))
    vault.edit(id, Change(privileged_id=0, items=items({"machine": "db2.example"})))
    with pytest.raises(Invalid, match="its own"):
        vault.edit(id, Change(privileged_id=id))


def test_a_privileged_account_is_as_guarded_when_a_secret_is_made(vault: Vault) -> None:
    root = vault.unix(BEN, name="root")
    with pytest.raises(AccessDenied):
        vault.unix(privileged_id=root)
    vault.edit(root, Change(allowed_machines=("db1.example",)), BEN)
    with pytest.raises(AccessDenied):
        vault.unix(privileged_id=root)
    assert vault.stored(vault.unix(BEN, privileged_id=root)).secret.privileged_id == root


def test_an_account_is_tried_again_once_a_person_has_changed_it(vault: Vault) -> None:
    id = vault.unix()
    stored = vault.stored(id)
    failed = replace(
        stored.state,
        heartbeat=HeartbeatStatus.FAILED,
        heartbeat_due_at=None,
        is_out_of_sync=True,
        out_of_sync_reason="because",
    )
    wiring.committer()([wiring.secret_store().put_state(failed)])
    vault.edit(id, Change(items=items({"notes": "n"})))
    assert vault.stored(id).state.heartbeat is HeartbeatStatus.FAILED
    vault.edit(id, Change(items=items({"password": canary()})))
    state = vault.stored(id).state
    assert (state.heartbeat, state.is_out_of_sync) == (HeartbeatStatus.PENDING, False)
    assert wiring.vault_work().due(Due.HEARTBEAT, Where.LOCAL, vault.now, 5) == [id]


def test_work_follows_the_secret_to_its_site(vault: Vault, calls: Calls) -> None:
    id = vault.unix()
    for attempt in (
        lambda: vault.edit(id, Change(site_id=8)),
        lambda: vault.unix(site_id=8),
    ):
        with pytest.raises(Invalid, match="site 8 was not found"):
            attempt()
    vault.edit(id, Change(site_id=SITE))
    assert wiring.vault_work().due(Due.HEARTBEAT, Where.LOCAL, vault.now, 5) == []
    assert wiring.vault_work().due(Due.HEARTBEAT, Where.ENGINE, vault.now, 5) == [id]
    vault.edit(id, Change(switches=Switches(heartbeats=False)))
    assert wiring.vault_work().due(Due.HEARTBEAT, Where.ENGINE, vault.now, 5) == []
    calls.clear()
    vault.unix(site_id=SITE)  # a site that was seen once costs no read besides the visit's
    assert [one.operation for one in calls.seen] == ["BatchGetItem", "TransactWriteItems"]


def test_a_password_expires_and_is_changed_when_that_is_wanted(vault: Vault) -> None:
    id = vault.unix()
    month = Expiry(ExpiryKind.DAYS, days=30)
    vault.edit(id, Change(expiry=month))
    state = vault.stored(id).state
    assert state.expires_at is not None
    assert state.change_due_at is None
    vault.edit(id, Change(switches=Switches(auto_change=True)))
    assert vault.stored(id).state.change_due_at == state.expires_at
    vault.edit(id, Change(items=items({"password": canary()})))
    renewed = vault.stored(id).state.expires_at
    assert renewed is not None
    assert renewed > state.expires_at
    wiring.vault_edits().expire(vault.visit(), At(id))
    assert wiring.vault_work().due(Due.CHANGE, Where.LOCAL, vault.now, 5) == [id]
    vault.edit(id, Change(name="renamed"))
    assert vault.stored(id).state.is_expired(vault.now + timedelta(seconds=1))
    with pytest.raises(Invalid):
        Expiry(ExpiryKind.DAYS, days=0)
    with pytest.raises(Invalid):
        Expiry(ExpiryKind.DATE)


def test_work_that_went_on_meanwhile_is_not_overwritten(vault: Vault) -> None:
    id = vault.unix()
    visit = vault.visit(reads=id)
    moved = replace(vault.stored(id).state, heartbeat_item="out")
    wiring.committer()([wiring.secret_store().put_state(moved)])
    with pytest.raises(Conflict):
        wiring.vault_edits().change(visit, At(id), Change(items=items({"password": canary()})))
    assert vault.stored(id).state.heartbeat_item == "out"


def test_a_promoted_password_counts_and_the_old_one_is_kept(vault: Vault) -> None:
    old, new = canary(), canary()
    id = vault.unix(values={"password": old})
    work, stored = wiring.vault_work(), vault.stored(id)
    assert work.open(stored.secret, "password").reveal() == old
    assert work.open(stored.secret, "port").reveal() == ""
    pinned = replace(stored.secret, pins=("SHA256:seen",))
    wiring.committer()(work.promoted(pinned, Plain(new), vault.now))
    assert vault.value(id, "password") == new
    assert vault.stored(id).secret.pins == ("SHA256:seen",)
    former = wiring.vault().history(vault.visit(), At(id), "password")
    assert [one.value.reveal() for one in former] == [old]
    with pytest.raises(Conflict):
        wiring.committer()(work.promoted(stored.secret, Plain(canary()), vault.now))
    assert vault.value(id, "password") == new


def test_a_privileged_account_works_where_its_owner_allows_it_now(vault: Vault) -> None:
    id = vault.unix()
    vault.edit(id, Change(allowed_machines=("db1",)))
    root, work = vault.stored(id).secret, wiring.vault_work()
    assert work.allows(root, Plain("DB1 "))
    for machine in ("db2", "", "db"):
        assert not work.allows(root, Plain(machine))
    assert not work.allows(replace(root, is_active=False), Plain("db1"))
    assert len(work.fresh_password(root).reveal()) == 12
