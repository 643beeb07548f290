"""The vault's migrations, each on rows as the version before wrote them, and beside its code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws import clients
from chalicelib.aws.connection import connection
from chalicelib.aws.counters import CounterRow
from chalicelib.cluster.migration import MIGRATIONS
from chalicelib.core.clock import stamp
from chalicelib.core.errors import StillUsed
from chalicelib.core.paging import Paging
from chalicelib.core.plain import Plain
from chalicelib.vault.change import Change
from chalicelib.vault.migrations import (
    index_for_search,
    list_by_privileged_account,
    list_expiring,
)
from chalicelib.vault.secret import Expiry, ExpiryKind
from chalicelib.vault.service import At, Query
from tests.canary import canary

from .conftest import Vault

SCHEMA_1 = json.loads((Path(__file__).parent / "schema_1.json").read_text("utf-8"))
"""Rows of a secret as schema 1 wrote them; what differs from one to the next is filled in."""


def written_by_schema_1(id: int, privileged_id: int, value: str) -> None:
    """The rows of one secret, below every class of this code."""
    sealed = wiring.secret_values().seal(id, "password", 1, Plain(value), wiring.clock()())
    secret, state = (json.loads(json.dumps(SCHEMA_1[name])) for name in ("secret", "state"))
    for row in (secret, state):
        row["pk"]["S"], row["id"]["N"] = f"secret#{id}", str(id)
    secret["privileged_id"]["N"] = str(privileged_id)
    secret["i1sk"]["S"] = secret["i2sk"]["S"] = f"host {id}#-1#6007#1#ia#{id}"
    secret["field_values"]["L"][0]["M"]["sealed"] = {"B": sealed.sealed}
    put(secret, state)


def put(*rows: dict[str, Any]) -> None:
    for row in rows:
        clients.client("dynamodb").put_item(TableName=connection().data_table, Item=row)


def stored(id: int) -> dict[str, Any]:
    key = {"pk": {"S": f"secret#{id}"}, "sk": {"S": "secret"}}
    answer = clients.client("dynamodb").get_item(TableName=connection().data_table, Key=key)
    found: dict[str, Any] = answer["Item"]
    return found


def read_by_schema_1(id: int) -> tuple[int, Sequence[str]]:
    """What the code of schema 1 needs of a secret's row: every attribute, of its type."""
    row = stored(id)
    for name, value in SCHEMA_1["secret"].items():
        assert row[name].keys() == value.keys(), name
    slugs = [one["M"]["slug"]["S"] for one in row["field_values"]["L"]]
    return int(row["privileged_id"]["N"]), slugs


def migrate() -> list[int]:
    """The whole migration; how many rows each of its batches changed."""
    changed, cursor = [], ""
    while True:
        batch = list_by_privileged_account(cursor)
        changed.append(batch.changed)
        cursor = batch.cursor
        if not cursor:
            return changed


@pytest.fixture
def values(vault: Vault) -> dict[int, str]:
    """Secret 901 is the privileged account of 902 and 1001; 903 has none. Written by schema 1."""
    known = {}
    for id, privileged in ((901, 0), (902, 901), (903, 0), (1001, 901)):
        known[id] = canary()
        written_by_schema_1(id, privileged, known[id])
    CounterRow("counter#secret", "counter", last=1020).save()
    return known


def opened(id: int) -> str:
    secret = wiring.secret_store().fetch([id])[id].secret
    return wiring.secret_values().open(id, secret.value_of("password")).reveal()


def test_rows_of_schema_1_are_brought_to_schema_2(values: dict[int, str]) -> None:
    store = wiring.secret_store()
    assert store.served(901) == []  # before: they are read, and not found by their account
    assert {id: opened(id) for id in values} == values
    assert sum(migrate()) == 2
    assert store.served(901) == [902, 1001]
    assert {id: opened(id) for id in values} == values
    assert migrate() == [0] * 11  # repeated, it finds nothing to do
    assert "i3pk" not in stored(903)


def test_a_migration_that_stopped_half_way_goes_on_at_its_cursor(values: dict[int, str]) -> None:
    cursor = ""
    while wiring.secret_store().served(901) != [902]:
        cursor = list_by_privileged_account(cursor).cursor
    while cursor:
        cursor = list_by_privileged_account(cursor).cursor
    assert wiring.secret_store().served(901) == [902, 1001]


def test_the_code_of_before_reads_what_was_migrated_and_what_it_writes_is_migrated_again(
    values: dict[int, str],
) -> None:
    before = read_by_schema_1(902)
    migrate()
    assert read_by_schema_1(902) == before
    older = {name: value for name, value in stored(902).items() if name in SCHEMA_1["secret"]}
    put(older)  # a whole row, as it writes them: the index goes with it
    assert wiring.secret_store().served(901) == [1001]
    assert opened(902) == values[902]
    migrate()
    assert wiring.secret_store().served(901) == [902, 1001]


def test_rows_with_attributes_of_a_later_version_are_read(values: dict[int, str]) -> None:
    put({**stored(903), "of_schema_99": {"S": "what no class here knows"}})
    assert opened(903) == values[903]


