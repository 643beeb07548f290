"""Scripts as rows, all in one partition."""

from __future__ import annotations

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.commit import Put, Write
from chalicelib.aws.table import DataRow, Key, fetch, partition
from chalicelib.vault.script import Script

SCRIPTS = "scripts"


class ScriptRow(DataRow, discriminator="script"):
    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    text = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    active = BooleanAttribute()
    category = NumberAttribute(default=0)


def script_key(id: int) -> Key:
    return (SCRIPTS, f"script#{id:010d}")


class ScriptStore:
    """Reads are consistent."""

    def all(self) -> list[Script]:
        """Every script, by id. One Query a MB."""
        return [_script_of(row) for row in partition(ScriptRow, SCRIPTS, begins="script#")]

    def fetch(self, id: int) -> Script | None:
        """One script. One read."""
        row = fetch(ScriptRow, *script_key(id)) if id > 0 else None
        return _script_of(row) if row else None

    def put(self, one: Script) -> Write:
        """Store a script, if it is still of the version that the change is based on."""
        row = ScriptRow(
            *script_key(one.id),
            id=one.id,
            name=one.name,
            text=one.text,
            description=one.description or None,
            active=one.is_active,
            category=one.category,
        )
        if one.version:
            row.version = one.version
        return Put(row)


def _script_of(row: ScriptRow) -> Script:
    return Script(
        int(row.id),
        row.name,
        row.text,
        row.description or "",
        row.active,
        int(row.category),
        int(row.version),
    )
