"""What the use cases of keys need of others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.core.audit import AuditRecord
from chalicelib.core.messages import Message
from chalicelib.keys.rotation import Page, Rotation
from chalicelib.keys.wishes import KeysSeen, Wishes

QUEUE = "key-rotation"
ROTATE, TEND = "keys.rotate", "keys.tend"
LIFE = timedelta(days=4)
"""Of a message, as long as SQS keeps one; a slice makes a fresh one for the next."""


class Who(Protocol):
    """Who asks: access's Principal fits."""

    @property
    def user_id(self) -> int: ...
    @property
    def address(self) -> str: ...


class Outgoing(Protocol):
    def __call__(self, queue: str, message: Message) -> Any:
        """A message to send with a commit."""


class Commit(Protocol):
    def __call__(
        self, writes: Sequence[Any], audit: Sequence[AuditRecord] = (), events: Sequence[Any] = ()
    ) -> None: ...


class Send(Protocol):
    def send(self, queue: str, messages: Sequence[Message], delay: timedelta) -> None: ...


class Rotations(Protocol):
    """The row of the newest rotation."""

    def newest(self) -> Rotation | None:
        """One GetItem."""

    def put(self, rotation: Rotation) -> Any:
        """The write of it over the version it is based on."""

    def save(self, rotation: Rotation) -> Rotation:
        """Write it by itself; as stored, with its new version. Raises Conflict."""

    def cancel(self, id: str) -> Any:
        """The write that asks for its end."""

    def is_cancelled(self, id: str) -> bool:
        """Whether its end was asked for. One GetItem."""


class Ring(Protocol):
    """The keyring, and what may be done to it. The keys that a process knows are read anew."""

    def add_key(self, now: datetime) -> tuple[Any, int, str]:
        """A new primary data key: the write, its id, and to which escrow key it is boxed."""

    def set_escrow(self, public: bytes, now: datetime) -> Any | None:
        """The write that boxes all data keys to that public key; None when they are."""

    def wrap_anew(self, now: datetime) -> Any:
        """The write that wraps all data keys by the KMS key's present material."""

    def is_moving(self) -> bool:
        """Whether the KMS key is being replaced. One GetItem."""

    def seen(self) -> KeysSeen:
        """The keyring as people are shown it: nothing secret. One GetItem."""

    def forget(self) -> None: ...


class Rows(Protocol):
    """All rows that hold sealed values."""

    def count(self, cursor: str) -> Page:
        """Count some. One Scan."""

    def reseal(self, cursor: str) -> Page:
        """Seal anew what another key than the primary one has sealed, on some rows."""


class WishStore(Protocol):
    def wishes(self) -> Wishes: ...

    def put(self, wishes: Wishes) -> Any: ...
