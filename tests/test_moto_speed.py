"""moto made faster answers as moto does: values, their order and their copies."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.utilities import dynamo_to_dict

from chalicelib.aws.clients import client
from tests import moto_speed

TABLE = "conclave-test-data"
VALUES: tuple[dict[str, Any], ...] = (
    {"S": "é"},
    {"N": "10.0"},
    {"BOOL": False},
    {"NULL": True},
    {"SS": ["a", "b"]},
    {"B": "AP8="},
    {"BS": ["AP8="]},
    {"L": [{"S": "a"}, {"B": "AA=="}]},
    {"M": {"a": {"N": "1"}, "b": {"M": {"c": {"S": "x"}}}}},
)


@pytest.mark.parametrize("value", VALUES, ids="".join)
def test_a_value_is_what_it_was(value: dict[str, Any]) -> None:
    one = DynamoType(value)
    assert one == copy.deepcopy(one)
    assert one != DynamoType({"S": "other"})
    assert moto_speed._plain(one) == dynamo_to_dict(one)
    assert one.size() == moto_speed._size(one)
    assert one.cast_value == moto_speed._cast_value(one)


def test_numbers_are_equal_and_ordered_as_numbers_and_texts_as_texts() -> None:
    assert DynamoType({"N": "10.0"}) == DynamoType({"N": "10"}) != DynamoType({"S": "10"})
    assert hash(DynamoType({"N": "10.0"})) == hash(DynamoType({"N": "10"}))
    assert DynamoType({"N": "9"}) < DynamoType({"N": "10"})
    assert DynamoType({"S": "10"}) < DynamoType({"S": "9"})


def test_a_copied_row_does_not_change_with_the_other() -> None:
    key = DynamoType({"S": "k"})
    row = Item(key, key, {"pk": {"S": "k"}, "sk": {"S": "k"}, "held": {"L": [{"S": "a"}]}})
    twin = copy.deepcopy(row)
    twin.attrs["held"].value.append(DynamoType({"S": "b"}))
    twin.attrs["pk"] = DynamoType({"S": "other"})
    assert row.to_json()["Attributes"]["held"] == {"L": [{"S": "a"}]}
    assert row.attrs["pk"].value == "k"


def test_rows_are_read_back_as_they_were_written_and_in_order(aws: None) -> None:
    dynamodb = client("dynamodb")
    held = {
        "b": {"B": b"\0\xff"},
        "m": {"M": {"a": {"N": "1"}}},
        "l": {"L": [{"B": b"x"}]},
        "t": {"SS": ["p"]},
    }
    rows: list[dict[str, Any]] = [
        {"pk": {"S": pk}, "sk": {"S": sk}, **held} for pk in "ba" for sk in ("10", "9", "é")
    ]
    for row in rows:
        dynamodb.put_item(TableName=TABLE, Item=row)
    found = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :p AND sk > :s",
        ExpressionAttributeValues={":p": {"S": "b"}, ":s": {"S": "1"}},
        ScanIndexForward=False,
    )["Items"]
    assert found == [rows[2], rows[1], rows[0]]
    ordered = sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))
    assert dynamodb.scan(TableName=TABLE)["Items"] == ordered
    nothing = {":p": {"S": "none"}}
    asked = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": nothing}
    assert dynamodb.query(TableName=TABLE, **asked)["Items"] == []


def test_a_transaction_that_is_refused_leaves_everything_as_it_was(aws: None) -> None:
    dynamodb = client("dynamodb")

    def put(pk: str, sk: str, **more: Any) -> dict[str, Any]:
        return {"Put": {"TableName": TABLE, "Item": {"pk": {"S": pk}, "sk": {"S": sk}}, **more}}

    dynamodb.transact_write_items(TransactItems=[put("a", "1"), put("b", "1")])
    before = dynamodb.scan(TableName=TABLE)["Items"]
    removal = {"Delete": {"TableName": TABLE, "Key": {"pk": {"S": "b"}, "sk": {"S": "1"}}}}
    update = {
        "Update": {
            "TableName": TABLE,
            "Key": {"pk": {"S": "a"}, "sk": {"S": "1"}},
            "UpdateExpression": "SET seen = :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    no = put("c", "2", ConditionExpression="attribute_exists(pk)")
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as refused:
        dynamodb.transact_write_items(TransactItems=[put("a", "2"), removal, update, no])
    reasons = refused.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None"] * 3 + ["ConditionalCheckFailed"]
    assert dynamodb.scan(TableName=TABLE)["Items"] == before
    dynamodb.transact_write_items(TransactItems=[put("a", "2"), removal, update])
    assert [row["sk"]["S"] for row in dynamodb.scan(TableName=TABLE)["Items"]] == ["1", "2"]
    assert dynamodb.scan(TableName=TABLE)["Items"][0]["seen"] == {"N": "1"}


def test_what_a_caller_changes_afterwards_is_not_changed_in_the_table(aws: None) -> None:
    dynamodb = client("dynamodb")
    row: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"S": "1"}, "held": {"L": [{"S": "x"}]}}
    key = {"pk": row["pk"], "sk": row["sk"]}
    dynamodb.put_item(TableName=TABLE, Item=row)
    row["held"]["L"].append({"S": "y"})
    found = dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    found["held"]["L"].clear()
    assert dynamodb.get_item(TableName=TABLE, Key=key)["Item"]["held"] == {"L": [{"S": "x"}]}
