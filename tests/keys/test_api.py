"""The API of keys, as the console and clients in the field use it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.connection import connection
from chalicelib.core import sealing
from chalicelib.core.sealing import Opener
from chalicelib.keys.rotation import LONGEST_WRITE, SETTLED
from chalicelib.keys.tasks import SLICE
from tests.house import House, open_house

SECURITY = "/api/v1/configuration/security"
KEYS = "/api/v1/key-management"


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def one_slice(id: str) -> None:
    now = wiring.clock()()
    wiring.key_rotation().run(id, now, now + SLICE)


def test_a_rotation_is_asked_for_seen_and_cancelled(house: House) -> None:
    admin = house.admin
    path = f"{SECURITY}/rotate-secret-keys-status"
    assert admin.get(path).json["lastStatus"] == "None"
    asked = admin.post(f"{SECURITY}/rotate-secret-keys").json
    assert asked["lastStatus"] == "Requested"
    assert admin.post(f"{SECURITY}/rotate-secret-keys").status == 409
    one_slice(asked["rotationId"])
    seen = admin.get(path).json
    assert (seen["lastStatus"], seen["dataKeyId"]) == ("Running", 2)
    assert seen["progressStatus"]["waitsUntil"]
    assert SETTLED > LONGEST_WRITE
    cancelled = admin.post(f"{SECURITY}/cancel-rotate-secret-keys").json
    assert cancelled["progressStatus"]["isCancelling"] is True
    one_slice(asked["rotationId"])
    assert admin.get(path).json["lastStatus"] == "Cancelled"
    assert admin.post(f"{SECURITY}/cancel-rotate-secret-keys").status == 409


def test_key_management_shows_keys_and_sets_the_escrow_key(house: House) -> None:
    admin, public = house.admin, Opener.fresh().public()
    shown = admin.get(KEYS).json
    assert shown["awsKmsKeyArn"] == connection().key_arn
    assert [one["id"] for one in shown["dataKeys"]] == [1]
    assert shown["escrow"]["publicKey"] == ""
    text = base64.b64encode(public).decode()
    asked = admin.put(KEYS, {"escrowPublicKey": text}).json
    assert asked["escrow"]["isPending"] is True
    wiring.keys().tend()
    done = admin.get(KEYS).json
    assert done["escrow"]["fingerprint"] == sealing.short(public)
    assert done["escrow"]["isPending"] is False
    assert done["dataKeys"][0]["isEscrowed"] is True
    again = admin.put(KEYS, {**done, "escrowPublicKey": text})  # the whole form, as it is
    assert again.json == done


REFUSED: list[dict[str, Any]] = [
    {"escrowPublicKey": "no base64!"},
    {"escrowPublicKey": "c2hvcnQ="},
    {"awsKmsKeyArn": "arn:aws:kms:us-east-1:1:key/x"},
    {"awsKmsSecretAccessKey": "x"},
    {"keyManagementTypeId": 2},
]


def test_what_cannot_be_set_is_refused_with_the_way_to_do_it(house: House) -> None:
    for body in REFUSED:
        answer = house.admin.put(KEYS, body)
        assert answer.status == 400, body
        assert "make " in answer.message


def test_wrapping_anew_is_asked_for_and_seen(house: House) -> None:
    admin = house.admin
    seen = admin.get(f"{KEYS}/mekrotationinfo").json
    assert (seen["processState"], seen["canRequestRotation"]) == ("None", True)
    assert "make rekey" in seen["warningMessage"]
    asked = admin.put(f"{KEYS}/startmekrotation").json
    assert (asked["processState"], asked["itemsToRotate"]) == ("Pending", 1)
    wiring.keys().tend()
    assert admin.get(f"{KEYS}/mekrotationinfo").json["processState"] == "Completed"


def test_each_step_is_on_the_trail(house: House) -> None:
    from chalicelib.aws.audit_rows import AuditRow

    admin = house.admin
    text = base64.b64encode(Opener.fresh().public()).decode()
    admin.put(KEYS, {"escrowPublicKey": text})
    wiring.keys().tend()
    asked = admin.post(f"{SECURITY}/rotate-secret-keys").json
    one_slice(asked["rotationId"])
    told = {row.action: row.detail or "" for row in AuditRow.scan() if row.item_kind == "Keyring"}
    assert {"ESCROW KEY REQUESTED", "ESCROW", "ROTATE SECRET KEYS REQUESTED"} <= set(told)
    assert "boxed to escrow key" in told["ROTATE SECRET KEYS STARTED"]
