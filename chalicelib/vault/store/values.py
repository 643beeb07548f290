"""Values of fields, sealed for their secret, field and version, and opened again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from chalicelib.aws import envelope
from chalicelib.aws.envelope import Place
from chalicelib.core.errors import Unsealable
from chalicelib.core.plain import Plain
from chalicelib.vault.attachment import FileFacts
from chalicelib.vault.double_lock import NONE_OPEN, OpenLocks, RequiresDoubleLockPassword
from chalicelib.vault.secret import FieldValue


class Keyring(Protocol):
    def seal(self, plain: Plain, place: Place) -> bytes: ...

    def open(self, blob: bytes, place: Place) -> Plain: ...

    def seal_bytes(self, raw: bytes, place: Place) -> bytes: ...

    def open_bytes(self, blob: bytes, place: Place) -> bytes: ...

    def cluster_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Values:
    """Seals and opens the values of secrets.

    opened: the DoubleLocks whose keys are at hand
    lock:   the one whose key seals a new value, inside the cluster's own seal; 0 for none
    """

    keyring: Keyring
    opened: OpenLocks = field(default_factory=lambda: NONE_OPEN, repr=False)
    lock: int = 0

    def under(self, opened: OpenLocks, lock: int = 0) -> Values:
        """The same with those locks open."""
        return replace(self, opened=opened, lock=lock)

    def seal(
        self, secret_id: int, key: str, version: int, value: Plain, at: datetime
    ) -> FieldValue:
        """The sealed value; of an empty one nothing is kept but its version."""
        if not value:
            return FieldValue(key, version, at)
        if not self.lock:
            sealed = self.keyring.seal(value, _place(secret_id, key, version))
            return FieldValue(key, version, at, sealed)
        return self._seal(secret_id, FieldValue(key, version, at), value.reveal().encode())

    def seal_raw(  # noqa: PLR0913 - whose, which and what
        self, secret_id: int, key: str, version: int, raw: bytes, at: datetime, file: FileFacts
    ) -> FieldValue:
        """The same of a file: `raw` is its content, or the key of what lies in the bucket."""
        return self._seal(secret_id, FieldValue(key, version, at, file=file), raw)

    def open_raw(self, secret_id: int, value: FieldValue) -> bytes:
        """What `seal_raw` was given. Raises Unsealable as `open` does."""
        place = _place(secret_id, value.key, value.version)
        raw = self.keyring.open_bytes(value.sealed, place)
        if not value.lock:
            return raw
        keys = self.opened.get(value.lock)
        if keys is None:
            raise RequiresDoubleLockPassword
        key = keys.get(envelope.key_id_of(raw))
        if key is None:
            raise Unsealable
        return envelope.unseal(key, raw, self.keyring.cluster_id(), _inside(place, value.lock))

    def open(self, secret_id: int, value: FieldValue | None) -> Plain:
        """The value in the clear, empty for none.

        Raises Unsealable if it was moved or altered, RequiresDoubleLockPassword if it is under a
        lock that is not open.
        """
        if value is None or not value.sealed:
            return Plain("")
        if value.lock:
            return Plain(self.open_raw(secret_id, value).decode())
        return self.keyring.open(value.sealed, _place(secret_id, value.key, value.version))

    def moved(self, secret_id: int, value: FieldValue) -> FieldValue:
        """The same value, of the same version, under `lock`."""
        if not value.sealed:
            return value
        return self._seal(secret_id, value, self.open_raw(secret_id, value))

    def _seal(self, secret_id: int, value: FieldValue, raw: bytes) -> FieldValue:
        place = _place(secret_id, value.key, value.version)
        if self.lock:
            keys = self.opened.get(self.lock)
            if keys is None:
                raise RequiresDoubleLockPassword
            newest, inside = max(keys), _inside(place, self.lock)
            raw = envelope.seal(keys[newest], newest, raw, self.keyring.cluster_id(), inside)
        return replace(value, sealed=self.keyring.seal_bytes(raw, place), lock=self.lock)


def _inside(place: Place, lock: int) -> Place:
    """Where the seal of a lock belongs."""
    return replace(place, kind=f"double-lock {lock}")


def _place(secret_id: int, key: str, version: int) -> Place:
    return Place("secret", str(secret_id), key, version)
