"""Tests of one group run in one process: what they share is made once."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.order import FIRST


@pytest.mark.xdist_group("itself")
def test_the_runner_knows_of_groups(request: pytest.FixtureRequest) -> None:
    """pytest-xdist marks them in a test's id, which pytest 9.2 does not let it do."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@itself")


def test_every_group_that_comes_first_exists() -> None:
    texts = [file.read_text() for file in Path(__file__).parent.rglob("test_*.py")]
    assert set(FIRST) <= set(re.findall(r'xdist_group\("([^"]+)"\)', "\n".join(texts)))
