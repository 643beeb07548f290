"""Settings: read once a process for as long as the gate's `settings` epoch stands still."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.core.audit import AuditRecord
from chalicelib.core.clock import Clock

from .settings import Settings, Stored, checked, stored_form, with_stored

EPOCH = "settings"
KEPT = timedelta(seconds=10)
LATELY = timedelta(hours=1)


class SettingsStore(Protocol):
    def fetch(self) -> tuple[dict[str, Stored], int]: ...

    def store(self, values: Mapping[str, Stored], version: int) -> Any: ...


class Commit(Protocol):
    def __call__(self, writes: Sequence[Any], audit: Sequence[AuditRecord] = ()) -> None: ...


class Announce(Protocol):
    def __call__(self, epoch: str, lenient: bool) -> Any:
        """The write that tells other processes to read again, and the gate what it must know."""


@dataclass(frozen=True, slots=True)
class _Copy:
    settings: Settings
    epoch: int | None
    until: datetime


@dataclass(slots=True)
class SettingsService:
    """Thread-safe."""

    table: SettingsStore
    commit: Commit
    announce: Announce
    clock: Clock
    _copy: _Copy | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, epoch: int) -> Settings:
        """The settings as of the gate's `settings` epoch; one GetItem when it has moved."""
        with self._lock:
            if self._copy is None or self._copy.epoch != epoch:
                self._copy = self._read(epoch)
            return self._copy.settings

    def current(self) -> Settings:
        """The settings for those who have read no gate: at most ten seconds old."""
        with self._lock:
            if self._copy is None or self.clock() >= self._copy.until:
                self._copy = self._read(None)
            return self._copy.settings

    def lately(self) -> Settings:
        """The settings as of the last hour: for what is kept for days."""
        with self._lock:
            if self._copy is None or self.clock() >= self._copy.until + LATELY:
                self._copy = self._read(None)
            return self._copy.settings

    def fresh(self) -> Settings:
        """The settings as they are now, for those who look at them. One GetItem."""
        return with_stored(self.table.fetch()[0])

    def change(self, actor: int, changes: Mapping[str, object], address: str = "") -> Settings:
        """Set some of them, for every node at once. Raises Invalid, or Conflict: then repeat."""
        stored, version = self.table.fetch()
        values = {**stored, **stored_form(changes)}
        settings = checked(with_stored(values))
        detail = ", ".join(f"{name}: {_told(values[name])}" for name in sorted(changes))
        now = self.clock()
        audit = AuditRecord(actor, "UPDATE", "Configuration", "settings", now, detail, address)
        announced = self.announce(EPOCH, settings.allow_version_mismatch)
        self.commit([self.table.store(values, version), announced], [audit])
        self._copy = None
        return settings

    def _read(self, epoch: int | None) -> _Copy:
        return _Copy(with_stored(self.table.fetch()[0]), epoch, self.clock() + KEPT)


def _told(value: Stored) -> str:
    """A value as the trail has it: lists with commas."""
    return ", ".join(value) if isinstance(value, list) else str(value)
