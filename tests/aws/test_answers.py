"""Rows are read from DynamoDB's answers as botocore reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.parsers import ResponseParserFactory

from chalicelib.aws import clients
from chalicelib.aws.answers import ParserFactory

VALUES: dict[str, Any] = {
    "text": {"S": "ä"},
    "number": {"N": "1.50"},
    "bytes": {"B": "AAH/"},
    "truth": {"BOOL": False},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "many bytes": {"BS": ["AAH/", ""]},
    "list": {"L": [{"S": "a"}, {"L": [{"B": "AAH/"}]}, {"M": {}}]},
    "map": {"M": {"a": {"M": {"b": {"B": "AAH/"}}}, "c": {"N": "1"}}},
}


def read(factory: Any, operation: str, body: dict[str, Any]) -> Any:
    shape = clients.session().get_service_model("dynamodb").operation_model(operation).output_shape
    answer = {"status_code": 200, "headers": {}, "body": json.dumps(body).encode()}
    return factory.create_parser("json").parse(answer, shape)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("GetItem", {"Item": VALUES, "ConsumedCapacity": {"CapacityUnits": 1.5}}),
        ("Query", {"Items": [VALUES, {}], "Count": 2, "LastEvaluatedKey": {"pk": {"S": "a"}}}),
        ("BatchGetItem", {"Responses": {"t": [VALUES]}, "UnprocessedKeys": {}}),
        ("PutItem", {}),
    ],
)
def test_a_row_is_read_as_botocore_reads_it(operation: str, body: dict[str, Any]) -> None:
    ours, theirs = ParserFactory(), ResponseParserFactory()
    assert read(ours, operation, body) == read(theirs, operation, body)


def test_the_clients_of_the_process_read_rows_so() -> None:
    factory = clients.session().get_component("response_parser_factory")
    assert isinstance(factory, ParserFactory)
