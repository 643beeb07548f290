"""The rules of migrations: which are needed, how far they are, what a failure means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib import SCHEMA
from chalicelib.cluster import migration
from chalicelib.cluster.migration import MIGRATIONS, Batch, Progress, claimed, gap, moved, path

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_the_table_leads_from_the_first_schema_to_that_of_the_code() -> None:
    assert [one.from_schema for one in MIGRATIONS] == list(range(1, SCHEMA))
    assert gap(1, SCHEMA) == ""
    assert [one.to_schema for one in path(1, SCHEMA)] == list(range(2, SCHEMA + 1))
    assert path(SCHEMA, SCHEMA) == ()


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (0, SCHEMA, "schema 0 has no migration"),
        (1, SCHEMA + 1, "newer than this code knows"),
        (SCHEMA + 1, SCHEMA, "no way back"),
    ],
)
def test_a_schema_without_a_migration_cannot_be_jumped(
    source: int, target: int, words: str
) -> None:
    assert words in gap(source, target)


TWO = MIGRATIONS[:1] * 2


def test_a_pass_ends_after_the_last_migration_and_tells_what_it_changed() -> None:
    progress = claimed(Progress("u"), NOON)
    progress = moved(progress, Batch("10", 10, 3, 20), len(TWO), NOON)
    assert (progress.place, progress.cursor, progress.percent(TWO)) == (0, "10", 25)
    progress = moved(progress, Batch("", 10, 1, 20), len(TWO), NOON)
    assert (progress.place, progress.percent(TWO)) == (1, 50)
    progress = moved(progress, Batch("", 5, 0, 5), len(TWO), NOON)
    assert (progress.passes, progress.left, progress.place) == (1, 4, 0)
    assert progress.percent(TWO[:1]) == 100


def test_a_lease_that_is_claimed_again_has_a_newer_fence_and_the_same_place() -> None:
    first = moved(claimed(Progress("u"), NOON), Batch("10", 10, 3, 20), 1, NOON)
    later = NOON + migration.LEASE
    assert first.is_live(NOON)
    assert not first.is_live(later)
    second = claimed(first, later)
    assert (second.fence, second.cursor) == (first.fence + 1, "10")


def test_progress_after_a_failure_waits_for_a_person_unless_it_passes_by_itself() -> None:
    progress = claimed(Progress("u"), NOON)
    assert migration.failed(progress, "why", passes_by_itself=True).error == ""
    assert migration.failed(progress, "why", passes_by_itself=False).error == "why"
    often = replace(progress, failures=migration.MOST_FAILURES - 1)
    stopped = migration.failed(often, "why", passes_by_itself=True)
    assert stopped.error == "why"
    assert migration.retried(stopped).error == ""
