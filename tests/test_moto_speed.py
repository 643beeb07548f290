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
