"""The rows of settings: all in one, and those of mail with their sealed password."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute, VersionAttribute

from chalicelib.aws.commit import Put
from chalicelib.aws.envelope import Place
from chalicelib.aws.table import DataRow, fetch
from chalicelib.core.plain import Plain

from .mail import MailSettings
from .settings import Stored

KEY = ("settings", "settings")
MAIL = ("settings", "mail")
MAIL_PLACE = Place("mail-settings", "mail", "password")
HELD = ("sender", "sender_name", "server", "port", "implicit", "user")


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


class MailSettingsRow(DataRow, discriminator="mail-settings"):
    version = VersionAttribute()
    values = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False, null=True)


class Keyring(Protocol):
    def seal(self, plain: Plain, place: Place) -> bytes: ...

    def open(self, blob: bytes, place: Place) -> Plain: ...


@dataclass(frozen=True, slots=True)
class MailSettingsTable:
    """The one row of the settings of mail."""

    keyring: Keyring

    def fetch(self) -> MailSettings:
        """One GetItem."""
        row = fetch(MailSettingsRow, *MAIL)
        if row is None:
            return MailSettings()
        held = {name: value for name, value in json.loads(row.values).items() if name in HELD}
        return MailSettings(**held, sealed=bytes(row.sealed or b""), version=int(row.version))

    def store(self, settings: MailSettings) -> Put:
        """Over the version that it is based on."""
        held = {name: getattr(settings, name) for name in HELD}
        row = MailSettingsRow(*MAIL, values=json.dumps(held), sealed=settings.sealed or None)
        if settings.version:
            row.version = settings.version
        return Put(row)

    def sealed(self, password: Plain) -> bytes:
        return self.keyring.seal(password, MAIL_PLACE)

    def opened(self, settings: MailSettings) -> Plain:
        """Raises Unsealable if it was moved or altered."""
        return self.keyring.open(settings.sealed, MAIL_PLACE)
