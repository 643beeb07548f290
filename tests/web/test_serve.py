"""The app with its real adapters, against a cluster on moto and against none."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import app as module
from chalicelib.core.ids import fresh_id
from tests.client import Client

TOKEN = f"1.{fresh_id()}.{fresh_id()}"


@pytest.mark.usefixtures("aws")
def test_a_token_that_nobody_was_given_is_refused() -> None:
    client = Client(module.app)
    for token in (TOKEN, "x", "1.2.3.4", "é", "-1..", fresh_id() * 200):
        assert client.signed_in(token).get("/api/v1/users/current").status == 401


@pytest.mark.usefixtures("aws")
def test_before_the_first_agent_a_node_is_a_standby() -> None:
    answer = Client(module.app).get("/nowhere", headers={"Accept": "text/html"})
    assert (answer.status, answer.headers["location"]) == (302, "/SecretServer/nodes")


@pytest.mark.usefixtures("aws")
def test_the_pages_of_a_standby_are_answered_without_a_cluster() -> None:
    for path in ("/nodes", "/healthcheck.aspx", "/api/v1/openapi.json"):
        assert Client(module.app).get(path).status == 200


def test_a_worker_function_loads_no_endpoints() -> None:
    """It answers no requests, and starts in a fifth of the time without them."""
    told = subprocess.run(
        [sys.executable, "-c", "import sys, app; print(*sys.modules)"],
        env={**os.environ, "AWS_LAMBDA_FUNCTION_NAME": "conclave-node-a-agent"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "chalicelib.web.serve" in told.stdout.split()
    assert not [name for name in told.stdout.split() if ".routes" in name]
