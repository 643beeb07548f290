"""The trail is read back as it was written, and says when it was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.audit.search import Wanted, as_csv, span
from chalicelib.audit.service import TrailService
from chalicelib.aws import keyring
from chalicelib.aws.audit_rows import AuditRow
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Invalid
from chalicelib.core.paging import Paging, Sort
from tests.calls import recording
from tests.house import open_house

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
    other = trail.of("Secret", 12, Paging(take=1, sort=(Sort("notes"),)))
    assert (other.records, other.paging.sort) == (
        trail.of("Secret", 12, Paging(take=1)).records,
        (),
    )


def test_lines_are_chosen_by_what_was_done_and_others_are_not_read(trail: TrailService) -> None:
    for hours, action in enumerate(("UPDATE", "SHARE", "UPDATE")):
        wiring.committer().record(replace(VIEW, at=NOON + timedelta(hours=hours), action=action))
    with recording() as made:
        page = trail.of("Secret", 12, Paging(take=1), {"UPDATE"}.__contains__)
    assert (made.count(), page.total, page.is_exact) == (2, 2, True)
    assert [one.record.action for one in page.records] == ["UPDATE"]
    for row in AuditRow.scan():
        if row.action == "UPDATE":  # as an earlier version wrote them
            row.update(actions=[AuditRow.i1sk.set(row.sk), AuditRow.i2sk.set(row.sk)])
    page = trail.of("Secret", 12, Paging(take=1), {"UPDATE"}.__contains__)
    assert (page.total, page.is_exact, page.records[0].is_genuine) == (2, False, True)
    assert trail.of("Secret", 12, Paging(take=9), {"UPDATE"}.__contains__).is_exact


def test_what_somebody_did_last_is_told_by_one_query(trail: TrailService) -> None:
    wiring.committer().record(replace(VIEW, at=NOON + timedelta(hours=50), action="UPDATE"))
    wiring.committer().record(replace(VIEW, at=NOON + timedelta(hours=50), actor=8))
    with recording() as made:
        last = trail.last(7, ("VIEW", "Secret"), NOON, NOON + timedelta(days=9))
    assert list(last.items()) == [("12", NOON + timedelta(hours=29)), ("13", NOON)]
    assert made.count() == 1
    later = NOON + timedelta(minutes=1)
    assert list(trail.last(7, ("VIEW", "Secret"), later, later + timedelta(days=9))) == ["12"]


def test_a_line_that_tells_another_action_than_its_place_is_seen_to_be(trail: TrailService) -> None:
    [row] = [row for row in AuditRow.scan() if row.item == "13"]
    row.update(actions=[AuditRow.i1sk.set(f"{row.sk}#SHARE")])
    [line] = trail.of("Secret", 13, Paging()).records
    assert not line.is_genuine


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


def test_the_whole_trail_is_searched_newest_first_and_no_further_than_a_page_needs(
    trail: TrailService,
) -> None:
    wanted = Wanted(NOON, NOON + timedelta(days=2), text="PASSW", kind="secret")
    page = trail.search(wanted, Paging(skip=2, take=3))
    hours = [(one.record.at - NOON) / timedelta(hours=1) for one in page.records]
    assert hours == [27, 26, 25]
    assert (page.total, page.is_exact) == (6, False)
    assert trail.search(replace(wanted, item="13"), Paging()).total == 1
    everything = trail.search(replace(wanted, actor=7), Paging(take=100))
    assert (everything.total, everything.is_exact) == (31, True)
    assert trail.search(replace(wanted, until=NOON - timedelta(1)), Paging()).total == 0


def test_no_cell_of_an_export_is_a_formula() -> None:
    table = as_csv(("notes",), [("=1+1",), ('a "b", c',), ("@x",)]).decode("utf-8-sig")
    assert table.splitlines() == ["notes", "'=1+1", '"a ""b"", c"', "'@x"]


def test_too_long_a_time_is_not_looked_through() -> None:
    assert span(None, None, NOON) == (NOON - timedelta(days=7), NOON)
    for since, until in ((NOON - timedelta(days=32), NOON), (NOON, NOON - timedelta(days=1))):
        with pytest.raises(Invalid):
            span(since, until, NOON)


def test_who_may_see_the_report_searches_and_takes_it_along(aws: None) -> None:
    house = open_house()
    path = "/api/v1/security-audit-logs"
    answer = house.admin.get(path, query={"filter.searchText": "create", "take": "5"}).json
    assert {one["action"] for one in answer["records"]} == {"CREATE"}
    assert answer["filter"]["searchText"] == "create"
    taken = house.admin.get(f"{path}/export", query={"filter.eventEntityType": "User"})
    assert taken.body.decode("utf-8-sig").splitlines()[0].startswith("date (UTC),user")
    assert taken.body.count(b"\n") > 1
    assert house.nobody.get(path).status == house.nobody.get(f"{path}/export").status == 400
