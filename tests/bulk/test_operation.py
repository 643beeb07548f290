"""The rules of an operation: whose it is, how far it is, when it waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.access.principal import Behalf
from chalicelib.bulk import operation as rules
from chalicelib.bulk.action import ACTIONS, BY_NAME, Kind, why_waits
from chalicelib.bulk.operation import FORSAKEN, MOST, MOST_ERRORS, Operation, Stage
from chalicelib.cluster.gate import FIRST, STANDBY, Gate
from chalicelib.cluster.here import here
from chalicelib.cluster.licensing import Licensing
from chalicelib.core.errors import Invalid

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GATE = Gate("c", {"node-a": FIRST})
MAINTAINED = replace(GATE, nodes={"node-a": replace(FIRST, maintenance=True)})
LAPSED = replace(GATE, licensing=Licensing("ab12", trial="2020-01-31", until="2020-12-31"))


def operation(name: str = "deactivate", total: int = 200) -> Operation:
    return Operation("1" * 32, BY_NAME[name], Behalf(7, 1), NOON, total)


def test_it_is_complete_only_when_it_is_over() -> None:
    one = replace(operation(), cursor=199, done=199)
    assert one.percentage == 99
    assert replace(one, cursor=200, done=200).percentage == 99
    assert rules.ended(one, Stage.CANCELLED).percentage == 100
    assert operation().percentage == 0


def test_it_says_how_it_stands() -> None:
    one = rules.failed(rules.stepped(operation()))
    assert rules.told(one) == "Running: 1 of 200 done, 1 failed."
    assert rules.told(rules.released(one, "why")) == "Waiting: 1 of 200 done, 1 failed. why"
    assert rules.told(rules.ended(one, Stage.STOPPED, "why")).startswith("Stopped: 1 of 200")
    many = replace(one, failed=MOST_ERRORS + 5)
    assert "105 failed (5 of them not listed)" in rules.told(many)
    assert [replace(one, failed=n).is_listed for n in (MOST_ERRORS, MOST_ERRORS + 1)] == [
        True,
        False,
    ]


def test_a_claim_is_for_a_while_and_counts_alone() -> None:
    one = rules.claimed(operation(), NOON, NOON + MINUTE)
    assert (one.fence, one.is_leased(NOON), one.is_leased(NOON + MINUTE)) == (1, True, False)
    assert not rules.released(one).is_leased(NOON)


def test_it_is_forsaken_when_no_message_can_be_on_its_way() -> None:
    one = rules.claimed(operation(), NOON + MINUTE, NOON + 2 * MINUTE)
    for moment, is_so in ((NOON + FORSAKEN, False), (NOON + 2 * MINUTE + FORSAKEN, True)):
        assert one.is_forsaken(moment) is is_so
    assert not rules.ended(one, Stage.DONE).is_forsaken(NOON + timedelta(days=9))


def test_items_are_done_once_each_in_their_order() -> None:
    assert rules.checked([3, 1, 3, 2, 1]) == (3, 1, 2)
    for ids in ([], [0], [1, -1], [2**31], range(1, MOST + 2)):
        with pytest.raises(Invalid):
            rules.checked(ids)


def test_whoever_ends_his_own_sessions_comes_last() -> None:
    assert rules.in_order(BY_NAME["force-logout"], (7, 8, 9), 7) == (8, 9, 7)
    assert rules.in_order(BY_NAME["deactivate"], (7, 8, 9), 7) == (7, 8, 9)


@pytest.mark.parametrize(
    ("gate", "waiting"),
    [
        (GATE, set()),
        (MAINTAINED, {one.name for one in ACTIONS if one.kind is Kind.SECRET} | {"import"}),
        (
            replace(GATE, upgrading=9),
            {
                "assign-secret-policy",
                "change-security-options",
                "convert-type",
                "disable-checkout",
                "disable-require-view-comment",
                "enable-checkout",
                "enable-require-view-comment",
                "update-password-requirement",
            },
        ),
        (
            LAPSED,
            {one.name for one in ACTIONS if one.kind is Kind.SECRET} - {"run-heartbeat", "expire"}
            | {"import"},
        ),
        (replace(GATE, nodes={"node-a": STANDBY}), set(BY_NAME)),
        (replace(GATE, replica="main"), set(BY_NAME)),
        (replace(GATE, writing="eu-west-1", here="us-east-1"), set(BY_NAME)),
    ],
    ids=["usual", "maintenance", "upgrade", "lapsed", "standby", "replica", "outside"],
)
def test_what_waits_when(gate: Gate, waiting: set[str]) -> None:
    met = here(gate, "node-a")
    assert {one.name for one in BY_NAME.values() if why_waits(one, met, NOON)} == waiting
