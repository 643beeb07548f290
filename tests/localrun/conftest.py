"""An emulator for the tests of a module, on a free port, ended with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.localrun.aws_api import LocalAws
from infra.localrun.emulator import Emulator
from tests.ports import free_port


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("aws"), free_port()) as running:
        yield running


@pytest.fixture(scope="module")
def aws(emulator: Emulator) -> LocalAws:
    return LocalAws(emulator.url)


@pytest.fixture
def own_emulator(tmp_path: Path) -> Iterator[Emulator]:
    """One that the test may kill."""
    with Emulator(tmp_path / "aws", free_port()) as running:
        yield running
