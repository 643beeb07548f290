"""The first administrator: made with a one-time set-up code, his first password generated once."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.localrun.accounts import fresh_password
from infra.localrun.api import Api, ApiError
from infra.localrun.generations import write_whole

_CODE_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Admin:
    """`password` is "" once it was changed: then the launcher knows it no more."""

    username: str
    password: str
    exists: bool = False


def admin_in(folder: Path) -> Admin:
    path = folder / "admin.json"
    if path.exists():
        return Admin(**json.loads(path.read_text()))
    return _kept(folder, Admin("admin", fresh_password()))


def login(admin: Admin, api: Api, folder: Path) -> Api | None:
    """Signed in as the administrator; None when the first password does not open any more."""
    if not admin.password:
        return None
    try:
        return api.login(admin.username, admin.password)
    except ApiError as error:
        if error.status not in (400, 401, 403):
            raise
        _kept(folder, replace(admin, password=""))
        return None


def make(admin: Admin, api: Api, dynamodb: Any, table: str, folder: Path) -> Admin:
    """Have the API make the administrator; repeated after a crash, it finds him made."""
    if admin.exists:
        return admin
    code = secrets.token_urlsafe(24)
    dynamodb.put_item(TableName=table, Item=_row(code))
    request = {"code": code, "userName": admin.username, "password": admin.password}
    try:
        api.post("setup", request)
    except ApiError as error:
        if error.status not in (400, 403, 404, 409) or login(admin, api, folder) is None:
            raise
    return _kept(folder, replace(admin, exists=True))


def _row(code: str) -> dict[str, dict[str, str]]:
    """What `make deploy` writes too: the code's hash only, good for a short time."""
    from chalicelib.core.clock import stamp

    values = {
        "pk": "setup",
        "sk": "setup",
        "kind": "setup",
        "code_hash": hashlib.sha256(code.encode()).hexdigest(),
        "expires_at": stamp(datetime.now(UTC) + _CODE_LIFE),
    }
    return {name: {"S": value} for name, value in values.items()}


def _kept(folder: Path, admin: Admin) -> Admin:
    write_whole(folder / "admin.json", json.dumps(asdict(admin), indent=1))
    return admin
