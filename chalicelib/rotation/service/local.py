"""The local worker: what an engine does for its site, a function of the node does for Local."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.changers.registry import KINDS, find
from chalicelib.changers.target import Changer, Outcome
from chalicelib.changers.work import Answer, Work, perform
from chalicelib.core.errors import AccessDenied, Unavailable
from chalicelib.rotation.targets import LocalTargets
from chalicelib.sites.site import LOCAL_ID

from .answers import Answers, Said
from .claims import Claimed, Claimer, Claims


@dataclass(frozen=True, slots=True)
class LocalWorker:
    """node: whose function this is; monotonic: seconds that no one can set back."""

    node: str
    claims: Claims
    answers: Answers
    targets: Callable[[], LocalTargets]
    monotonic: Callable[[], float]
    clock: Callable[[], datetime]
    changer_of: Callable[[str], Changer] = find

    def run(self, item_id: str) -> None:
        """Claim an item, do it, record what came of it. A second copy is Stale.

        Whoever is killed in between leaves a claim: its lease ends, and a sweep goes on from there.
        """
        claimer = Claimer(f"node {self.node}", self.node, LOCAL_ID)
        begun = self.monotonic()
        claimed = self.claims.claim(claimer, item_id, self.clock())
        last = begun + claimed.deadline.total_seconds()
        answer = self._perform(claimed, lambda: self.monotonic() > last)
        said = Said(item_id, claimed.item.fence)
        self.answers.record(claimer, said, answer, self.clock())

    def _perform(self, claimed: Claimed, is_late: Callable[[], bool]) -> Answer:
        try:
            work = self._admitted(claimed.work)
        except AccessDenied as error:
            return Answer(Outcome.ARGUMENT, str(error))
        except Unavailable as error:
            return Answer(Outcome.UNREACHABLE, str(error))
        return perform(work, is_late, self.changer_of)

    def _admitted(self, work: Work) -> Work:
        return replace(work, target=self.targets().admit(work.target, usual_port(work.changer)))


def usual_port(changer: str) -> int:
    """Where targets of that kind listen if nothing else is said."""
    return next((one.port for one in KINDS if one.name == changer), 0)
