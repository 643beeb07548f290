"""A cluster that was set up: its first administrator, and somebody who may do nothing."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import app
from chalicelib.access.store.rows import SETUP, SetupRow
from chalicelib.core.clock import stamp
from tests import moto_cluster
from tests.canary import canary
from tests.client import Client
from tests.conftest import forget
from tests.founding import found


@dataclass(frozen=True)
class House:
    """A cluster with one administrator, and somebody with no role permission at all."""

    admin: Client
    nobody: Client


def open_house() -> House:
    """Found the cluster and set its administrator up, as people do. Needs the fixture `aws`."""
    house = moto_cluster.kept("house", opened)
    forget()
    return house


def opened() -> House:
    """The same, made now: also in a cluster of two regions."""
    found()
    client = Client(app.app)
    name, password = "ada", canary()
    code = secrets.token_hex(16)
    ends = stamp(datetime.now(UTC) + timedelta(hours=1))
    SetupRow(*SETUP, code_hash=hashlib.sha256(code.encode()).hexdigest(), expires_at=ends).save()
    client.post("/api/v1/setup", {"code": code, "userName": name, "password": password})
    admin = client.login(name, password)
    return House(admin, _nobody(client, admin))


def _nobody(client: Client, admin: Client) -> Client:
    password = canary()
    body = {"userName": "bob", "displayName": "Bob", "password": password}
    user = admin.post("/api/v1/users", body).json["id"]
    roles = admin.get(f"/api/v1/users/{user}/roles").json["records"]
    ids = [one.get("roleId", one.get("id")) for one in roles]
    admin.request("DELETE", f"/api/v1/users/{user}/roles", json={"roleIds": ids})
    return client.login("bob", password)
