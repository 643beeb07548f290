"""The trail is read back as it was written, and says when it was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.audit.service import TrailService
from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.core.audit import AuditRecord
from chalicelib.core.paging import Paging, Sort

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
VIEW = AuditRecord(7, "VIEW", "Secret", "12", NOON, "Password", "10.0.0.9", "node-a", "c1")


@pytest.fixture
def trail(aws: None) -> TrailService:
    keyring.make_if_absent("c" * 32, wiring.clock())
    for hours in range(30):
        wiring.committer().record(replace(VIEW, at=NOON + timedelta(hours=hours)))
    wiring.committer().record(replace(VIEW, item="13"))
    return wiring.trail()


def test_lines_come_newest_first_a_page_at_a_time(trail: TrailService) -> None:
    page = trail.of("Secret", 12, Paging(skip=5, take=10))
    assert page.total == 30
    assert [one.record.at for one in page.records] == [
        NOON + timedelta(hours=24 - n) for n in range(10)
    ]
    assert replace(page.records[0].record, at=NOON) == VIEW
    oldest = trail.of("Secret", 12, Paging(take=1, sort=(Sort("dateRecorded"),)))
    assert oldest.records[0].record.at == NOON


def test_nothing_was_done_with_what_does_not_exist(trail: TrailService) -> None:
    assert trail.of("Secret", 4711, Paging()).total == 0


def test_an_altered_line_is_seen_to_be(trail: TrailService) -> None:
    row = next(iter(AuditRow.scan()))
    row.update(actions=[AuditRow.detail.set("nothing happened")])
    lines = trail.of("Secret", row.item, Paging(take=100)).records
    assert [one.record.detail for one in lines if not one.is_genuine] == ["nothing happened"]


def test_a_line_moved_into_the_trail_of_another_is_seen_to_be(trail: TrailService) -> None:
    [row] = [row for row in AuditRow.scan() if row.item == "13"]
    row.update(actions=[AuditRow.i1pk.set("Secret#14")])
    [line] = trail.of("Secret", 14, Paging()).records
    assert not line.is_genuine
