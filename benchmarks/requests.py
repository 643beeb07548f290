"""What people's requests cost: one secret, read, made and changed through all of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from chalicelib import wiring
from chalicelib.core import totp
from chalicelib.core.ids import fresh_id
from tests.calls import AwsCall, recording
from tests.canary import canary
from tests.client import Answer

from .budget import Measure, Measured, calls
from .cluster import UNIX_ACCOUNT, Cluster, cluster, forget


@cache
def _all() -> Mapping[str, Sequence[AwsCall]]:
    with cluster() as ours:
        folder = ours.folder()
        path = f"/api/v1/secrets/{ours.unix_account(folder, canary())}"
        return {
            "read": _warm(lambda: ours.admin.get(path)),
            "read, epoch": _after_an_epoch(lambda: ours.admin.get(path)),
            "read, checked out": _held(ours, path),
            **_refused(ours, path),
            "field": _warm(lambda: ours.admin.get(f"{path}/fields/password")),
            "create": _warm(lambda: _create(ours, folder)),
            "update": _warm(lambda: _update(ours, path)),
            "write field": _warm(
                lambda: ours.admin.put(f"{path}/fields/password", {"value": canary()})
            ),
            "log in": _log_in(ours),
            "read, cold": _cold(lambda: ours.admin.get(path)),
        }


def request(name: str) -> Measure:
    """The calls of one of the requests above."""

    def measure(_: Path) -> Measured:
        return calls(_all()[name])

    return measure


def keys_used(_: Path) -> Measured:
    """The calls to KMS among those of every warm request above."""
    warm = [one for name, seen in _all().items() if name != "read, cold" for one in seen]
    return calls([one for one in warm if one.service == "kms"])


def _warm(ask: Callable[[], Answer]) -> Sequence[AwsCall]:
    """The calls of a later time: the fewer of two, since once a minute a session's token slides."""
    _answered(ask)
    return min(counted(ask), counted(ask), key=len)


def _log_in(ours: Cluster) -> Sequence[AwsCall]:
    """The calls of somebody with a second factor; by recovery codes, which cost the same."""
    password = canary()
    body = {"userName": "coded", "displayName": "Coded", "password": password}
    assert ours.admin.post("/api/v1/users", body).status == 200
    client, path = ours.admin.login("coded", password), "/api/v1/users/current/two-factor"
    seed = client.post(path, {"password": password}).json["secret"]
    code = totp.code_of(totp.from_text(seed), totp.step_of(wiring.clock()()))
    codes = iter(client.post(f"{path}/confirm", {"code": code}).json["recoveryCodes"])
    form = {"grant_type": "password", "username": "coded", "password": password}
    return _warm(lambda: ours.admin.post("/oauth2/token", form=form, headers={"OTP": next(codes)}))


def _held(ours: Cluster, path: str) -> Sequence[AwsCall]:
    """The calls of its holder, who reads; afterwards it is a secret like others again."""
    _set_checkout(ours, path, required=True)
    assert ours.admin.post(f"{path}/check-out").status == 200
    seen = _warm(lambda: ours.admin.get(path))
    assert ours.admin.post(f"{path}/check-in", {}).status == 200
    _set_checkout(ours, path, required=False)
    return seen


def _refused(ours: Cluster, path: str) -> Mapping[str, Sequence[AwsCall]]:
    """The calls of one who may not read it now, at first and within the same minute."""
    _set_checkout(ours, path, required=True)
    seen = []
    for _ in range(2):
        with recording() as made:
            assert ours.admin.get(path).status == 400
        seen.append(made.seen)
    _set_checkout(ours, path, required=False)
    return dict(zip(("read, refused", "read, refused again"), seen, strict=True))


def _set_checkout(ours: Cluster, path: str, *, required: bool) -> None:
    body = {"data": {"checkOutEnabled": {"dirty": True, "value": required}}}
    assert ours.admin.patch(f"{path}/security-checkout", body).status == 200


def _after_an_epoch(ask: Callable[[], Answer]) -> Sequence[AwsCall]:
    """The calls when somebody has changed a folder since the process read them."""

    def once() -> Sequence[AwsCall]:
        wiring.committer()([wiring.gate().bump("folders")])
        return counted(ask)

    _answered(ask)
    return min(once(), once(), key=len)


def _cold(ask: Callable[[], Answer]) -> Sequence[AwsCall]:
    forget()
    return counted(ask)


def counted(ask: Callable[[], Answer]) -> Sequence[AwsCall]:
    with recording() as made:
        _answered(ask)
    return made.seen


def _answered(ask: Callable[[], Answer]) -> None:
    answer = ask()
    assert answer.status == 200, answer.message


def _create(ours: Cluster, folder: int) -> Answer:
    values = {"machine": "host-1", "username": "app", "password": canary()}
    items = [{"slug": slug, "itemValue": value} for slug, value in values.items()]
    body = {"name": "app", "secretTemplateId": UNIX_ACCOUNT, "folderId": folder, "siteId": 1}
    return ours.admin.post("/api/v1/secrets", {**body, "items": items})


def _update(ours: Cluster, path: str) -> Answer:
    """Another name and another password."""
    items = [{"slug": "password", "itemValue": canary()}]
    return ours.admin.put(path, {"name": fresh_id(), "items": items})
