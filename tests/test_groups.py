"""Tests of one group run in one process: what they share is made once."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("itself")
def test_the_runner_knows_of_groups(request: pytest.FixtureRequest) -> None:
    """pytest-xdist marks them in a test's id, which pytest 9.2 does not let it do."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@itself")
