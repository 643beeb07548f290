"""Record what a holder says came of its work: once, and from nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.changers.work import Answer
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import Conflict, Stale
from chalicelib.rotation.item import Item, Stage

from .claims import Claimer
from .conclusion import Conclusion
from .ports import Ports

TRIES = 3


@dataclass(frozen=True, slots=True)
class Said:
    """Which claim an answer is about."""

    item_id: str
    fence: int


@dataclass(frozen=True, slots=True)
class Answers:
    ports: Ports
    conclusion: Conclusion

    def record(self, claimer: Claimer, said: Said, answer: Answer, now: datetime) -> None:
        """Keep an answer and what follows from it. May be repeated: a second copy is dropped.

        Stale: not from the holder of that claim, or after somebody went on without it; audited.
        Conflict: others keep changing the secret; the message comes again.
        """
        for attempt in range(1, TRIES + 1):
            try:
                self._record(claimer, said, answer, now)
            except Conflict:
                if attempt == TRIES:
                    raise
            else:
                return

    def refuse(self, claimer: Claimer, said: Said, why: str, now: datetime) -> None:
        """Write down an answer that does not count."""
        self.ports.commit.record(
            AuditRecord(0, "ANSWER REFUSED", "Item", said.item_id, now, why, through=claimer.name)
        )

    def _record(self, claimer: Claimer, said: Said, answer: Answer, now: datetime) -> None:
        found = self.ports.store.find([said.item_id])
        item = found.items.get(said.item_id)
        if item is None or _is_copy(item, claimer, said):
            return
        try:
            item.answered(claimer.holder, said.fence)
        except Stale as error:
            self.refuse(claimer, said, str(error), now)
            raise
        stored = self.ports.vault.fetch([item.secret_id]).get(item.secret_id)
        if stored is not None:
            self.conclusion.write(item, found, stored, answer, claimer.name, now)


def _is_copy(item: Item, claimer: Claimer, said: Said) -> bool:
    """Whether this very claim was answered already."""
    held = (item.holder, item.fence) == (claimer.holder, said.fence)
    return item.stage is Stage.ANSWERED and held
