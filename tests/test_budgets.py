"""What everything costs stays within its budget, and is what the page about costs says."""

from __future__ import annotations

import pytest

from benchmarks import report
from benchmarks.budget import Budget
from benchmarks.table import BUDGETS

pytestmark = pytest.mark.xdist_group("costs")

WRITTEN = report.PAGE.read_text("utf-8")
ASSERTED = [one for one in BUDGETS if one.in_tests and (one.binds or one.is_counted)]


@pytest.mark.parametrize("budget", ASSERTED, ids=[one.name for one in ASSERTED])
def test_what_it_costs_is_within_budget_and_told(
    budget: Budget, tmp_path_factory: pytest.TempPathFactory
) -> None:
    measured = budget.measure(tmp_path_factory.getbasetemp())
    assert not budget.binds or budget.keeps(measured), report.line(budget, measured)
    if budget.is_counted:
        told = report.row(budget, measured)
        assert told in WRITTEN, "stale: run python -m benchmarks --write"
