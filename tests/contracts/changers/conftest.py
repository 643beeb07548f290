"""Servers for the contract of changers: one of each per process, fresh accounts per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.targets.postgresql import PostgresServer, running_postgresql
from tests.targets.sshd import Sshd, running_sshd

from .stage import Stage
from .stages import MemoryStage, PostgresStage, SshStage


@pytest.fixture(scope="session")
def sshd() -> Iterator[Sshd]:
    with running_sshd() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_postgresql() as server:
        yield server


@pytest.fixture(params=["memory", "unix_ssh", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Stage:
    match request.param:
        case "memory":
            return MemoryStage()
        case "unix_ssh":
            return SshStage(request.getfixturevalue("sshd"))
        case _:
            return PostgresStage(request.getfixturevalue("postgres_server"))
