"""The one row of stored settings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pynamodb.attributes import UnicodeAttribute, VersionAttribute

from chalicelib.aws.commit import Put
from chalicelib.aws.table import DataRow, fetch

from .settings import Stored

KEY = ("settings", "settings")


class SettingsRow(DataRow, discriminator="settings"):
    version = VersionAttribute()
    values = UnicodeAttribute()


class SettingsTable:
    """Reads and writes the row."""

    def fetch(self) -> tuple[dict[str, Stored], int]:
        """What is stored, and the version of the row (0: none yet). One GetItem."""
        row = fetch(SettingsRow, *KEY)
        return (json.loads(row.values), int(row.version)) if row else ({}, 0)

    def store(self, values: Mapping[str, Stored], version: int) -> Put:
        """Write all of them over the row of that version; fails when it has changed since."""
        row = SettingsRow(*KEY, values=json.dumps(values, sort_keys=True))
        if version:
            row.version = version
        return Put(row)
