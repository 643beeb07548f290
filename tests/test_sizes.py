"""No giants: the product's files stay under 300 lines, its functions under 40."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import parsed

pytestmark = pytest.mark.xdist_group("sources")

ROOT = Path(__file__).parent.parent
FILE_LINES, FUNCTION_LINES = 300, 40


def modules() -> Iterator[Path]:
    yield ROOT / "app.py"
    for folder in ("chalicelib", "infra", "benchmarks"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_no_file_is_longer_than_one_idea() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules()
        if (lines := len(path.read_text().splitlines())) > FILE_LINES
    }
    assert long == {}


def test_no_function_is_a_giant() -> None:
    assert [one for path in modules() for one in _giants(path)] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.read_text().strip() and ast.get_docstring(parsed(path)) is None
    ]
    assert silent == []


def _giants(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1 - _documented(node)
            if lines > FUNCTION_LINES:
                yield f"{path.relative_to(ROOT)}:{node.name} has {lines} lines"


def _documented(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of its docstring, which do not count."""
    if ast.get_docstring(node) is None:
        return 0
    first = node.body[0]
    return (first.end_lineno or 0) - first.lineno + 1
