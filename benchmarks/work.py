"""What a check or a change of a password costs, from the tick to the stored result.

Ten of them are due in one tick. A real engine's own code claims them over HTTP, does them and
answers on the queue; the answers are recorded as one batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TypeAlias

from chalicelib import wiring
from chalicelib.aws.queues import Queues
from chalicelib.changers.memory import Memory, MemoryHost
from chalicelib.core.ids import fresh_id
from chalicelib.core.plain import Plain
from chalicelib.core.sealing import Opener
from chalicelib.core.signing import Signer
from chalicelib.engine.cluster import Cluster as Home
from chalicelib.engine.cluster_clock import ClusterClock
from chalicelib.engine.errand import End, Errands
from chalicelib.engine.https import Reply
from chalicelib.engine.keys import Keys
from chalicelib.engine.queues import Queues as Boxes
from chalicelib.sites.site import Site
from chalicelib.sites.store import SiteStore
from tests.calls import AwsCall, recording
from tests.canary import canary
from tests.client import Client

from .budget import Measure, Measured, amount, calls
from .cluster import Cluster, cluster

TOGETHER = 10
SITE = 7
CHECK, CHANGE = "HeartbeatMonitor", "ExpiredSecretPasswordChangeTriggerJob"


@dataclass(frozen=True, slots=True)
class Way:
    """The calls of ten pieces of work on each stretch of their way.

    offer, claim, answer: of the node's functions
    engine:               of the engine itself, on its site's queues
    """

    offer: Sequence[AwsCall]
    claim: Sequence[AwsCall]
    answer: Sequence[AwsCall]
    engine: Sequence[AwsCall]


Ways: TypeAlias = Mapping[str, Way]


def whole(job: str) -> Measure:
    """All calls that the cluster makes for one of the works that a job has offered."""

    def measure(_: Path) -> Measured:
        way = _ways()[job]
        stretches = {"offer": way.offer, "claim": way.claim, "answer": way.answer}
        parts = [f"{name} {_each(seen)}" for name, seen in stretches.items()]
        return Measured(sum(map(len, stretches.values())) / TOGETHER, ", ".join(parts))

    return measure


def stretch(job: str, name: str) -> Measure:
    """The calls of one stretch of that way, for one of the works."""

    def measure(_: Path) -> Measured:
        return calls(getattr(_ways()[job], name), TOGETHER)

    return measure


def callback(_: Path) -> Measured:
    """The calls of an engine's callback, which comes every minute."""
    with cluster() as ours:
        home = _engine(ours)
        home.callback(0)
        ours.warm()
        with recording() as made:
            home.callback(0)
        return calls(made.seen)


@cache
def _ways() -> Ways:
    with cluster() as ours:
        home = _engine(ours)
        site = _Site(ours, home, _boxes(home))
        site.secrets(1)
        site.way(CHECK, 1)  # from here on everything is warm
        site.secrets(TOGETHER)
        checks = site.way(CHECK, TOGETHER)
        site.expire()
        return {CHECK: checks, CHANGE: site.way(CHANGE, TOGETHER)}


@dataclass(slots=True)
class _Site:
    """A site with one engine and one host on which every password is right at first."""

    cluster: Cluster
    home: Home
    boxes: Boxes
    host: MemoryHost
    ids: list[int]

    def __init__(self, cluster: Cluster, home: Home, boxes: Boxes) -> None:
        self.cluster, self.home, self.boxes = cluster, home, boxes
        self.host, self.ids = MemoryHost(), []

    def secrets(self, number: int) -> None:
        """Accounts on the host, each of which a new secret opens."""
        folder = self.cluster.folder()
        self.ids = [self._account(folder, f"app{n}") for n in range(number)]

    def expire(self) -> None:
        """Let their passwords be too old."""
        for id in self.ids:
            answer = self.cluster.admin.post(f"/api/v1/secrets/{id}/expire", {})
            assert answer.status == 200, answer.message

    def way(self, job: str, works: int) -> Way:
        """The calls from a job's tick to the recorded answers of all that was due."""
        self.cluster.warm()
        offer = self.cluster.tick(job)
        with recording() as made:
            ends = [self._errands().run(one) for one in self.boxes.receive(self.boxes.work, 10)]
        assert ends == [End.ANSWERED] * works
        engine = [one for one in made.seen if one.service == "sqs"]
        claim = [one for one in made.seen if one.service != "sqs"]
        answers = self.cluster.taken("engine-response")
        assert len(answers) == works
        return Way(offer, claim, self.cluster.deliver("engine_response", answers), engine)

    def _account(self, folder: int, username: str) -> int:
        password = canary()
        self.host.accounts[username] = Plain(password)
        return self.cluster.unix_account(
            folder, password, username=username, siteId=SITE, autoChangeEnabled=True
        )

    def _errands(self) -> Errands:
        return Errands(
            self.home,
            lambda: self.boxes,
            wiring.clock(),
            fresh_id,
            monotonic,
            lambda _: None,
            lambda _: Memory({"host-1": self.host}),
        )


@dataclass(frozen=True, slots=True)
class _InProcess:
    """What the engine posts to: the app itself."""

    client: Client

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        answer = self.client.post(path, content=body, headers=headers)
        return Reply(answer.status, answer.body)


def _engine(ours: Cluster) -> Home:
    """An engine, approved and in a site of its own."""
    wiring.committer()(SiteStore().put(Site(SITE, "Far")))
    for name in (f"site-{SITE}", f"site-{SITE}-now"):
        Queues().ensure(name, timedelta(seconds=360))
    keys = Keys(Signer.fresh(), Opener.fresh())
    home = Home(_InProcess(ours.nobody), keys, ClusterClock(), fresh_id)
    id = home.register("engine").engine
    change = {"changeType": "Activate", "engineId": id, "siteId": SITE}
    path = "/api/v1/distributed-engine/update-engine-status"
    answer = ours.admin.post(path, {"data": {"engines": [change]}})
    assert answer.status == 200, answer.message
    return home


def _boxes(home: Home) -> Boxes:
    access = home.callback(0).access
    assert access is not None
    return Boxes(access, timedelta(0))


def _each(seen: Sequence[AwsCall]) -> str:
    return amount(len(seen) / TOGETHER)
