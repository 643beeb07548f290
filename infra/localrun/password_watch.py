"""Notices that the first password was changed: by the stored hash, so that no log-in ever fails."""

import logging
from dataclasses import dataclass, field
from typing import Any, Protocol

from infra.localrun.admin import Admin

log = logging.getLogger(__name__)


class Tables(Protocol):
    @property
    def dynamodb(self) -> Any: ...


@dataclass(slots=True)
class PasswordWatch:
    """Reads one row a look, and does argon2's work only when the hash is another than before."""

    aws: Tables
    table: str
    _looked_at: str = field(default="", init=False)
    _user: int = field(default=0, init=False)

    def is_changed(self, admin: Admin) -> bool:
        """Whether the administrator's present password is another; False when that is unknown."""
        if not admin.password:
            return False
        try:
            stored = self._stored(admin.username)
        except Exception:  # the emulator is busy or ending: the next look tells
            log.warning("the administrator's row cannot be read", exc_info=True)
            return False
        if stored in ("", self._looked_at):
            return False
        changed = not _matches(stored, admin.password)
        self._looked_at = "" if changed else stored
        return changed

    def _stored(self, username: str) -> str:
        """The hash in the administrator's row; "" without one."""
        from chalicelib.access.store.rows import login_key, name_key
        from chalicelib.access.user import folded

        if not self._user:
            owner = self._row(name_key("user", folded(username))).get("owner", {"N": "0"})
            self._user = int(owner["N"])
        if not self._user:
            return ""
        row = self._row(login_key(self._user))
        return str(row.get("password_hash", {}).get("S", ""))

    def _row(self, key: tuple[str, str]) -> dict[str, Any]:
        asked = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
        answer = self.aws.dynamodb.get_item(TableName=self.table, Key=asked, ConsistentRead=True)
        row: dict[str, Any] = answer.get("Item", {})
        return row


def _matches(stored: str, password: str) -> bool:
    from chalicelib.access.hashing import Argon2
    from chalicelib.core.plain import Plain

    return Argon2().matches(stored, Plain(password))
