"""Many secrets: what it costs does not grow with their number but by the item."""

from __future__ import annotations

from collections import Counter

import pytest

from chalicelib import wiring
from tests.bulk.world import World, bare, cluster, routes, time, told, world
from tests.calls import Calls, recording
from tests.counts import full_or
from tests.vault.api import made_folder

__all__ = ["bare", "cluster", "routes", "time", "world"]

MANY, IN_A_FOLDER = full_or((10_000, 10_000), (110, 30))


def test_many_secrets_are_done_once_each_at_two_calls_an_item(world: World) -> None:
    ids = world.secrets(MANY)
    wiring.settings().lately()
    with recording() as asked:
        id = world.ask("enable-autochange", secretIds=ids)
    assert [one.operation for one in asked.seen] == [
        "BatchGetItem",
        "TransactWriteItems",
        "SendMessageBatch",
        "BatchWriteItem",
    ]
    with recording() as made:
        world.work()
    assert world.progress(id)["statusMessage"] == f"Finished: {MANY:,} of {MANY:,} done, 0 failed."
    assert set(Counter(told(ids, "UPDATE"))) == {1}
    assert len(made.seen) <= 2 * MANY + 20


def test_ids_of_several_rows_are_gone_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.bulk.store.CHUNK", 2)
    ids = world.secrets(5)
    id = world.ask("enable-autochange", secretIds=ids)
    world.work()
    assert world.progress(id)["statusMessage"] == "Finished: 5 of 5 done, 0 failed."
    assert told(ids, "UPDATE") == [1] * 5


def test_what_needs_no_change_costs_a_read(world: World, calls: Calls) -> None:
    ids = world.secrets(51)
    world.ask("enable-heartbeat", secretIds=ids)
    calls.clear()
    world.work()
    assert calls.count(operation="BatchGetItem") == 51
    assert calls.count(operation="TransactWriteItems") == 3  # the claim, after fifty, the end


def test_a_folder_with_many_secrets_moves_at_once(world: World) -> None:
    """Secrets name their folder, and folders their parent: one row is written."""
    world.secrets(IN_A_FOLDER)
    other = made_folder(world.ada, "Other")
    path = f"/api/v1/folders/{world.folder}"
    body = world.ada.get(path).json | {"parentFolderId": other}
    with recording() as made:
        assert world.ada.put(path, body).status == 200
    assert [one.operation for one in made.seen] == ["BatchGetItem", "TransactWriteItems"]
    found = world.ada.get(f"/api/v1/secrets?filter.folderId={other}&filter.includeSubFolders=true")
    assert found.json["total"] == IN_A_FOLDER
