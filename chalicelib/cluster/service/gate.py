"""The gate for other areas: parse it from a batched read, read it, move an epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from chalicelib.cluster.gate import Gate
from chalicelib.cluster.here import Here, here


class GateStore(Protocol):
    def parse(self, row: object) -> Gate: ...

    def fetch(self) -> Gate: ...

    def bump(self, *epochs: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class GateService:
    """node: the one that this process belongs to. hear: told of each gate that was read."""

    store: GateStore
    node: str
    hear: Callable[[Gate], None]

    def parse(self, row: object) -> Gate:
        """The gate in the row that another read fetched by GATE_KEY; of None, an empty gate."""
        return self._heard(self.store.parse(row))

    def read(self) -> Gate:
        """The gate now. One consistent GetItem; Unavailable when the table does not answer."""
        return self._heard(self.store.fetch())

    def here(self, gate: Gate) -> Here:
        """What web requests may do on this node."""
        return here(gate, self.node)

    def bump(self, *epochs: str) -> Any:
        """A Write for somebody's commit: copies of these things, kept by processes, are old.

        One transaction takes one write of the gate: name all epochs in one call.
        """
        return self.store.bump(*epochs)

    def _heard(self, gate: Gate) -> Gate:
        self.hear(gate)
        return gate
