"""The table as people read it: on the terminal, and in docs/operations/costs.md."""

from __future__ import annotations

import re
from pathlib import Path

from .budget import Budget, Measured, amount

PAGE = Path(__file__).parents[1] / "docs" / "operations" / "costs.md"

_TABLE = re.compile(r"(?<=<!-- table: python -m benchmarks --write -->\n).*?(?=<!-- end -->)", re.S)


def line(budget: Budget, measured: Measured) -> str:
    """One row for the terminal."""
    most = "" if budget.most is None else amount(budget.most)
    found = f"{amount(measured.amount)} {budget.unit}"
    return (
        f"{verdict(budget, measured):5}{budget.name:68}{found:>14}{most:>7}  {measured.parts}"
    ).rstrip()


def verdict(budget: Budget, measured: Measured) -> str:
    if budget.most is None and budget.least is None:
        return ""
    return "ok" if budget.keeps(measured) else "OVER" if budget.least is None else "UNDER"


def row(budget: Budget, measured: Measured) -> str:
    """One row of the page."""
    most = "" if budget.most is None else amount(budget.most)
    return (
        f"| {budget.name} | {amount(measured.amount)} {budget.unit} | {most} | {measured.parts} |"
    )


def write(found: list[tuple[Budget, Measured]]) -> None:
    """Put into the page what is the same on every machine."""
    rows = [row(budget, measured) for budget, measured in found if budget.is_counted]
    text = "\n".join(
        ("", "| what | measured | at most | which |", "|---|---|---|---|", *rows, "", "")
    )
    PAGE.write_text(_TABLE.sub(lambda _: text, PAGE.read_text("utf-8")), "utf-8")
