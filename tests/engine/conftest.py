"""A stand-in cluster, and an engine that runs against it in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.changers.target import Changer
from chalicelib.engine.__main__ import build
from chalicelib.engine.program import Program
from chalicelib.engine.settings import Settings
from tests.waiting import eventually

from .standin import Cluster, queues, serving


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with queues() as address:
        yield address


@pytest.fixture
def cluster(endpoint: str) -> Cluster:
    return Cluster(endpoint)


@dataclass
class Scene:
    """An engine at a cluster."""

    cluster: Cluster
    program: Program
    life: threading.Thread
    state: Path

    def stop(self) -> None:
        self.program.stop()
        self.life.join(30)
        assert not self.life.is_alive()


@contextmanager
def engine_at(
    cluster: Cluster, url: str, state: Path, changer: Changer, workers: int = 4
) -> Iterator[Scene]:
    """An engine whose every item is done by `changer`."""
    settings = Settings(url, "engine-1", state, None, workers, 2, timedelta(seconds=1))
    program, errands = build(settings, timedelta(seconds=0.2))
    errands = replace(errands, changer_of=lambda name: changer)
    life = threading.Thread(target=program.run, args=(errands,))
    scene = Scene(cluster, program, life, state)
    life.start()
    try:
        yield scene
    finally:
        scene.stop()


__all__ = ["Scene", "engine_at", "eventually", "serving"]
