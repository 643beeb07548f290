"""What an operator tells an engine: flags, or the environment variables named with each."""

from __future__ import annotations

import argparse
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from chalicelib.changers.target import USUAL, Limits
from chalicelib.core.errors import Invalid

from . import VERSION

LONGEST_POLL = 20  # SQS waits no longer


@dataclass(frozen=True, slots=True)
class Settings:
    """One engine's settings.

    url:     base address of any node, or of what stands before them
    state:   folder for its keys; nothing else is kept there
    workers: how many items are worked on at once, besides those that a person waits for
    urgent:  how many of those
    poll:    how long one question to a queue waits; a stop takes as long
    limits:  how long the steps on a target may take
    """

    url: str
    name: str
    state: Path
    ca: Path | None = None
    workers: int = 8
    urgent: int = 4
    poll: timedelta = timedelta(seconds=5)
    limits: Limits = USUAL


def read(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in flags and environment. Prints what is missing and exits with 2."""
    parser = _parser(environment)
    given = parser.parse_args(arguments)
    if not given.url:
        parser.error("say where the cluster is: --url, or CONCLAVE_URL")
    if given.workers < 1 or given.urgent < 1:
        parser.error("an engine needs at least one worker of each sort")
    if not 1 <= given.poll <= LONGEST_POLL:
        parser.error(f"a queue can be asked for 1 to {LONGEST_POLL} seconds")
    try:
        limits = Limits.read(given.patience)
    except Invalid as error:
        parser.error(str(error))
    return Settings(
        url=given.url,
        name=given.name,
        state=Path(given.state),
        ca=Path(given.ca) if given.ca else None,
        workers=given.workers,
        urgent=given.urgent,
        poll=timedelta(seconds=given.poll),
        limits=limits,
    )


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chalicelib.engine",
        description="Checks and changes passwords inside a site, for a Conclave cluster.",
        epilog="Send SIGTERM to stop it: it finishes what it has begun. A second one ends it.",
    )

    def option(flag: str, variable: str, default: str, meaning: str) -> None:
        parser.add_argument(
            flag, default=environment.get(variable, default), help=f"{meaning} [{variable}]"
        )

    option("--url", "CONCLAVE_URL", "", "base address of the cluster, https unless loopback")
    option("--name", "CONCLAVE_ENGINE_NAME", socket.gethostname(), "the engine's name")
    option("--state", "CONCLAVE_ENGINE_STATE", "conclave-engine", "folder for its keys")
    option("--ca", "CONCLAVE_ENGINE_CA", "", "PEM file of authorities, if not the system's")
    option("--patience", "CONCLAVE_ENGINE_PATIENCE", "", "seconds for a step on a target (10)")
    parser.add_argument("--workers", type=int, default=8, help="items at once (8)")
    parser.add_argument("--urgent", type=int, default=4, help="more, that a person waits for (4)")
    parser.add_argument("--poll", type=int, default=5, help="seconds a queue is asked for (5)")
    parser.add_argument("--version", action="version", version=VERSION)
    return parser