def test_a_row_that_somebody_writes_meanwhile_is_left_to_his_write(values: dict[int, str]) -> None:
    from tests.calls import AwsCall, watching

    def comes_between(call: AwsCall) -> None:
        if call.operation == "UpdateItem":
            put({**stored(902), "version": {"N": "2"}, "privileged_id": {"N": "0"}})

    with watching(before=comes_between):
        migrate()
    assert 902 not in wiring.secret_store().served(901)


def test_the_privileged_account_of_others_is_not_deleted(vault: Vault, values: object) -> None:
    own = vault.unix()
    migrate()
    store = wiring.secret_store()
    other = store.fetch([902])[902].secret
    wiring.committer()([store.put(replace(other, privileged_id=own))])
    with pytest.raises(StillUsed, match="privileged account of 1 others"):
        wiring.vault().delete(vault.visit(), At(own))
    changed = store.fetch([902])[902].secret
    wiring.committer()([store.put(replace(changed, privileged_id=0))])
    assert not wiring.vault().delete(vault.visit(), At(own)).secret.is_active


SCHEMA_2 = json.loads((Path(__file__).parent / "schema_2.json").read_text("utf-8"))
"""The same as schema 2 wrote them: with no entries for search."""


def written_by_schema_2(id: int, name: str, machine: str) -> None:
    sealed = wiring.secret_values().seal(id, "machine", 1, Plain(machine), wiring.clock()())
    secret, state = (json.loads(json.dumps(SCHEMA_2[one])) for one in ("secret", "state"))
    for row in (secret, state):
        row["pk"]["S"], row["id"]["N"] = f"secret#{id}", str(id)
    secret["name"]["S"] = name
    secret["i1sk"]["S"] = secret["i2sk"]["S"] = f"{name}#-1#6007#1#oa#{id}"
    secret["inherits"]["BOOL"] = False
    mine = {"id": {"N": "5"}, "who": {"S": "user"}, "whom": {"N": "11"}, "role": {"N": "4"}}
    secret["grants"]["L"] = [{"M": mine}]
    value = secret["field_values"]["L"][0]["M"]
    value["slug"]["S"], value["sealed"] = "machine", {"B": sealed.sealed}
    put(secret, state)


def indexed(cursor: str = "", most: int = 1_000) -> list[int]:
    """So many batches of the migration from there on; how many secrets each has written."""
    changed = []
    for _ in range(most):
        batch = index_for_search(cursor)
        changed.append(batch.changed)
        cursor = batch.cursor
        if not cursor:
            break
    return changed


def found(vault: Vault, text: str, **more: Any) -> list[int]:
    visit = replace(vault.visit(), **more)
    page = wiring.vault_search().search(visit, Query(text), Paging(take=100))
    assert page.total == len(page.records)
    return [one.secret.id for one in page.records]


@pytest.fixture
def older(vault: Vault) -> list[int]:
    """Secrets 3 and 77, and ids up to 100."""
    for id, name in ((3, "host three"), (77, "host 77")):
        written_by_schema_2(id, name, f"m{id}.example")
    CounterRow("counter#secret", "counter", last=100).save()
    return [77, 3]


def test_secrets_of_schema_2_are_indexed_and_found_before_and_after(
    vault: Vault, older: list[int]
) -> None:
    assert found(vault, "host") == []  # so searches do not trust the index before
    assert found(vault, "host", upgrading=True) == older
    assert found(vault, "m3.example", upgrading=True) == [3]
    index_for_search("")
    assert indexed("50") == [1]  # whoever takes over goes on at the cursor
    assert found(vault, "host") == older
    assert found(vault, "m3.example") == [3]
    assert indexed() == [0, 0]


def test_what_older_code_writes_beside_the_migration_is_indexed_again(
    vault: Vault, older: list[int]
) -> None:
    indexed()
    written_by_schema_2(77, "renamed", "m77.example")
    assert indexed() == [0, 1]
    assert (found(vault, "host"), found(vault, "renamed")) == ([3], [77])


SCHEMA_3 = json.loads((Path(__file__).parent / "schema_3.json").read_text("utf-8"))
"""A state as schema 3 wrote it before there were warnings."""


def test_secrets_of_schema_3_whose_owners_were_never_to_be_told_are_found(vault: Vault) -> None:
    """In any batch, and again; a state's version stays, so that nobody's change is refused."""
    soon = Expiry(ExpiryKind.DATE, date=vault.now + timedelta(days=7))
    ids = [vault.unix(name=f"a{n}") for n in range(3)]
    for id in ids[:2]:
        vault.edit(id, Change(expiry=soon))
        row = json.loads(json.dumps(SCHEMA_3["state"]))
        row["pk"]["S"], row["id"]["N"] = f"secret#{id}", str(id)
        row["expires_at"]["S"] = stamp(soon.date or vault.now)
        put(row)
    assert wiring.expiries().warn(vault.now).found == 0
    before, cursor = wiring.secret_store().fetch(ids), str(ids[0] - 1)
    assert [list_expiring(cursor).changed for _ in range(2)] == [2, 0]
    assert wiring.secret_store().fetch(ids) == before
    assert wiring.expiries().warn(vault.now).done == 2


def test_every_migration_resolves_and_has_a_test_of_its_own() -> None:
    from chalicelib.catalogue import resolve

    page = Path(__file__).read_text("utf-8")
    for one in MIGRATIONS:
        assert callable(resolve(one.run))
        assert one.run.rpartition(":")[2] in page
        assert f"schema_{one.from_schema}.json" in page
