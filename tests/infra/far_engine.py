"""An engine with a site of its own: a real engine's code, on hosts in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from chalicelib.changers.memory import Memory
from chalicelib.core.ids import fresh_id
from chalicelib.core.sealing import Opener
from chalicelib.core.signing import Signer
from chalicelib.engine.cluster import Cluster as Home
from chalicelib.engine.cluster_clock import ClusterClock
from chalicelib.engine.errand import End, Errands
from chalicelib.engine.https import Reply
from chalicelib.engine.keys import Keys
from chalicelib.engine.queues import Queues as Boxes
from tests.client import Client

from .live_node import MACHINE, Node


class FarEngine:
    """Registered, and not yet approved. `id` is what the cluster calls it."""

    def __init__(self, node: Node) -> None:
        self._node = node
        keys = Keys(Signer.fresh(), Opener.fresh())
        self._home = Home(_InProcess(node.nobody), keys, ClusterClock(node.time), fresh_id)
        self.id = self._home.register("engine").engine

    def works(self) -> int:
        """Call back, and do all that the site's queues hold; how much that was."""
        access = self._home.callback(0).access
        assert access is not None
        boxes = Boxes(access, timedelta(0))
        found = [one for box in (boxes.work, boxes.now) for one in boxes.receive(box, 10)]
        hosts = Memory({MACHINE: self._node.host})
        work = Errands(
            self._home,
            lambda: boxes,
            self._node.time,
            fresh_id,
            monotonic,
            lambda _: None,
            lambda _: hosts,
        )
        assert {work.run(one) for one in found} <= {End.ANSWERED, End.DROPPED}
        return len(found)


@dataclass(frozen=True, slots=True)
class _InProcess:
    """What the engine posts to: the API function."""

    client: Client

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        answer = self.client.post(path, content=body, headers=headers)
        return Reply(answer.status, answer.body)
