"""Licences for the stage: a signer that was set long ago, and keys that he signs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib import wiring
from chalicelib.cluster.licensing import UNSIGNED
from chalicelib.cluster.store import Gates
from tests.cluster.signer import LicenceSigner, licence, set_signer

from .stage import Stage

SIGNER = LicenceSigner()
ADA = {"name": "Ada", "email": "ada@example.org", "phoneNumber": "1"}


@dataclass(frozen=True)
class Licensed:
    """A stage whose licences a signer signs."""

    stage: Stage

    def key(self, days: int | None = 365, **facts: Any) -> str:
        return SIGNER.sign(licence(datetime.now(UTC).date(), days, **facts))

    def add(self, days: int | None = 365, **facts: Any) -> None:
        key = self.key(days, **facts)
        assert self.stage.admin.post("/api/v1/licenses", {"key": key}).status == 200

    def activate(self, node: str = "node-a") -> None:
        self.stage.admin.post("/api/v1/activations", ADA, query={"node": node})

    def ids(self) -> set[str]:
        return {one["id"] for one in self.stage.admin.get("/api/v1/licenses").json}


@contextmanager
def licences_asked_for(stage: Stage) -> Iterator[Licensed]:
    """A cluster that needs a licence and has none; afterwards it needs none again."""
    before = Gates().fetch()
    set_signer(SIGNER.public)
    known = wiring.licences().followed(before, datetime.now(UTC)).licensing
    ended = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    stage.rewrite(replace(before, licensing=replace(known, trial=ended)))
    made = Licensed(stage)
    yield made
    for id in made.ids():
        stage.admin.delete(f"/api/v1/licenses/{id}?force=true")
    set_signer("")
    stage.rewrite(replace(Gates().fetch(), nodes=before.nodes, licensing=UNSIGNED))
