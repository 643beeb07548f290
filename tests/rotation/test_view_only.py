"""On a node whose licence has ended: what people change is refused, and passwords go on living."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.cluster.functions import Role
from chalicelib.cluster.gate import may_run
from chalicelib.cluster.licensing import Licensing
from chalicelib.cluster.store import Gates
from chalicelib.rotation import routes
from chalicelib.vault.state import Where
from tests.access.conftest import Cluster
from tests.client import Client
from tests.vault.api import ada, bare, cluster, made_secret, time, value

__all__ = ["ada", "bare", "cluster", "routes", "time"]

LAPSED = Licensing("ab12", trial="2020-01-31", until="2020-12-31")


@pytest.fixture
def secret(ada: Client) -> dict[str, Any]:
    """A secret that was there when the licence ended."""
    made: dict[str, Any] = made_secret(ada)
    stored = wiring.secret_store().fetch([made["id"]])[made["id"]]
    changing = replace(stored.secret, switches=replace(stored.secret.switches, auto_change=True))
    wiring.committer()([wiring.secret_store().put(changing)])
    gate = Gates().fetch()
    wiring.committer()([Gates().rewrite(gate, replace(gate, licensing=LAPSED))])
    return made


def test_people_read_and_due_changes_go_on_and_nothing_else_is_changed(
    cluster: Cluster, ada: Client, secret: dict[str, Any]
) -> None:
    path = f"/api/v1/secrets/{secret['id']}"
    assert value(ada.get(path).json, "password") == value(secret, "password")
    for refused in (
        ada.put(f"{path}/fields/password", {"value": "x"}),
        ada.post(f"{path}/change-password", {}),
        ada.delete(path),
    ):
        assert (refused.status, refused.json["errorCode"]) == (400, "API_ViewOnly")
    assert ada.post(f"{path}/expire", {}).status == 200
    wiring.rotation().offering.changes(Where.LOCAL, cluster.time.now + timedelta(minutes=1))
    assert ada.get(f"{path}/password-changes").json
    assert all(may_run(Gates().fetch(), "node-a", role) for role in (None, *Role))
    assert ada.post(f"{path}/heartbeat", {}).status == 409  # not while it is being changed
