"""A first password that was changed is noticed by its stored hash, and by nothing else."""

from collections.abc import Mapping
from typing import Any

from chalicelib.access.hashing import Argon2
from chalicelib.access.store.rows import login_key, name_key
from chalicelib.core.plain import Plain
from infra.localrun.accounts import fresh_password
from infra.localrun.admin import Admin
from infra.localrun.password_watch import PasswordWatch


class FakeAws:
    """A table of two rows: whose the name is, and his hash."""

    def __init__(self, password: str) -> None:
        self.rows: dict[tuple[str, str], Mapping[str, Any]] = {
            name_key("user", "admin"): {"owner": {"N": "7"}}
        }
        self.is_down = False
        self.set(password)

    def set(self, password: str) -> None:
        hashed = Argon2().hash(Plain(password))
        self.rows[login_key(7)] = {"password_hash": {"S": hashed}}

    @property
    def dynamodb(self) -> "FakeAws":
        return self

    def get_item(self, Key: Mapping[str, Any], **_: object) -> dict[str, Any]:  # noqa: N803
        if self.is_down:
            raise ConnectionError
        row = self.rows.get((Key["pk"]["S"], Key["sk"]["S"]))
        return {"Item": row} if row else {}


def test_a_password_that_still_opens_is_not_changed_even_when_hashed_anew() -> None:
    first = fresh_password()
    aws = FakeAws(first)
    watch = PasswordWatch(aws, "table")
    admin = Admin("admin", first, exists=True)
    assert not watch.is_changed(admin)
    aws.set(first)
    assert not watch.is_changed(admin)


def test_another_password_is_noticed() -> None:
    first = fresh_password()
    aws = FakeAws(first)
    watch = PasswordWatch(aws, "table")
    admin = Admin("admin", first, exists=True)
    assert not watch.is_changed(admin)
    aws.set(fresh_password())
    assert watch.is_changed(admin)
    assert not watch.is_changed(Admin("admin", "", exists=True))


def test_what_cannot_be_read_says_nothing() -> None:
    aws = FakeAws(fresh_password())
    watch = PasswordWatch(aws, "table")
    admin = Admin("admin", fresh_password(), exists=True)
    aws.is_down = True
    assert not watch.is_changed(admin)
    aws.is_down = False
    aws.rows.pop(login_key(7))
    assert not watch.is_changed(admin)
