"""What AWS refuses is refused here: no effect, 503, and never a value in the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib import wiring
from chalicelib.aws.table import partition
from chalicelib.cluster.store import Gates
from chalicelib.vault import routes
from chalicelib.vault.store.rows import SecretRow
from chalicelib.web.endpoint import ENDPOINTS
from tests.calls import AwsCall, watching
from tests.canary import canary
from tests.client import Client

from .api import ada, bare, cluster, made_secret, time

__all__ = ["ada", "bare", "cluster", "routes", "time"]


GONE = EndpointConnectionError(endpoint_url="https://aws.example")
DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "any")


def broken(*operations: str, by: Exception = GONE) -> Any:
    """Inside the block AWS does not answer these operations, or denies them."""

    def refuse(call: AwsCall) -> None:
        if call.operation in operations:
            raise by

    return watching(before=refuse)


@pytest.mark.parametrize("by", [GONE, DENIED], ids=["gone", "denied"])
def test_no_trail_no_value_over_http(ada: Client, by: Exception) -> None:
    password = canary()
    id = made_secret(ada, password=password)["id"]
    paths = ("", "/fields/password", "/fields/password/history")
    with broken("PutItem", by=by):
        answers = [ada.get(f"/api/v1/secrets/{id}{path}") for path in paths]
        answers.append(ada.get(f"/api/v2/secrets/{id}"))
        answers.append(ada.post(f"/api/v1/secrets/{id}/restricted", {}))
    for answer in answers:
        assert answer.status == 503
        assert password not in answer.body.decode()


@pytest.mark.parametrize("by", [GONE, DENIED], ids=["gone", "denied"])
def test_no_trail_no_effect_over_http(ada: Client, by: Exception) -> None:
    password, fresh = canary(), canary()
    secret = made_secret(ada, password=password)
    id = secret["id"]
    with broken("TransactWriteItems", by=by):
        body = {"id": id, "name": "b", "items": [{"slug": "password", "itemValue": fresh}]}
        answers = [
            ada.put(f"/api/v1/secrets/{id}", body),
            ada.put(f"/api/v1/secrets/{id}/fields/password", {"value": fresh}),
            ada.post("/api/v1/secrets", {"name": "a", "secretTemplateId": 2, "items": []}),
            ada.delete(f"/api/v1/secrets/{id}"),
        ]
    assert [one.status for one in answers] == [503] * 4
    assert ada.get(f"/api/v1/secrets/{id}").json == secret
    assert ada.get("/api/v1/secrets").json["total"] == 1


@pytest.mark.parametrize("by", [GONE, DENIED], ids=["gone", "denied"])
def test_no_key_no_value_over_http(ada: Client, by: Exception) -> None:
    password = canary()
    id = made_secret(ada, password=password)["id"]
    wiring.keyring().forget()
    with broken("Decrypt", by=by):
        read = ada.get(f"/api/v1/secrets/{id}")
        body = {"name": "a", "secretTemplateId": 2, "items": [{"slug": "notes", "itemValue": "n"}]}
        made = ada.post("/api/v1/secrets", body)
    assert (read.status, made.status) == (503, 503)
    assert password not in read.body.decode()


def test_a_blob_moved_in_the_table_does_not_open(ada: Client) -> None:
    password = canary()
    mine, other = made_secret(ada)["id"], made_secret(ada, password=password)["id"]
    (row,), (source,) = (
        partition(SecretRow, f"secret#{id}", begins="secret") for id in (mine, other)
    )
    row.field_values = source.field_values
    row.save()
    answer = ada.get(f"/api/v1/secrets/{mine}")
    assert answer.status == 503
    assert password not in answer.body.decode()


def test_maintenance_refuses_what_writes_to_the_vault(ada: Client) -> None:
    id = made_secret(ada)["id"]
    before = wiring.gate().read()
    boxes = replace(before.wanted("node-a"), maintenance=True)
    after = replace(before, nodes={"node-a": boxes})
    wiring.committer()([Gates().rewrite(before, after)])
    assert ada.get(f"/api/v1/secrets/{id}").status == 200
    assert ada.post(f"/api/v1/secrets/{id}/restricted", {}).status == 200
    for answer in (
        ada.delete(f"/api/v1/secrets/{id}"),
        ada.post("/api/v1/secrets", {"name": "a", "secretTemplateId": 2, "items": []}),
        ada.post("/api/v1/folders", {"folderName": "a", "folderTypeId": 1, "parentFolderId": -1}),
    ):
        assert (answer.status, answer.json["errorCode"]) == (503, "API_MaintenanceMode")


def test_every_endpoint_that_changes_the_vault_says_so() -> None:
    reading = {
        "POST /api/v1/secrets/{id}/restricted",
        "POST /api/v1/secrets/{id}/restricted/fields/{slug}",
        "POST /api/v1/secrets/{id}/restricted/fields/{slug}/history",
        "POST /api/v1/secrets/{id}/restricted/fields/{slug}/history/{version}",
        "POST /api/v1/secrets/{id}/fields/{slug}/download",
        "POST /api/v1/secret-templates/generate-password/{secretfieldId}",
        "POST /api/v1/secrets/get-convert-info",
    }
    silent = {
        row.name
        for row in ENDPOINTS
        if row.area == "vault" and row.method != "GET" and row.writes != "vault"
    }
    configuring = {
        "PATCH /api/v1/configuration/secret-search-indexer",
        "POST /api/v1/configuration/secret-search-indexer/rebuild-index",
        "PUT /api/v1/users/doublelock-password",
    }
    assert silent == reading | configuring


@pytest.mark.parametrize("operation", ["BatchGetItem", "Query"])
def test_a_list_that_cannot_be_read_is_no_empty_one(ada: Client, operation: str) -> None:
    made_secret(ada)
    with broken(operation):
        assert ada.get("/api/v1/secrets").status == 503
