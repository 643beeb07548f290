"""The rules of digests: what is hashed, in which order, when an hour is closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.audit import digest as rules
from chalicelib.audit.digest import Digest, Line, Signed
from chalicelib.cluster.functions import FUNCTIONS
from chalicelib.core.errors import Invalid

ROW = {"pk": {"S": "audit#2026-01-15#0"}, "sk": {"S": "s"}, "actor": {"N": "7"}, "mac": {"S": "m"}}
DIGEST = Digest("c", "2026-01-15T12", 2, "r", "", "arn", "2026-01-15T13:11:00.000000Z")


@pytest.mark.parametrize(
    "change",
    [
        {"actor": {"N": "8"}},
        {"mac": {"S": "n"}},
        {"sk": {"S": "t"}},
        {"added": {"S": ""}},
        {"actor": {"S": "7"}},
    ],
    ids=str,
)
def test_a_rows_hash_covers_every_attribute(change: dict[str, dict[str, str]]) -> None:
    assert rules.line_of({**ROW, **change}).hash != rules.line_of(ROW).hash
    assert rules.line_of(dict(reversed(ROW.items()))) == rules.line_of(ROW)


def test_a_listing_is_in_order_of_time_and_read_as_it_was_written() -> None:
    lines = rules.in_order([Line("b", "2", "x"), Line("b", "1", "y"), Line("a", "2", "z")])
    assert [one.hash for one in lines] == ["y", "z", "x"]
    assert rules.lines_of(rules.listing(lines)) == lines
    for place in (1, 2, 3):
        assert rules.position(lines, lines[place - 1].place) == place


def test_a_digest_is_read_as_it_was_signed() -> None:
    signed = Signed(DIGEST, b"\0signature")
    assert rules.decode(rules.encode(signed, b"listing\n")) == (signed, b"listing\n")
    assert rules.read_form(rules.form_of(signed)).digest.hash() == DIGEST.hash()


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"digest": {"hour": 1}}', b"\xff\n"])
def test_what_is_no_digest_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid):
        rules.decode(raw)


def test_an_hour_is_closed_when_no_row_can_come_any_more() -> None:
    """The longest function that writes to the trail, and clocks that differ by the tolerance."""
    tolerance = timedelta(seconds=30)
    at_eleven = datetime(2026, 1, 15, 13, 11, tzinfo=UTC)
    assert rules.last_closed(at_eleven, tolerance) == "2026-01-15T12"
    assert rules.last_closed(at_eleven - timedelta(seconds=1), tolerance) == "2026-01-15T11"
    longest = max(one.timeout for one in FUNCTIONS if one.name != "digest")  # writes no line
    assert 5 * longest < rules.SLACK


def test_hours_follow_each_other_over_midnight_and_years() -> None:
    assert rules.following("2026-12-31T23") == "2027-01-01T00"
    assert list(rules.hours("2026-01-15T23", "2026-01-16T01")) == [
        "2026-01-15T23",
        "2026-01-16T00",
        "2026-01-16T01",
    ]
    assert list(rules.hours("2026-01-16T01", "2026-01-16T00")) == []
