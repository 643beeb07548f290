"""A field that search may look into from now on, or no longer: the index follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chalicelib import wiring
from chalicelib.core.paging import Paging
from chalicelib.core.plain import Plain
from chalicelib.core.tick import Tally
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.change import Change, Item
from chalicelib.vault.field_change import exposed
from chalicelib.vault.service import Query
from chalicelib.vault.templates import UNIX_ACCOUNT_SSH, EditRight
from tests.calls import recording
from tests.reaper import Reaper

from .conftest import ADMIN, ANN, Vault

UNIX = BUILT_IN[UNIX_ACCOUNT_SSH]
LONG = " ".join(f"word{number}" for number in range(30))


def turned(vault: Vault, slug: str, *, searchable: bool) -> None:
    """Has search look into a field, or not."""
    field = wiring.templates().current().template(UNIX_ACCOUNT_SSH).by_slug(slug)
    wiring.templates().change_field(
        vault.visit(ADMIN), field.id, lambda one: replace(one, is_indexable=searchable)
    )
    vault.visit()  # hears of the epoch


def run(late: timedelta = timedelta(0)) -> Tally:
    service = wiring.field_changes()
    now = wiring.clock()() + late
    return replace(service, clock=lambda: now).run(now + timedelta(seconds=50))


def found(vault: Vault, text: str) -> list[int]:
    page = wiring.vault_search().search(vault.visit(ANN), Query(text), Paging())
    return [one.secret.id for one in page.records]


def entries(vault: Vault, id: int) -> int:
    """Entries of the index that a secret has."""
    from chalicelib.aws.table import partition
    from chalicelib.vault.store.rows import SLOTS, SlotRow, secret_key

    rows = partition(SlotRow, secret_key(id)[0], begins=SLOTS)
    return sum(bool(place) for row in rows for place in (row.i1pk, row.i2pk, row.i3pk))


def test_what_is_shown_and_hidden_is_told_of_fields_that_secrets_may_hold() -> None:
    fields = UNIX.all_fields
    hidden = replace(UNIX, all_fields=(replace(fields[0], needs_edit=True), *fields[1:]))
    assert exposed(UNIX, hidden) == {fields[0].stored_as: False}
    assert exposed(hidden, UNIX) == {fields[0].stored_as: True}
    named = replace(fields[0], name="Other", edit_right=EditRight.OWNER)
    assert exposed(UNIX, replace(UNIX, all_fields=(named, *fields[1:]))) == {}
    assert exposed(replace(UNIX, all_fields=fields[1:]), UNIX) == {}


def test_the_index_follows_a_field_that_is_hidden_and_one_that_is_shown_again(
    vault: Vault,
) -> None:
    """Also of a secret that was changed in between, by what was known of the field by then."""
    ids = [vault.unix(name=f"n{x}", values={"machine": LONG, "notes": ""}) for x in "ab"]
    assert found(vault, "word7") == ids
    full = entries(vault, ids[0])
    turned(vault, "machine", searchable=False)
    vault.edit(ids[1], Change(items=(Item(Plain("root2"), slug="username"),)))
    assert run().done == 2
    assert found(vault, "word7") == []
    assert [entries(vault, id) < full - 25 for id in ids] == [True, True]
    assert found(vault, "root2") == [ids[1]]
    assert "FIELD ENCRYPTED" in vault.trail(UNIX_ACCOUNT_SSH, "SecretTemplate")
    assert run() == Tally()  # nothing is due until a minute has passed since the change
    turned(vault, "machine", searchable=True)
    assert run().done == 2
    assert found(vault, "word7") == ids
    assert run(timedelta(minutes=2)).done == 0
    with recording() as made:
        assert run() == Tally()
    assert [one.operation for one in made.seen] == ["Query"]


def test_killed_at_each_act_it_hides_what_is_left(vault: Vault) -> None:
    for number in range(2):
        vault.unix(name=f"n{number}", values={"machine": "here"})
    turned(vault, "machine", searchable=False)
    reaper = Reaper(stride=4)
    with reaper.copying():
        with reaper.at_work():
            run(timedelta(minutes=2))
        if reaper.has_killed:
            run(timedelta(minutes=2))
        assert found(vault, "here") == []
        while run(timedelta(minutes=2)).cursor:
            """Further slices."""
    assert reaper.acts >= 3
