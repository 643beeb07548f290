"""Lets an operator's command use a cluster's own services, as a node of it would."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib import wiring
from chalicelib.aws import connection

OPERATOR = "operator"
"""Stands for a node in lines of the trail."""


@contextmanager
def acting_in(cluster: str) -> Iterator[None]:
    """`chalicelib` is of that cluster within the block, with the operator's credentials."""
    before = {name: os.environ.get(name) for name in ("CLUSTER", "NODE")}
    os.environ.update(CLUSTER=cluster, NODE=OPERATOR)
    forget()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        forget()


def forget() -> None:
    """Read connection and keys anew at the next use."""
    connection.reset()
    wiring.reset()


def of_bucket(bucket: str) -> tuple[str, str]:
    """The cluster and the region that a bucket's name tells; ("", "") when it tells none."""
    found = re.fullmatch(r"conclave-(.+)-\d{12}-([a-z]{2,}(?:-[a-z]+)+-\d)", bucket)
    return (found[1], found[2]) if found else ("", "")
