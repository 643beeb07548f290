"""One running cluster for the stories of this folder, which leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.cluster import Cluster
from tests.journeys.engines import Engine, approve, made_site, running_engine
from tests.journeys.machines import Database, Machine, UnixMachine
from tests.localrun.whole_run import a_run
from tests.targets.postgresql import running_postgresql
from tests.targets.sshd import running_sshd


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two nodes and the demonstration. Whatever the stories did, no secret value lies in a file."""
    with a_run(tmp_path_factory.mktemp("run"), demo=True) as run:
        run.start()
        found = Cluster(run)
        yield found
        run.interrupt()
        assert found.betrayals() == []


@pytest.fixture(scope="module")
def engine(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine that somebody has installed; nobody has approved it yet."""
    folder = tmp_path_factory.mktemp("branch") / "engine"
    with running_engine(cluster.base_url("node-b"), "branch-engine", folder) as running:
        yield running


@pytest.fixture(scope="module")
def branch(cluster: Cluster, engine: Engine) -> int:
    """A site whose engine an administrator has approved; its id."""
    admin = cluster.admin()
    site = made_site(admin, "Branch")
    approve(admin, engine, site)
    return site


@pytest.fixture(params=["openssh", "postgresql"])
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A real server with real accounts."""
    if request.param == "openssh":
        with running_sshd() as sshd:
            yield UnixMachine(sshd)
    else:
        with running_postgresql() as postgresql:
            yield Database(postgresql)
