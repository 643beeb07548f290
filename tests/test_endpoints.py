"""Walks the table of endpoints: what every one of them refuses, whoever wrote it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.permissions import NAMES
from chalicelib.cluster.gate import FIRST, STANDBY
from chalicelib.cluster.licensing import Licensing
from chalicelib.cluster.store import Gates
from chalicelib.web.areas import all_endpoints
from chalicelib.web.endpoint import Endpoint
from tests.client import Answer, Client
from tests.counts import full_or
from tests.house import House, open_house

ENDING = "POST /api/v1/oauth-expiration"
ENDPOINTS = sorted(all_endpoints(), key=lambda one: one.name == ENDING)  # it ends the session
SIGNED_IN = [one for one in ENDPOINTS if not one.anonymous]
TO_THE_VAULT = [one for one in SIGNED_IN if one.writes == "vault"]
ELSEWHERE = [one for one in ENDPOINTS if one.writes != "vault"]
IN_MAINTENANCE = replace(FIRST, maintenance=True)
USUAL: list[Any] = [{"data": 7, "id": {"a": 1}, "name": ["x"]}]
RUBBISH = full_or([*USUAL, [], "text", 7, {"data": {}}], USUAL)


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def call(client: Client, one: Endpoint, body: Any = None) -> Answer:
    """The endpoint with made-up ids, and an empty body unless one is given."""
    path = re.sub(r"\{\w+\}", "7", one.path)
    sent = {} if body is None and one.method != "GET" else body
    return client.request(one.method, path, json=sent)


def test_nothing_but_what_says_so_is_answered_without_a_token(house: House) -> None:
    stranger = replace(house.admin, token="")
    for one in SIGNED_IN:
        answer = call(stranger, one)
        assert answer.status == 401, one.name
        assert answer.json["message"]


def test_a_role_permission_that_is_asked_for_is_needed(house: House) -> None:
    for one in SIGNED_IN:
        if one.permission:
            answer = call(house.nobody, one)
            assert (answer.status, answer.json["errorCode"]) == (400, "API_AccessDenied"), one.name


def test_every_permission_that_is_asked_for_exists() -> None:
    assert {name for one in ENDPOINTS for name in one.permissions} <= NAMES


def test_maintenance_mode_refuses_every_write_to_the_vault(house: House) -> None:
    rewrite({"node-a": IN_MAINTENANCE})
    for one in TO_THE_VAULT:
        answer = call(house.admin, one)
        assert (answer.status, answer.json["errorCode"]) == (503, "API_MaintenanceMode"), one.name


def test_a_lapsed_licence_refuses_peoples_changes_to_the_vault(house: House) -> None:
    lapse()
    for one in TO_THE_VAULT:
        answer = call(house.admin, one)
        refused = answer.status == 400 and b"API_ViewOnly" in answer.body
        assert refused is not one.when_view_only, one.name


def test_no_other_call_is_refused_by_either_and_rubbish_never_breaks_one(house: House) -> None:
    """Reading, log-in, users, nodes, licences and backups go on."""
    lapse()
    rewrite({"node-a": IN_MAINTENANCE})
    for one in ELSEWHERE:
        for rubbish in RUBBISH:
            answer = call(house.admin, one, rubbish)
            assert b"API_MaintenanceMode" not in answer.body, one.name
            assert b"API_ViewOnly" not in answer.body, one.name
            is_told(answer, one)


def test_rubbish_for_the_vault_is_refused_with_a_message_and_never_breaks_anything(
    house: House,
) -> None:
    for one in TO_THE_VAULT:
        for rubbish in RUBBISH:
            is_told(call(house.admin, one, rubbish), one)


def test_a_standby_answers_only_what_says_so(house: House) -> None:
    rewrite({"node-a": STANDBY})
    for one in ENDPOINTS:
        answer = call(house.admin, one)
        refused = answer.status == 503 and b"API_NodeNotInCluster" in answer.body
        assert refused is not one.out_of_cluster, one.name


def is_told(answer: Answer, one: Endpoint) -> None:
    """What was refused, says why; nothing is broken."""
    assert answer.status < 500 or answer.status == 503, one.name
    if answer.status >= 400:
        said = json.loads(answer.body)
        assert said.get("message") or said.get("error"), one.name
        assert not said.get("stackTrace"), one.name


def lapse() -> None:
    gate = Gates().fetch()
    lapsed = replace(gate, licensing=Licensing("ab12", "2020-01-01", "2020-12-31"))
    wiring.committer()([Gates().rewrite(gate, lapsed)])


def rewrite(nodes: dict[str, Any]) -> None:
    gate = Gates().fetch()
    wiring.committer()([Gates().rewrite(gate, replace(gate, nodes=nodes))])
