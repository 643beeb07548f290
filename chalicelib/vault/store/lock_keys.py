"""The keys of DoubleLocks: pairs, boxes and editions, made and opened. Nothing is stored here."""

from __future__ import annotations

import os
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.access.hashing import Cost, cost, key_from
from chalicelib.aws import envelope
from chalicelib.aws.envelope import KEY_BYTES, Place
from chalicelib.core import sealing
from chalicelib.core.plain import Plain
from chalicelib.core.sealing import Opener
from chalicelib.vault.double_lock import DoubleLock, Holder, KeyPair

_HEAD = struct.Struct(">IBB16s")  # argon2id: memory in KiB, passes, lanes, salt


class Keyring(Protocol):
    def seal_bytes(self, raw: bytes, place: Place) -> bytes: ...

    def open_bytes(self, blob: bytes, place: Place) -> bytes: ...

    def cluster_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class LockKeys:
    keyring: Keyring

    def fresh_pair(self, user_id: int, id: str, password: Plain, number: int = 0) -> KeyPair:
        """A pair whose private half that password opens. number: of the user's last password"""
        opener = Opener.fresh()
        return self._closed(KeyPair(user_id, id, number, opener.public(), b""), opener, password)

    def opened(self, pair: KeyPair, password: Plain) -> Opener:
        """The private half. Unsealable for another password. Slow on purpose: throttle first."""
        raw = self.keyring.open_bytes(pair.sealed, _outside(pair))
        memory, passes, lanes, salt = _HEAD.unpack_from(raw)
        key = key_from(password, salt, Cost(memory, passes, lanes))
        cluster = self.keyring.cluster_id()
        return Opener(envelope.unseal(key, raw[_HEAD.size :], cluster, _inside(pair)))

    def closed_anew(self, pair: KeyPair, opener: Opener, password: Plain) -> KeyPair:
        """The same pair under another password."""
        return self._closed(pair, opener, password)

    def fresh_lock(self, id: int, name: str, pair: KeyPair) -> DoubleLock:
        """A lock with one holder, whose password is not needed for it."""
        return self._boxed(DoubleLock(id, name), os.urandom(KEY_BYTES), pair)

    def keys(self, lock: DoubleLock, holder: Holder, opener: Opener) -> Mapping[int, bytes]:
        """The key of each edition of the lock. Unsealable when the box is not for that pair."""
        about = self._about(lock, holder.user_id)
        keys = {lock.edition: bytes.fromhex(opener.open(holder.box, about).reveal())}
        for edition in range(lock.edition - 1, 0, -1):
            blob, place = lock.former[edition], _chained(lock, edition)
            keys[edition] = envelope.unseal(
                keys[edition + 1], blob, self.keyring.cluster_id(), place
            )
        return keys

    def shared(self, lock: DoubleLock, keys: Mapping[int, bytes], pair: KeyPair) -> DoubleLock:
        """The lock with one more holder."""
        return self._boxed(lock, keys[lock.edition], pair)

    def renewed(
        self, lock: DoubleLock, keys: Mapping[int, bytes], pairs: Collection[KeyPair]
    ) -> DoubleLock:
        """The lock with a new key, held by whose pairs those are and by nobody else."""
        fresh, edition = os.urandom(KEY_BYTES), lock.edition + 1
        place, cluster = _chained(lock, lock.edition), self.keyring.cluster_id()
        chained = envelope.seal(fresh, edition, keys[lock.edition], cluster, place)
        former = {**lock.former, lock.edition: chained}
        renewed = replace(lock, edition=edition, former=former, holders=())
        for pair in pairs:
            renewed = self._boxed(renewed, fresh, pair)
        return renewed

    def _boxed(self, lock: DoubleLock, key: bytes, pair: KeyPair) -> DoubleLock:
        box = sealing.seal(Plain(key.hex()), pair.public, self._about(lock, pair.user_id))
        return lock.held_by(Holder(pair.user_id, pair.id, box))

    def _about(self, lock: DoubleLock, user_id: int) -> bytes:
        return sealing.about_lock(self.keyring.cluster_id(), lock.id, lock.edition, user_id)

    def _closed(self, pair: KeyPair, opener: Opener, password: Plain) -> KeyPair:
        pair = replace(pair, number=pair.number + 1)
        at, salt = cost(), os.urandom(16)
        key, cluster = key_from(password, salt, at), self.keyring.cluster_id()
        inner = envelope.seal(key, 0, opener.seed(), cluster, _inside(pair))
        raw = _HEAD.pack(at.memory_kib, at.passes, at.lanes, salt) + inner
        return replace(pair, sealed=self.keyring.seal_bytes(raw, _outside(pair)))


def _outside(pair: KeyPair) -> Place:
    return Place("double-lock-pair", str(pair.user_id), "private", pair.number)


def _inside(pair: KeyPair) -> Place:
    return Place("double-lock-private", str(pair.user_id), pair.id, pair.number)


def _chained(lock: DoubleLock, edition: int) -> Place:
    return Place("double-lock-former", str(lock.id), "key", edition)
