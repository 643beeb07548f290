"""CheckOutMonitor: what is over is checked in once, whoever does it and wherever it dies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from chalicelib import wiring
from chalicelib.aws import keyring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.cluster.gate import Gate
from chalicelib.cluster.store import Gates
from chalicelib.core.tick import Tally
from chalicelib.vault.change import Change
from chalicelib.vault.checkout import CheckoutTerms
from chalicelib.vault.definitions import AS_BUILT
from chalicelib.vault.service import At, CheckoutService
from chalicelib.vault.store import nouns
from tests.access.conftest import Meanwhile, trail
from tests.calls import recording
from tests.conftest import a_cluster
from tests.counts import full_or
from tests.reaper import Reaper
from tests.vault.conftest import Vault

TERMS = CheckoutTerms(required=True, minutes=1)
MANY = full_or(45, 23)


def check_out(vault: Vault, number: int) -> list[int]:
    """So many secrets that Ann has just checked out."""
    ids = [vault.unix(name=f"account {n}", checkout=TERMS) for n in range(number)]
    for id in ids:
        wiring.checkouts().check_out(vault.visit(reads=id), At(id))
    vault.now += timedelta(minutes=2)
    return ids


def is_held(vault: Vault, id: int) -> bool:
    return vault.stored(id).state.checkout is not None


def told(ids: Sequence[int]) -> set[int]:
    """How often the trail says of each of them that it was checked in."""
    lines = Counter(item for action, item, _ in trail() if action == "CHECK IN")
    return {lines[str(id)] for id in ids}


def test_a_tick_costs_what_is_over_and_nothing_over_one_query(vault: Vault) -> None:
    ids = check_out(vault, MANY)
    with recording() as made:
        assert wiring.checkouts().check_in_what_is_over(vault.now) == Tally(MANY, MANY)
    transactions = made.count(operation="TransactWriteItems")
    assert transactions == -(-MANY // 20)
    assert len(made.seen) == transactions + 3  # the index, the gate, a batch of rows
    assert told(ids) == {1}
    with recording() as made:
        assert wiring.checkouts().check_in_what_is_over(vault.now) == Tally()
    assert [one.operation for one in made.seen] == ["Query"]


def test_more_than_a_slice_takes_goes_on_in_another(vault: Vault) -> None:
    ids = check_out(vault, 5)
    slices = [wiring.checkouts().check_in_what_is_over(vault.now, limit=2) for _ in range(4)]
    assert [(one.done, one.cursor) for one in slices] == [
        (2, "more"),
        (2, "more"),
        (1, ""),
        (0, ""),
    ]
    assert told(ids) == {1}


def test_one_that_moves_meanwhile_keeps_no_other_back(vault: Vault) -> None:
    """Between the monitor's read and its write Ann checks one in, and out again."""
    ids = check_out(vault, 3)

    def meanwhile() -> None:
        for act in (wiring.checkouts().check_in, wiring.checkouts().check_out):
            act(vault.visit(reads=ids[1]), At(ids[1]))

    store = Meanwhile(wiring.secret_store(), "fetch", meanwhile)
    monitor: CheckoutService = replace(wiring.checkouts(), secrets=store)
    assert monitor.check_in_what_is_over(vault.now) == Tally(3, 2)
    assert [is_held(vault, id) for id in ids] == [False, True, False]
    assert told(ids) == {1}


def test_a_checkout_of_a_deleted_secret_ends_too(vault: Vault) -> None:
    (id,) = check_out(vault, 1)
    wiring.checkouts().check_out(vault.visit(reads=id), At(id))
    wiring.vault().delete(vault.visit(reads=id), At(id))
    vault.now += timedelta(minutes=2)
    assert wiring.checkouts().check_in_what_is_over(vault.now) == Tally(1, 1)


def test_a_secret_of_before_reads_as_one_without_checkout(vault: Vault) -> None:
    """Its row lacks what checkout stores there; that of its state never had more."""
    id = vault.unix()
    client("dynamodb").update_item(
        TableName=connection().data_table,
        Key={"pk": {"S": f"secret#{id}"}, "sk": {"S": "secret"}},
        UpdateExpression="REMOVE checkout",
    )
    assert vault.stored(id).secret.checkout == CheckoutTerms()
    assert vault.stored(id).state.checkout is None
    assert wiring.vault().read(vault.visit(reads=id), At(id)).values["username"].reveal() == "root"
    vault.edit(id, Change(checkout=TERMS))
    assert vault.stored(id).secret.checkout == TERMS


def test_killed_at_each_call_it_checks_in_what_is_left() -> None:
    reaper = Reaper()
    with reaper.copying(), a_cluster():
        keyring.make_if_absent("c" * 32, wiring.clock())
        wiring.committer()([Gates().found(Gate("c" * 32))])
        vault = Vault()
        ids = check_out(vault, MANY)
        with reaper.at_work():
            wiring.checkouts().check_in_what_is_over(vault.now)
        if reaper.has_killed:
            wiring.checkouts().check_in_what_is_over(vault.now)
        assert not any(is_held(vault, id) for id in ids)
        assert told(ids) == {1}
    assert reaper.acts >= 2


def test_what_a_later_version_adds_to_a_secret_is_read_over(vault: Vault) -> None:
    """Both versions are at work while the nodes are rolled."""
    row = nouns.row_of(vault.stored(vault.unix()).secret)
    row.version = 1
    row.switches = {**row.switches, "of_later": True}
    row.checkout = {"required": True, "of_later": 1}
    assert nouns.secret_of(row, AS_BUILT).checkout == CheckoutTerms(required=True)
