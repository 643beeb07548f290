"""Where an upgrade is made, a cluster on AWS or a local run: its addresses, how code gets there.

Code is deployed from this checkout. Neither place touches the keyring or the tables.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from chalicelib.cluster.functions import APP
from infra.aws import client, in_region
from infra.chalice_cli import PROJECT
from infra.deploy import deploy
from infra.localrun.api import Api, ApiError
from infra.localrun.code import wish
from infra.node import Node, refuse_foreign

TOKEN = "CONCLAVE_TOKEN"  # noqa: S105 - the variable's name


class NoPlaceError(Exception):
    """There is no such cluster, or nobody to ask; the text says what to do."""


class Place(Protocol):
    def urls(self) -> Sequence[str]:
        """The base addresses of the cluster's nodes."""

    def token(self) -> Callable[[str], str]:
        """How to get a token at one of them."""

    def deploy(self, name: str, region: str) -> None:
        """Bring this checkout's code to a node, in that region if one is named. Repeatable."""


@dataclass
class Door:
    """The cluster's API, at whichever node answers."""

    urls: Sequence[str]
    token: Callable[[str], str]
    _held: str = ""

    def get(self, path: str) -> Any:
        return self._ask(lambda api: api.get(path))

    def post(self, path: str, body: object) -> Any:
        return self._ask(lambda api: api.post(path, body))

    def _ask(self, request: Callable[[Api], Any]) -> Any:
        """Raises ApiError as the last node answered, when none does otherwise."""
        last = ApiError(0, "the cluster has no deployed node")
        for url in self.urls:
            try:
                self._held = self._held or self.token(url)
                return request(Api(url, self._held))
            except ApiError as error:
                last = error
                if error.status not in (0, 404, 502, 503, 504):
                    raise
        if last.status == 404:  # noqa: PLR2004
            text = "this cluster's code knows no upgrades yet: make deploy STAGE=<a standby> first"
            raise NoPlaceError(text) from last
        raise last


@dataclass(frozen=True)
class Aws:
    """A cluster on AWS, by the records of its deployments in its bucket."""

    cluster: str

    def urls(self) -> Sequence[str]:
        found = []
        for name in self._stages():
            record = Node(name, self.cluster).record()
            record.fetch()
            found.append(record.url().rstrip("/"))
        return [url for url in found if url]

    def token(self) -> Callable[[str], str]:
        return asked_token

    def deploy(self, name: str, region: str) -> None:
        node = Node(name, self.cluster)
        with in_region(region):
            refuse_foreign(node)
            for finding in deploy(node):
                print(finding, file=sys.stderr)

    def _stages(self) -> list[str]:
        bucket = Node("node-a", self.cluster).record().bucket
        if not bucket:
            raise NoPlaceError(f"there is no cluster {self.cluster} in this account and region")
        listed = client("s3").list_objects_v2(Bucket=bucket, Prefix="deployed/")
        return sorted(Path(one["Key"]).stem for one in listed.get("Contents", []))


@dataclass(frozen=True)
class LocalRun:
    """A local run that runs: its launcher starts a node again with the code that is wished for."""

    state: Path
    facts: dict[str, Any]

    @classmethod
    def at(cls, state: str) -> LocalRun:
        path = (PROJECT / state).absolute()
        try:
            return cls(path, json.loads((path / "run.json").read_text("utf-8")))
        except (OSError, ValueError) as error:
            raise NoPlaceError(f"no local run uses {path}: start one with `make run`") from error

    def urls(self) -> Sequence[str]:
        return [one["base_url"] for one in self.facts["nodes"]]

    def token(self) -> Callable[[str], str]:
        name, password = self.facts["username"], self.facts.get("password", "")
        if not password or TOKEN in os.environ:
            return asked_token
        return lambda url: Api(url).login(name, password).token

    def deploy(self, name: str, region: str) -> None:
        wish(self.state, name, PROJECT)


def asked_token(url: str) -> str:
    """From the environment, or from somebody at the terminal; never from the command line."""
    held = os.environ.get(TOKEN, "")
    if held:
        return held
    if not sys.stdin.isatty():
        raise NoPlaceError(f"set {TOKEN} to a token of somebody with Administer Nodes")
    name = input(f"{APP} user at {url}: ")
    return Api(url).login(name, getpass.getpass("password: ")).token
