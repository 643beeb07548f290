"""One small table, to write rows into and to read them all again."""

from typing import Any


def make_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def key(value: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": value}}


def keys(dynamodb: Any) -> set[str]:
    pages = dynamodb.get_paginator("scan").paginate(TableName="table")
    return {item["pk"]["S"] for page in pages for item in page["Items"]}
