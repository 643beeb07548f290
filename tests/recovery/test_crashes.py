"""A disaster-recovery command that dies between any two acts: called again, it does the rest.

Until then each cluster is what it was or what it becomes; nothing of the production's is lost.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib import wiring
from infra.promote import promote
from tests.counts import full_or
from tests.reaper import Reaper
from tests.recovery.conftest import PRODUCTION, STANDBY, Pair, bucket_of, rows

STRIDE = full_or(1, 5)
ONE_THREAD = "chalicelib.recovery.store.copies.ThreadPoolExecutor"


class OneThread:
    """Stands for a pool of threads: what dies and is copied is one thread."""

    def __init__(self, _: int) -> None:
        self.map = map

    def __enter__(self) -> OneThread:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ONE_THREAD, OneThread)


def in_spite_of_death(reaper: Reaper, command: Callable[[], object]) -> None:
    """The operator calls it; where it died, he calls it again."""
    with reaper.at_work():
        command()
    if reaper.has_killed:
        command()


def is_replica(pair: Pair, cluster: str) -> bool:
    with pair.inside(cluster):
        return wiring.recovery().is_replica()


def test_standby(pair: Pair) -> None:
    reaper = Reaper(STRIDE)
    pair.kept.store_files([21, 22])
    pair.kept.back_up()
    before = rows(PRODUCTION)
    with reaper.copying():
        in_spite_of_death(reaper, pair.follow)
        assert is_replica(pair, STANDBY)
        with pair.inside(STANDBY):
            assert pair.kept.opened() == pair.kept.values
            assert pair.kept.opened_files() == pair.kept.files
        assert rows(PRODUCTION) == before
    assert reaper.acts >= 35


def test_promote(pair: Pair) -> None:
    pair.follow()
    pair.kept.store(3)
    pair.kept.back_up()
    reaper = Reaper(STRIDE)
    with reaper.copying():
        in_spite_of_death(reaper, lambda: promote(STANDBY, pair.said.append))
        assert not is_replica(pair, STANDBY)
        with pair.inside(STANDBY):
            assert pair.kept.opened() == pair.kept.values
    assert reaper.acts >= 20


def test_fail_back(pair: Pair) -> None:
    pair.follow()
    promote(STANDBY, pair.said.append)
    with pair.inside(STANDBY):
        pair.kept.store(3)
        pair.kept.back_up()
    reaper = Reaper(STRIDE)
    with reaper.copying():
        in_spite_of_death(reaper, lambda: pair.follow(PRODUCTION, STANDBY, fail_back=True))
        assert is_replica(pair, PRODUCTION)
        with pair.inside(PRODUCTION):
            assert pair.kept.opened() == pair.kept.values
    assert bucket_of(PRODUCTION) != bucket_of(STANDBY)
    assert reaper.acts >= 25
