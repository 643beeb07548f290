"""What bulk operations cost: the share of one item of ten, in one slice."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.calls import AwsCall
from tests.canary import canary
from tests.client import Answer

from .budget import Measure, Measured, calls
from .cluster import Cluster, cluster
from .requests import counted

TOGETHER = 10
ACTIONS = ("move-to-folder", "run-heartbeat", "change-password-remotely", "add-to-group", "disable")


def item(action: str) -> Measure:
    """The calls of an operation's slice, from its claim to its end, for each of its items."""

    def measure(_: Path) -> Measured:
        return calls(_all()[action], TOGETHER)

    return measure


def asking(_: Path) -> Measured:
    """The calls of the request that begins an operation."""
    return calls(_all()["asking"])


@cache
def _all() -> Mapping[str, Sequence[AwsCall]]:
    with cluster() as ours:
        folder, other = ours.folder(), ours.folder()
        secrets = [ours.unix_account(folder, canary()) for _ in range(TOGETHER)]
        users = [_user(ours, number) for number in range(TOGETHER)]
        group = ours.made("/api/v1/groups", {"name": "Staff"})
        _slice(ours, "secret", "enable-heartbeat", {"secretIds": secrets})  # now all is warm
        bodies: dict[str, tuple[str, Mapping[str, object]]] = {
            "move-to-folder": ("secret", {"secretIds": secrets, "folderId": other}),
            "change-password-remotely": ("secret", {"secretIds": secrets}),
            "add-to-group": ("user", {"userIds": users, "groupId": group}),
            "disable": ("user", {"userIds": users}),
        }
        found = {name: _slice(ours, kind, name, data) for name, (kind, data) in bodies.items()}
        fresh = [ours.unix_account(folder, canary()) for _ in range(TOGETHER)]
        found["run-heartbeat"] = _slice(ours, "secret", "run-heartbeat", {"secretIds": fresh})
        found["import"] = _carried(ours, "/api/v1/secrets/import-csv-process", _rows())
        asked = {"notes": "a copy", "password": canary(), "folderId": other}
        found["export"] = _carried(ours, "/api/v2/secrets/export/job", {"data": asked})
        found["asking"] = counted(lambda: _ask(ours, "secret", "activate", {"secretIds": secrets}))
        return found


def _slice(ours: Cluster, kind: str, action: str, data: Mapping[str, object]) -> Sequence[AwsCall]:
    assert _ask(ours, kind, action, data).status == 200
    return ours.deliver("web", ours.taken("web"))


def _carried(ours: Cluster, path: str, body: Mapping[str, object]) -> Sequence[AwsCall]:
    answer = ours.admin.post(path, body)
    assert answer.status == 200, answer.message
    return ours.deliver("web", ours.taken("web"))


def _rows() -> Mapping[str, object]:
    """A file of so many secrets."""
    lines = ["Secret Name,Username,Password,Secret Template"]
    lines += [f"new {number},root,{canary()},Password" for number in range(TOGETHER)]
    return {"file": b64encode("\n".join(lines).encode()).decode()}


def _ask(ours: Cluster, kind: str, action: str, data: Mapping[str, object]) -> Answer:
    return ours.admin.post(f"/api/v1/bulk-{kind}-operations/{action}", {"data": data})


def _user(ours: Cluster, number: int) -> int:
    body = {"userName": f"user{number}", "displayName": "x", "password": canary()}
    return ours.made("/api/v1/users", body)
