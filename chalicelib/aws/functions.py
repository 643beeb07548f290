"""Asks another Lambda of ours to run, without waiting for it."""

from __future__ import annotations

from . import clients
from .faults import known_faults

APP = "conclave"


def function_name(node: str, function: str) -> str:
    """The full name that Chalice gives a function of a node; the API is the one without a name."""
    return f"{APP}-{node}-{function}" if function else f"{APP}-{node}"


class Functions:
    def wake_agent(self, node: str) -> None:
        """Have a node's agent look now instead of at its next minute. May be repeated."""
        with known_faults(f"waking the agent of {node}"):
            clients.client("lambda").invoke(
                FunctionName=function_name(node, "agent"), InvocationType="Event", Payload=b"{}"
            )
