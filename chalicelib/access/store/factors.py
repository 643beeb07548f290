"""Second factors: the writes that change them, and their seeds, sealed and opened."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pynamodb.expressions.condition import Condition

from chalicelib.access.factor import Factor
from chalicelib.aws.commit import Delete, Put, Update, Write
from chalicelib.aws.envelope import Place
from chalicelib.core.clock import stamp
from chalicelib.core.plain import Plain

from .rows import FactorRow, factor_key


class Keyring(Protocol):
    def seal(self, plain: Plain, place: Place) -> bytes: ...

    def open(self, blob: bytes, place: Place) -> Plain: ...


@dataclass(frozen=True, slots=True)
class Factors:
    keyring: Keyring

    def sealed(self, user_id: int, seed: Plain, at: datetime) -> Factor:
        """A new factor, not confirmed yet."""
        return Factor(user_id, self.keyring.seal(seed, _place(user_id, at)), at)

    def seed(self, factor: Factor) -> Plain:
        """The seed in the clear. Raises Unsealable if it was moved or altered."""
        return self.keyring.open(factor.sealed, _place(factor.user_id, factor.made_at))

    def begun(self, factor: Factor) -> Write:
        """Replaces one that was never confirmed, and no other."""
        row = FactorRow(
            *factor_key(factor.user_id),
            user_id=factor.user_id,
            made_at=stamp(factor.made_at),
            sealed=factor.sealed,
            confirmed=False,
        )
        return Put(row, FactorRow.pk.does_not_exist() | (FactorRow.confirmed == False))  # noqa: E712

    def confirmed(self, factor: Factor, recovery: Collection[str]) -> Write:
        """With these recovery codes and no others, if it is still the same one."""
        actions = [FactorRow.confirmed.set(True), FactorRow.recovery.set(set(recovery))]
        return Update(FactorRow(*factor_key(factor.user_id)), actions, _same(factor))

    def recovered(self, factor: Factor, recovery: str) -> Write:
        """Uses a recovery code up: fails if it was used."""
        unused = FactorRow.recovery.contains(recovery)
        actions = [FactorRow.recovery.delete({recovery})]
        return Update(FactorRow(*factor_key(factor.user_id)), actions, _same(factor) & unused)

    def removed(self, factor: Factor) -> Write:
        return Delete(FactorRow(*factor_key(factor.user_id)), _same(factor))


def _same(factor: Factor) -> Condition:
    """The stored one is that one, and stands where it stood."""
    same: Condition = FactorRow.made_at == stamp(factor.made_at)
    same &= FactorRow.confirmed == factor.confirmed
    return same


def _place(user_id: int, made_at: datetime) -> Place:
    return Place("user", str(user_id), "totp", int(made_at.timestamp()))
