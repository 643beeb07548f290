"""Values of fields, sealed for their secret, field and version, and opened again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.aws.envelope import Place
from chalicelib.core.plain import Plain
from chalicelib.vault.attachment import FileFacts
from chalicelib.vault.secret import FieldValue


class Keyring(Protocol):
    def seal(self, plain: Plain, place: Place) -> bytes: ...

    def open(self, blob: bytes, place: Place) -> Plain: ...

    def seal_bytes(self, raw: bytes, place: Place) -> bytes: ...

    def open_bytes(self, blob: bytes, place: Place) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Values:
    """Seals and opens the values of secrets."""

    keyring: Keyring

    def seal(
        self, secret_id: int, key: str, version: int, value: Plain, at: datetime
    ) -> FieldValue:
        """The sealed value; of an empty one nothing is kept but its version."""
        sealed = self.keyring.seal(value, _place(secret_id, key, version)) if value else b""
        return FieldValue(key, version, at, sealed)

    def seal_raw(  # noqa: PLR0913 - whose, which and what
        self, secret_id: int, key: str, version: int, raw: bytes, at: datetime, file: FileFacts
    ) -> FieldValue:
        """The same of a file: `raw` is its content, or the key of what lies in the bucket."""
        sealed = self.keyring.seal_bytes(raw, _place(secret_id, key, version))
        return FieldValue(key, version, at, sealed, file)

    def open_raw(self, secret_id: int, value: FieldValue) -> bytes:
        """What `seal_raw` was given. Raises Unsealable as `open` does."""
        return self.keyring.open_bytes(value.sealed, _place(secret_id, value.key, value.version))

    def open(self, secret_id: int, value: FieldValue | None) -> Plain:
        """The value in the clear, empty for none. Raises Unsealable if it was moved or altered."""
        if value is None or not value.sealed:
            return Plain("")
        return self.keyring.open(value.sealed, _place(secret_id, value.key, value.version))


def _place(secret_id: int, key: str, version: int) -> Place:
    return Place("secret", str(secret_id), key, version)
