"""The cluster's data keys, wrapped under its KMS key (DESIGN 6; guide: encryption.config).

One row holds them all. A warm process keeps them unwrapped for five minutes at most: reads then
cost no KMS call, and revoking the KMS key bites within that time. What changes the row afterwards
(rotation, escrow, another KMS key) is in `keyring_changes`; no data key is ever taken out of it.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.core.clock import Clock, stamp
from chalicelib.core.errors import Conflict, Unavailable, Unsealable
from chalicelib.core.plain import Plain

from . import clients, envelope
from .connection import connection, moved
from .envelope import Place
from .faults import known_faults
from .stored import ListOfMaps, StoredMap
from .table import DataRow, fetch

KEPT = timedelta(minutes=5)
_NO_SALT = b"\0" * 32


class WrappedKey(StoredMap):
    """A data key wrapped by the KMS key; by the one that replaces it (`next`); and boxed to the
    operator's escrow key (`box`)."""

    id = NumberAttribute()
    wrapped = BinaryAttribute(legacy_encoding=False)
    made_at = UnicodeAttribute()
    next = BinaryAttribute(legacy_encoding=False, null=True)
    box = BinaryAttribute(legacy_encoding=False, null=True)


class KeyringRow(DataRow, discriminator="keyring"):
    """`next_arn`: the KMS key that replaces the cluster's, while that goes on."""

    version = VersionAttribute()
    cluster_id = UnicodeAttribute()
    primary = NumberAttribute()
    fingerprint = UnicodeAttribute()
    keys = ListOfMaps(of=WrappedKey)
    next_arn = UnicodeAttribute(null=True)
    escrow_key = BinaryAttribute(legacy_encoding=False, null=True)
    escrow_at = UnicodeAttribute(null=True)
    rewrapped_at = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class OpenKeys:
    """The keyring unwrapped, for the few minutes it is kept."""

    cluster_id: str
    primary: int
    keys: dict[int, bytes] = field(repr=False)
    until: datetime


@dataclass(slots=True)
class Keyring:
    """Seals and opens values. Raises Unavailable while KMS or the table refuse. Thread-safe."""

    clock: Clock
    _open: OpenKeys | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seal(self, plain: Plain, place: Place) -> bytes:
        """The blob of a value for that place and no other."""
        return self.seal_bytes(plain.reveal().encode(), place)

    def open(self, blob: bytes, place: Place) -> Plain:
        """The value of a blob. Raises Unsealable when it was sealed elsewhere, or altered."""
        return Plain(self.open_bytes(blob, place).decode())

    def seal_bytes(self, raw: bytes, place: Place) -> bytes:
        """The same of what is no text: part of a backup, a file."""
        ring = self._ring()
        return envelope.seal(ring.keys[ring.primary], ring.primary, raw, ring.cluster_id, place)

    def open_bytes(self, blob: bytes, place: Place) -> bytes:
        """What `seal_bytes` was given. Raises Unsealable as `open` does.

        A blob of a key that this process does not know yet: another process has rotated.
        """
        ring = self._ring()
        if envelope.key_id_of(blob) not in ring.keys:
            ring = self._ring(instead_of=ring)
        return opened(ring, blob, place)

    def mac(self, purpose: str, text: bytes) -> str:
        """A keyed hash for one purpose, in hex; by the first data key, so rotation keeps it."""
        return ring_mac(self._ring(), purpose, text)

    def hasher(self, key_id: int, purpose: str) -> Callable[[bytes], bytes]:
        """Keyed hashes for one purpose by the data key of that number. Unsealable for none such.

        What it holds opens nothing; whoever keeps it keeps it past the minutes of the ring.
        """
        ring = self._ring()
        if key_id not in ring.keys:
            ring = self._ring(instead_of=ring)
        if key_id not in ring.keys:
            raise Unsealable
        own = envelope.derive(ring.keys[key_id], purpose, "", _NO_SALT, envelope.KEY_BYTES)
        return lambda text: hmac.digest(own, text, "sha256")

    def fingerprint(self) -> str:
        """What only the right keys yield: nodes compare it (guide: configurations do not match)."""
        return self.mac("fingerprint", self._ring().cluster_id.encode())[:16]

    def cluster_id(self) -> str:
        return self._ring().cluster_id

    def key_ids(self) -> frozenset[int]:
        """The numbers of the data keys that there are."""
        return frozenset(self._ring().keys)

    def primary(self) -> int:
        """The id of the data key that seals."""
        return self._ring().primary

    def forget(self) -> None:
        """Unwrap anew at the next use."""
        self._open = None

    def _ring(self, instead_of: OpenKeys | None = None) -> OpenKeys:
        with self._lock:
            known = self._open
            if known is None or known is instead_of or self.clock() >= known.until:
                self._open = None
                self._open = known = self._read()
            return known

    def _read(self) -> OpenKeys:
        """The ring anew; by another KMS key, if the connection names one since it was read."""
        before = connection().key_arn
        try:
            return unwrap(stored(), self.clock() + KEPT)
        except Unavailable:
            if not moved(before):
                raise
            return unwrap(stored(), self.clock() + KEPT)


