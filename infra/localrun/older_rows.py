"""Whether the rows of a local run were written by an older Conclave than this checkout."""

from typing import Any

from chalicelib import SCHEMA

GATE = {"pk": {"S": "gate"}, "sk": {"S": "gate"}}
WORDS = (
    "The rows in {state} are of an older schema: people only read until you have run\n"
    "  make upgrade STAGE={node} LOCAL={state}"
)


def are_older(gate: dict[str, Any]) -> bool:
    """By the gate's row as it lies in the table; not while an upgrade is in progress."""
    schema, upgrading = (int(gate.get(name, {}).get("N", 0)) for name in ("schema", "upgrading"))
    return 0 < schema < SCHEMA and not upgrading


def told(aws: Any, table: str, state: object, node: str) -> str:
    """What to tell whoever started the run; "" when the rows are of this schema. One GetItem."""
    found = aws.get_item(TableName=table, Key=GATE, ConsistentRead=True).get("Item", {})
    return WORDS.format(state=state, node=node) if are_older(found) else ""
