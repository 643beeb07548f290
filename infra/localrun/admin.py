"""The first administrator: made with a one-time set-up code, his first password generated once."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from infra.localrun.accounts import fresh_password
from infra.localrun.api import Api, ApiError
from infra.localrun.generations import write_whole


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
    """Signed in as the administrator; None when that is not possible (any more).

    A password that is refused was changed, and is forgotten. A cluster that is too busy, or that
    does not take logins now, says nothing about it.
    """
    if not admin.password:
        return None
    try:
        return api.login(admin.username, admin.password)
    except ApiError as error:
        if error.status in (400, 401, 403):
            forget_password(admin, folder)
        return None


def forget_password(admin: Admin, folder: Path) -> Admin:
    """It was changed: neither the file nor anybody who asks from now on has it."""
    return _kept(folder, replace(admin, password=""))


def make(admin: Admin, api: Api, table: str, folder: Path) -> Admin:
    """Have the API make the administrator; repeated after a crash, it finds him made."""
    from infra.setup_code import offer

    if admin.exists:
        return admin
    code = offer(table, datetime.now(UTC))
    if code:
        request = {"code": code, "userName": admin.username, "password": admin.password}
        api.post("setup", request)
    return _kept(folder, replace(admin, exists=True))


def _kept(folder: Path, admin: Admin) -> Admin:
    write_whole(folder / "admin.json", json.dumps(asdict(admin), indent=1))
    return admin
