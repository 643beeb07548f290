"""The map of the clustering guide names tests that exist, and claims what there is."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from chalicelib.catalogue import LATER, OPERATIONS
from tests.sources import parsed

pytestmark = pytest.mark.xdist_group("sources")

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "operations" / "guide-map.md"
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split(" | "))
    for line in PAGE.read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| the guide |")
]
TESTS = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = parsed(ROOT / file)
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:40] for row in ROWS])
def test_each_statement_names_its_proof(row: tuple[str, ...]) -> None:
    assert len(row) == 3, row
    named = TESTS.findall(row[2])
    assert named, row
    for file, name in named:
        assert name in names_in(file), f"{row[0]}: there is no {file}::{name}"


def test_no_operation_is_claimed_that_the_catalogue_does_not_have() -> None:
    known = {one.name for one in OPERATIONS} | LATER.keys()
    assert len(guided_operations()) >= 33
    assert [name for name in guided_operations() if name not in known] == []
    told = {row[0]: row[1] for row in ROWS}
    assert [name for name in LATER if "not in this version" not in told[name]] == []


def test_each_part_of_the_guide_is_on_the_map() -> None:
    page = PAGE.read_text("utf-8")
    for part in ("Setting up Clustering", "Upgrading Database Mirroring", "Clustering Errors"):
        assert f"## {part}" in page
    assert len(ROWS) >= 120


def guided_operations() -> list[str]:
    """The scheduled operations that the map has a row for."""
    text = PAGE.read_text("utf-8").partition("## Scheduled Background Operations")[2]
    part = text.partition("\n## ")[0]
    names = re.findall(r"^\| ([^|]+?) \|", part, re.MULTILINE)
    skipped = ("the guide", "---", "The current", "Bulk")
    return [name for name in names if not name.startswith(skipped)]
