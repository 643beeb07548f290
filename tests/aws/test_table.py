"""Rows of every kind in one read; ids in blocks; index questions that exclude what they should."""

from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute

from chalicelib.aws import table
from chalicelib.aws.counters import Counter
from chalicelib.aws.table import DataRow, fetch, index, partition, read, read_ahead, typed
from tests.calls import Calls


class AppleRow(DataRow, discriminator="test-apple"):
    size = NumberAttribute(default=0)


class PearRow(DataRow, discriminator="test-pear"):
    size = NumberAttribute(default=0)


@pytest.fixture
def fruit(aws: None) -> Any:
    for number in range(5):
        AppleRow("bowl", f"apple#{number}", size=number, i1pk="due", i1sk=f"2026-0{number}").save()
    PearRow("bowl", "pear#1", size=9).save()


def test_one_read_fetches_rows_of_many_kinds(fruit: None, calls: Calls) -> None:
    keys = [("bowl", "apple#1"), ("bowl", "pear#1"), ("bowl", "absent")]
    rows = read([*keys, *keys])
    apple, pear = (
        typed(rows, AppleRow, ("bowl", "apple#1")),
        typed(rows, PearRow, ("bowl", "pear#1")),
    )
    assert apple is not None and apple.size == 1
    assert pear is not None and pear.size == 9
    assert typed(rows, PearRow, ("bowl", "apple#1")) is None
    assert len(rows) == 2
    assert [one.operation for one in calls.seen] == ["BatchGetItem"]


def test_rows_read_ahead_serve_one_read_each(fruit: None, calls: Calls) -> None:
    with read_ahead([("bowl", "apple#1"), ("bowl", "pear#1"), ("bowl", "absent")]):
        apple = fetch(AppleRow, "bowl", "apple#1")
        rows = read([("bowl", "pear#1"), ("bowl", "absent")])
        assert (apple is not None, list(rows)) == (True, [("bowl", "pear#1")])
        assert [one.operation for one in calls.seen] == ["BatchGetItem"]
        AppleRow("bowl", "apple#1", size=7).save()
        again = fetch(AppleRow, "bowl", "apple#1")
        assert again is not None and again.size == 7
    assert fetch(PearRow, "bowl", "pear#1") is not None
    assert calls.count("dynamodb", "GetItem") == 2


def test_a_partition_yields_one_kind_in_order(fruit: None) -> None:
    assert [row.size for row in partition(AppleRow, "bowl")] == [0, 1, 2, 3, 4]
    newest = partition(AppleRow, "bowl", begins="apple#", newest_first=True, limit=2)
    assert [row.size for row in newest] == [4, 3]


def test_an_index_question_has_an_inclusive_end_and_an_exclusive_start(fruit: None) -> None:
    def found(**question: Any) -> Any:
        return [hit.sort for hit in index(1, "due", **question)]

    assert found(until="2026-02") == ["2026-00", "2026-01", "2026-02"]
    assert found(after="2026-02") == ["2026-03", "2026-04"]
    assert found(after="2026-01", until="2026-03") == ["2026-02", "2026-03"]
    assert found(begins="2026-03") == ["2026-03"]
    assert found(limit=2, newest_first=True) == ["2026-04", "2026-03"]


def test_an_absent_row_is_none(aws: None) -> None:
    assert fetch(AppleRow, "bowl", "nothing") is None
    assert read([]) == {}


def test_all_rows_share_one_client(fruit: None) -> None:
    first, second = AppleRow._get_connection(), PearRow._get_connection()
    assert first is second
    assert first is table.DataRow._connection


def test_ids_come_in_blocks_and_two_processes_share_none(aws: None, calls: Calls) -> None:
    one, other = Counter(), Counter()
    ids = [one.next("secret") for _ in range(20)] + [other.next("secret") for _ in range(20)]
    assert len(set(ids)) == 40
    assert calls.count() - calls.count("ssm") == 2
    assert one.next("folder") == 1
