"""The first administrator."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.access.store.rows import SETUP, SetupRow
from tests.access.conftest import Cluster, trail, write_code
from tests.canary import canary

PATH = "/api/v1/setup"


@pytest.fixture
def code(bare: Cluster) -> str:
    text = secrets.token_hex(16)
    write_code(text, bare.time() + timedelta(hours=24))
    return text


def set_up(cluster: Cluster, code: str, password: str = "") -> Any:
    body = {"code": code, "userName": "ada", "password": password or cluster.password}
    return cluster.client.post(PATH, body)


def test_the_code_makes_one_administrator_and_is_spent(bare: Cluster, code: str) -> None:
    assert bare.client.get(PATH).json == {"needed": True}
    assert set_up(bare, code).json == {"id": 1, "userName": "ada"}
    assert bare.client.get(PATH).json == {"needed": False}
    assert list(SetupRow.query(SETUP[0])) == []
    permissions = bare.admin().get("/api/v1/users/current").json["permissions"]
    assert {"name": "Administer Nodes"} in permissions
    assert ("SETUP", "1", "first administrator") in trail()


def test_it_works_once_even_with_another_code(bare: Cluster, code: str) -> None:
    assert set_up(bare, code).status == 200
    other = secrets.token_hex(16)
    write_code(other, bare.time() + timedelta(hours=24))
    answer = set_up(bare, other)
    assert answer.status == 409
    assert "set up already" in answer.message


def test_a_wrong_code_makes_nobody_and_is_audited(bare: Cluster, code: str) -> None:
    assert set_up(bare, "wrong").status == 400
    assert bare.client.get(PATH).json == {"needed": True}
    assert trail() == [("SETUP_FAILED", "setup", "")]


def test_without_a_code_there_is_no_set_up(bare: Cluster) -> None:
    assert set_up(bare, "").status == 400


def test_a_code_ends(bare: Cluster, code: str) -> None:
    bare.time.pass_by(hours=24)
    assert set_up(bare, code).status == 400


def test_a_weak_first_password_is_refused_and_spends_nothing(bare: Cluster, code: str) -> None:
    assert set_up(bare, code, "password1234").status == 400
    assert set_up(bare, code).status == 200


def test_guessing_is_throttled(bare: Cluster, code: str) -> None:
    for _ in range(10):
        assert set_up(bare, canary()).status == 400
    assert set_up(bare, code).status == 429
