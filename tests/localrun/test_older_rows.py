"""Whoever starts a local run on the rows of an older version is told what to do."""

from __future__ import annotations

import pytest

from chalicelib import SCHEMA
from infra.localrun.older_rows import are_older


def gate(schema: int, upgrading: int = 0) -> dict[str, dict[str, str]]:
    return {"schema": {"N": str(schema)}, "upgrading": {"N": str(upgrading)}}


@pytest.mark.parametrize(
    ("row", "older"),
    [
        (gate(SCHEMA - 1), True),
        (gate(SCHEMA - 1, upgrading=SCHEMA), False),
        (gate(SCHEMA), False),
        (gate(SCHEMA + 1), False),
        ({}, False),
    ],
    ids=["older", "on the way", "of this version", "newer", "no cluster yet"],
)
def test_rows_of_an_older_schema_are_told(row: dict[str, dict[str, str]], older: bool) -> None:
    assert are_older(row) is older
