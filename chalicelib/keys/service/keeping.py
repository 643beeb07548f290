"""The keyring besides rotation: shown, boxed for escrow, wrapped anew by its KMS key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.clock import Clock
from chalicelib.core.errors import StillUsed
from chalicelib.core.messages import Message, message
from chalicelib.keys.wishes import KeysSeen, Wishes, checked, is_rewrap_due

from .ports import LIFE, QUEUE, TEND, Commit, Outgoing, Ring, Who, WishStore


@dataclass(frozen=True, slots=True)
class Shown:
    """The keyring as it is, and what is wanted of it."""

    seen: KeysSeen
    wishes: Wishes

    @property
    def is_escrow_pending(self) -> bool:
        return self.wishes.version > 0 and self.wishes.escrow != self.seen.escrow

    @property
    def is_rewrap_pending(self) -> bool:
        return is_rewrap_due(self.wishes, self.seen)


@dataclass(frozen=True)
class KeyService:
    """What people ask is written down first; the rotation function alone changes the keyring.

    short: what people compare of a public key
    """

    store: WishStore
    ring: Ring
    commit: Commit
    outgoing: Outgoing
    short: Callable[[bytes], str]
    ids: Callable[[], str]
    clock: Clock

    def shown(self) -> Shown:
        """Two reads, and one Decrypt a key when this process does not know the keys yet."""
        return Shown(self.ring.seen(), self.store.wishes())

    def escrow(self, who: Who, public: bytes, now: datetime) -> Shown:
        """Box all data keys, those of the future too, to that public key; b"" ends escrow.

        Raises Invalid for what is no key, Conflict: then repeat. May be repeated.
        """
        shown = self.shown()
        wanted = checked(public) if public else b""
        if shown.wishes.version and shown.wishes.escrow == wanted and not shown.is_escrow_pending:
            return shown
        wishes = replace(shown.wishes, escrow=wanted, escrow_by=who.user_id)
        detail = f"escrow key {self.short(wanted)}" if wanted else "no escrow any more"
        return self._wish(who, wishes, "ESCROW KEY REQUESTED", detail, now)

    def rewrap(self, who: Who, now: datetime) -> Shown:
        """Wrap all data keys anew, by the present material of the same KMS key."""
        shown = self.shown()
        if shown.seen.next_arn:
            raise StillUsed("the KMS key is being replaced (make rekey): that wraps all keys anew")
        wishes = replace(shown.wishes, rewrap_at=now, rewrap_by=who.user_id)
        return self._wish(who, wishes, "REWRAP KEYS REQUESTED", shown.seen.key_arn, now)

    def _wish(self, who: Who, wishes: Wishes, action: str, detail: str, now: datetime) -> Shown:
        audit = AuditRecord(who.user_id, action, "Keyring", "keyring", now, detail, who.address)
        asked: Message = message(self.ids(), TEND, now, LIFE, {})
        self.commit([self.store.put(wishes)], [audit], [self.outgoing(QUEUE, asked)])
        return self.shown()

    # -- the worker

    def tend(self) -> None:
        """Bring the keyring in line with what is wanted. May be repeated; Conflict: again."""
        wishes = self.store.wishes()
        self.ring.forget()
        self._tend_escrow(wishes)
        if is_rewrap_due(wishes, self.ring.seen()):
            self._tend_wrapping()

    def _tend_escrow(self, wishes: Wishes) -> None:
        now = self.clock()
        write = self.ring.set_escrow(wishes.escrow, now) if wishes.version else None
        if write is None:
            return
        detail = (
            f"all data keys are boxed to escrow key {self.short(wishes.escrow)}"
            if wishes.escrow
            else "the boxes of all data keys are taken out: no escrow"
        )
        self.commit([write], [AuditRecord(SYSTEM, "ESCROW", "Keyring", "keyring", now, detail)])

    def _tend_wrapping(self) -> None:
        now = self.clock()
        write = self.ring.wrap_anew(now)
        detail = "all data keys are wrapped by the present material of the KMS key"
        self.commit([write], [AuditRecord(SYSTEM, "REWRAP", "Keyring", "keyring", now, detail)])
