"""What every test may use: an environment, a cluster on moto, a recorder of AWS calls, canaries."""

from __future__ import annotations

import os

os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_SESSION_TOKEN="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    AWS_EC2_METADATA_DISABLED="true",
    NODE="node-a",
    CLUSTER="test",
)
os.environ.pop("AWS_ENDPOINT_URL", None)
os.environ.pop("AWS_PROFILE", None)

import gc
import importlib
import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.unraisableexception import gc_collect_iterations_key
from moto import mock_aws

from tests import calls as aws_calls
from tests import (
    canary,
    cheap_hashes,
    leftovers,
    moto_cluster,
    moto_direct,
    moto_keys,
    moto_speed,
    order,
)

CACHES = ("chalicelib.aws.connection", "chalicelib.wiring", "chalicelib.web.pace")
"""Modules that remember a cluster; each has a `reset()`. Clients stay: moto answers them all."""

gc.set_threshold(100_000, 20, 100)  # what moto and botocore loaded is looked through too often
moto_keys.lengthen()
moto_speed.quicken()
moto_direct.quicken()
cheap_hashes.cheapen()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[gc_collect_iterations_key] = 1  # of whatever is left at the end of a process
    logging.getLogger().addHandler(canary.LOGS)
    logging.getLogger("chalicelib").setLevel(logging.DEBUG)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=order.place)


def pytest_collection_finish() -> None:
    gc.freeze()  # nothing of what the tests are made of ends before them


@pytest.fixture
def aws() -> Iterator[None]:
    with a_cluster():
        yield


@contextmanager
def a_cluster() -> Iterator[None]:
    """A fresh cluster named `test` on moto, and a process that remembers no other."""
    with mock_aws():
        moto_cluster.fresh("test")
        forget()
        yield
        found = leftovers.search()
    forget()
    if found:
        raise canary.Escaped(f"a secret value lies in clear in {', '.join(found)}")


@pytest.fixture
def calls(request: pytest.FixtureRequest) -> Iterator[aws_calls.Calls]:
    """Every AWS call that the test makes, as (service, operation)."""
    if "aws" in request.fixturenames:
        request.getfixturevalue("aws")  # its own calls come first
    with aws_calls.recording() as seen:
        yield seen


def forget() -> None:
    """Make the process forget the cluster it knew."""
    for name in CACHES:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
        else:
            module.reset()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if where := _escaped(report):
        report.outcome = "failed"
        told = f"{item.nodeid}: a secret value was written to {', '.join(where)}"
        report.longrepr = told + _lines(call)
        report.sections = []
    return report


def _lines(call: pytest.CallInfo[None]) -> str:
    """Where a failure came from, by lines alone: its text is kept back."""
    if call.excinfo is None:
        return ""
    frames = call.excinfo.traceback[-6:]
    places = [f"{Path(str(one.path)).name}:{one.lineno + 1}" for one in frames]
    return f"\n{call.excinfo.typename} by way of {', '.join(places)}"


def _escaped(report: pytest.TestReport) -> list[str]:
    """Where this phase of a test wrote a canary. The log's hits count once."""
    places = [name for name, text in report.sections if canary.is_in(text)]
    if canary.is_in(report.longreprtext):
        places.append("the failure's text")
    places += canary.LOGS.hits
    canary.LOGS.hits.clear()
    return places
