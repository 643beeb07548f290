"""The engine at a cluster: approval, work, faults, and its end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.changers.memory import Memory, MemoryHost
from chalicelib.changers.target import Checked, Login, Outcome, Target
from chalicelib.changers.work import Answer, ChangeStatus, Work, WorkKind
from chalicelib.core.plain import Plain
from chalicelib.core.sealing import Opener
from tests.canary import canary

from .conftest import Scene, engine_at, eventually, serving
from .standin import Cluster, Item

HOUR = timedelta(hours=1)


class Bench:
    """One host in memory with one account."""

    def __init__(self) -> None:
        self.old, self.new = Plain(canary()), Plain(canary())
        self.host = MemoryHost(accounts={"ada": self.old})
        self.changer = Memory({"m": self.host})

    def item(self, kind: WorkKind = WorkKind.HEARTBEAT) -> Item:
        candidate = self.new if kind is WorkKind.CHANGE else None
        return Item(Work(kind, "memory", Target("m"), Login("ada", self.old), candidate))


class Slow(Memory):
    """A changer that waits to be let go."""

    def __init__(self, hosts: dict[str, MemoryHost]) -> None:
        super().__init__(hosts)
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def verify(self, target: Target, login: Login) -> Checked:
        if target.machine == "slow":
            self.begun.release()
            self.go.wait(20)
            return Checked(Outcome.SUCCESS)
        return super().verify(target, login)


def slow_item() -> Item:
    return Item(Work(WorkKind.HEARTBEAT, "memory", Target("slow"), Login("ada", Plain(canary()))))


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def scene(cluster: Cluster, bench: Bench, tmp_path: Path) -> Iterator[Scene]:
    """An activated engine at work."""
    with serving(cluster) as url, engine_at(cluster, url, tmp_path, bench.changer) as at_work:
        eventually(lambda: cluster.engines)
        cluster.approve()
        yield at_work


def test_an_engine_waits_for_approval_and_says_with_which_fingerprint(
    cluster: Cluster, bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    item = cluster.offer(bench.item())
    with serving(cluster) as url, engine_at(cluster, url, tmp_path, bench.changer):
        eventually(lambda: "waiting for approval; fingerprint SHA256:" in caplog.text)
        assert cluster.items[item].claims == 0
        cluster.approve()
        eventually(lambda: cluster.left("answers"))
    assert cluster.answers() == {item: Answer("Success", "", "memory-key-1")}
    assert "at work in site Demo" in caplog.text


def test_checks_and_changes_are_done_and_answered(scene: Scene, bench: Bench) -> None:
    first = scene.cluster.offer(bench.item())
    eventually(lambda: scene.cluster.left("answers") == 1)
    second = scene.cluster.offer(bench.item(WorkKind.CHANGE), "now")
    eventually(lambda: scene.cluster.left("answers") == 2)
    found = scene.cluster.answers()
    assert found[first].status == Outcome.SUCCESS
    assert found[second].status == ChangeStatus.CHANGED
    assert bench.host.opens("ada", bench.new)
    eventually(lambda: scene.cluster.left("work") + scene.cluster.left("now") == 0)


def test_what_a_person_waits_for_is_not_behind_a_flood(cluster: Cluster, tmp_path: Path) -> None:
    bench = Bench()
    slow = Slow({"m": bench.host})
    with serving(cluster) as url, engine_at(cluster, url, tmp_path, slow, workers=2):
        eventually(lambda: cluster.engines)
        cluster.approve()
        for _ in range(6):
            cluster.offer(slow_item())
        assert slow.begun.acquire(timeout=20)
        urgent = cluster.offer(bench.item(), "now")
        eventually(lambda: cluster.left("answers"))
        assert list(cluster.answers()) == [urgent]
        assert slow.begun.acquire(timeout=20)
        assert not slow.begun.acquire(timeout=0.5)  # no more at once than it has workers
        slow.go.set()
        eventually(lambda: cluster.left("answers") == 6)


def test_a_duplicate_is_claimed_once_and_dropped(scene: Scene, bench: Bench) -> None:
    item = scene.cluster.offer(bench.item())
    scene.cluster.send(item)
    eventually(lambda: scene.cluster.items[item].claims == 2)
    eventually(lambda: scene.cluster.left("work") == 0)
    assert list(scene.cluster.answers()) == [item]
    assert bench.host.logins["ada"] == 1


def test_two_engines_share_a_site_and_each_item_is_done_once(
    cluster: Cluster, bench: Bench, tmp_path: Path
) -> None:
    with (
        serving(cluster) as url,
        engine_at(cluster, url, tmp_path / "one", bench.changer),
        engine_at(cluster, url, tmp_path / "two", bench.changer),
    ):
        eventually(lambda: len(cluster.engines) == 2)
        cluster.approve()
        items = {cluster.offer(bench.item()) for _ in range(40)}
        eventually(lambda: cluster.left("answers") >= 40, 40)
        eventually(lambda: cluster.left("work") == 0)
    assert set(cluster.answers()) == items
    assert bench.host.logins["ada"] == 40


def test_an_expired_message_is_dropped_without_a_claim(scene: Scene, bench: Bench) -> None:
    item = scene.cluster.offer(bench.item(), life=timedelta(minutes=-1))
    after = scene.cluster.offer(bench.item())
    eventually(lambda: scene.cluster.left("answers"))
    eventually(lambda: scene.cluster.left("work") == 0)
    assert scene.cluster.items[item].claims == 0
    assert list(scene.cluster.answers()) == [after]


def test_an_item_that_is_gone_is_dropped(scene: Scene) -> None:
    scene.cluster.send("gone")
    eventually(lambda: scene.cluster.calls["claim"])
    eventually(lambda: scene.cluster.left("work") == 0)


def test_a_cluster_that_cannot_now_is_asked_again(scene: Scene, bench: Bench) -> None:
    scene.cluster.refusals.extend([503, 403])
    item = scene.cluster.offer(bench.item())
    eventually(lambda: scene.cluster.left("answers"))
    assert list(scene.cluster.answers()) == [item]


def test_a_change_past_its_deadline_is_not_begun(scene: Scene, bench: Bench) -> None:
    late = bench.item(WorkKind.CHANGE)
    late.deadline = timedelta(0)
    item = scene.cluster.offer(late)
    eventually(lambda: scene.cluster.left("answers"))
    assert scene.cluster.answers()[item].status == ChangeStatus.LATE
    assert bench.host.logins.total() == 0


def test_a_box_for_another_engine_is_answered_and_nothing_is_done(
    scene: Scene, bench: Bench
) -> None:
    foreign = bench.item(WorkKind.CHANGE)
    foreign.sealed_to = Opener.fresh().public()
    item = scene.cluster.offer(foreign)
    eventually(lambda: scene.cluster.left("answers"))
    assert scene.cluster.answers()[item].status == Outcome.UNKNOWN
    assert bench.host.logins.total() == 0


def test_a_deactivated_engine_takes_nothing_more(scene: Scene, bench: Bench) -> None:
    eventually(lambda: scene.cluster.running)
    scene.cluster.approve("Inactive")
    before = scene.cluster.calls["callback"]
    eventually(lambda: scene.cluster.calls["callback"] > before)
    item = scene.cluster.offer(bench.item())
    scene.stop()
    assert scene.cluster.answers() == {}
    assert bench.host.logins.total() == 0
    assert scene.cluster.items[item].claims == 0 or scene.cluster.left("work") == 1


@pytest.mark.parametrize("skew", [HOUR, -HOUR])
def test_a_wrong_clock_does_not_matter(
    skew: timedelta, cluster: Cluster, bench: Bench, tmp_path: Path
) -> None:
    cluster.skew = skew
    with serving(cluster) as url, engine_at(cluster, url, tmp_path, bench.changer):
        eventually(lambda: cluster.engines)
        cluster.approve()
        item = cluster.offer(bench.item())
        eventually(lambda: cluster.left("answers"))
    assert list(cluster.answers()) == [item]


def test_an_engine_goes_on_when_the_cluster_is_back(
    cluster: Cluster, bench: Bench, tmp_path: Path
) -> None:
    with serving(cluster) as url:
        port = int(url.split(":")[2].split("/")[0])
    with engine_at(cluster, url, tmp_path, bench.changer):
        with serving(cluster, port):
            eventually(lambda: cluster.engines)
            cluster.approve()
            eventually(lambda: cluster.calls["callback"] > 1)
        item = cluster.offer(bench.item())
        with serving(cluster, port):
            eventually(lambda: cluster.left("answers"))
    assert list(cluster.answers()) == [item]


def test_an_engine_that_the_cluster_forgot_registers_again(scene: Scene) -> None:
    eventually(lambda: scene.cluster.running)
    scene.cluster.engines.clear()
    eventually(lambda: scene.cluster.engines)


def test_a_stop_finishes_what_was_begun_and_takes_nothing_new(
    cluster: Cluster, tmp_path: Path
) -> None:
    slow = Slow({})
    with serving(cluster) as url, engine_at(cluster, url, tmp_path, slow, workers=1) as scene:
        eventually(lambda: cluster.engines)
        cluster.approve()
        begun = cluster.offer(slow_item())
        assert slow.begun.acquire(timeout=20)
        waiting = cluster.offer(slow_item())
        eventually(lambda: 1 in cluster.running)
        scene.program.stop()
        slow.go.set()
        scene.life.join(20)
        assert list(cluster.answers()) == [begun]
        assert cluster.items[waiting].claims == 0
        assert cluster.left("work") == 1


def test_nothing_but_the_keys_lies_on_the_disk(scene: Scene, bench: Bench) -> None:
    scene.cluster.offer(bench.item(WorkKind.CHANGE))
    eventually(lambda: scene.cluster.left("answers"))
    assert [file.name for file in scene.state.iterdir()] == ["keys.json"]