def opened(ring: OpenKeys, blob: bytes, place: Place) -> bytes:
    """What a blob holds, by the key of the ring that sealed it. Raises Unsealable."""
    key = ring.keys.get(envelope.key_id_of(blob))
    if key is None:
        raise Unsealable
    return envelope.unseal(key, blob, ring.cluster_id, place)


def ring_mac(ring: OpenKeys, purpose: str, text: bytes) -> str:
    """A keyed hash by the ring's first key."""
    return mac(ring.keys[min(ring.keys)], purpose, text)


def mac(data_key: bytes, purpose: str, text: bytes) -> str:
    """HMAC-SHA256 under the key that a data key yields for one purpose."""
    own = envelope.derive(data_key, purpose, "", _NO_SALT, envelope.KEY_BYTES)
    return hmac.new(own, text, "sha256").hexdigest()


def key() -> tuple[str, str]:
    return ("keyring", "keyring")


def stored() -> KeyringRow:
    """The row as it lies there, its keys wrapped."""
    row = fetch(KeyringRow, *key())
    if row is None:
        raise Unavailable("the cluster has no keyring yet: its first node's agent makes it")
    return row


def unwrap(row: KeyringRow, until: datetime) -> OpenKeys:
    """Open every key of the row by KMS. One Decrypt a key."""
    kms = clients.client("kms")
    keys: dict[int, bytes] = {}
    for one in row.keys:
        with known_faults("opening the keyring by KMS"):
            answer = kms.decrypt(
                CiphertextBlob=wrapping(row, one, connection().key_arn),
                KeyId=connection().key_arn,
                EncryptionContext=context(row.cluster_id, int(one.id)),
            )
        keys[int(one.id)] = answer["Plaintext"]
    return OpenKeys(row.cluster_id, int(row.primary), keys, until)


def wrapping(row: KeyringRow, one: WrappedKey, key_arn: str) -> bytes:
    """The data key as that KMS key wrapped it: the cluster's, or the one that replaces it."""
    by_next = bool(row.next_arn) and same_key(row.next_arn, key_arn)
    return bytes(one.next if by_next else one.wrapped)


def same_key(arn: str, other: str) -> bool:
    """Whether both name one KMS key: a multi-region key has the same id in every region."""
    return arn.rpartition("/")[2] == other.rpartition("/")[2]


def context(cluster_id: str, key_id: int) -> dict[str, str]:
    """What a wrapped key is bound to."""
    return {"conclave:cluster": cluster_id, "conclave:key": str(key_id)}


def make(cluster_id: str, clock: Clock, commit: Callable[[KeyringRow], None]) -> None:
    """Make the keyring of a new cluster; `commit` must never replace one."""
    with known_faults("making a data key by KMS"):
        made = clients.client("kms").generate_data_key(
            KeyId=connection().key_arn,
            KeySpec="AES_256",
            EncryptionContext=context(cluster_id, 1),
        )
    wrapped = WrappedKey(  # type: ignore[no-untyped-call]
        id=1, wrapped=made["CiphertextBlob"], made_at=stamp(clock())
    )
    commit(
        KeyringRow(
            *key(),
            cluster_id=cluster_id,
            primary=1,
            fingerprint=mac(made["Plaintext"], "fingerprint", cluster_id.encode())[:16],
            keys=[wrapped],
        )
    )


def make_if_absent(cluster_id: str, clock: Clock) -> bool:
    """Make the keyring unless there is one; true when this call made it. May be repeated."""

    def save(row: KeyringRow) -> None:
        with known_faults("writing the keyring"):
            row.save(KeyringRow.pk.does_not_exist())

    if fetch(KeyringRow, *key()) is not None:
        return False
    try:
        make(cluster_id, clock, save)
    except Conflict:
        return False
    return True
