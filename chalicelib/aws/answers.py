"""How the answers of AWS's JSON services are read: DynamoDB's rows as they come.

botocore looks for each of the ten kinds of value in every value of a row; a value has one. With
rows of some twenty values that was a quarter of all steps of a read. Everything else is botocore's.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory

Value = Mapping[str, Any]


class RowsParser(JSONParser):
    """botocore's parser of the JSON protocol, but for DynamoDB's `AttributeValue`."""

    def _handle_structure(self, shape: Any, value: Any) -> Any:
        if shape.name == "AttributeValue":
            return attribute(value)
        return super()._handle_structure(shape, value)  # type: ignore[misc]


class ParserFactory(ResponseParserFactory):
    """A botocore session's component `response_parser_factory`."""

    def create_parser(self, protocol_name: str) -> Any:
        if protocol_name == "json":
            return RowsParser()
        return super().create_parser(protocol_name)


def attribute(value: Value) -> Value:
    """`{kind: content}` as botocore gives it: bytes instead of base64, the rest as in the JSON."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: b64decode(content)}
        case "BS":
            return {kind: [b64decode(one) for one in content]}
        case "L":
            return {kind: [attribute(one) for one in content]}
        case "M":
            return {kind: {name: attribute(one) for name, one in content.items()}}
    return value
