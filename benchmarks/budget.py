"""What a budget is, and what a measurement says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TypeAlias

from tests.calls import AwsCall


@dataclass(frozen=True, slots=True)
class Measured:
    """An amount, and what it consists of."""

    amount: float
    parts: str = ""


Measure: TypeAlias = Callable[[Path], Measured]
"""Measures one thing; what it builds on the way goes into the given folder."""


class Kind(Enum):
    COUNT = auto()
    SIZE = auto()
    RATIO = auto()
    TIME = auto()


@dataclass(frozen=True, slots=True)
class Budget:
    """One row of the table.

    most: what the amount may be at most; None where that is only told
    least: what it has to be
    in_tests: whether tests measure it too; not what takes minutes
    """

    name: str
    measure: Measure
    most: float | None = None
    unit: str = "calls"
    kind: Kind = Kind.COUNT
    in_tests: bool = True
    least: float | None = None

    @property
    def is_counted(self) -> bool:
        """Whether it is the same on every machine."""
        return self.kind is Kind.COUNT

    @property
    def binds(self) -> bool:
        """Whether it is an error not to keep it: never for times, which fail for no reason."""
        is_set = self.most is not None or self.least is not None
        return is_set and self.kind is not Kind.TIME

    def keeps(self, measured: Measured) -> bool:
        is_too_much = self.most is not None and measured.amount > self.most
        return not is_too_much and (self.least is None or measured.amount >= self.least)


def calls(seen: Iterable[AwsCall], works: int = 1) -> Measured:
    """How many calls each of that many pieces of work took, and which."""
    made = Counter(one.operation for one in seen)
    parts = ", ".join(
        operation if times == works else f"{amount(times / works)} {operation}"
        for operation, times in sorted(made.items())
    )
    return Measured(made.total() / works, parts)


def amount(number: float) -> str:
    """A number as people write it: at most two decimals."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
