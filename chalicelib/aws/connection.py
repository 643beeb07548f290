"""The connection: the SSM parameter that names a cluster's tables, key, bucket and queues.

It is the guide's database connection ("Reset the database connection"): tables restored under other
names are used as soon as the parameter names them.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields

from chalicelib.core.errors import Unavailable

from . import clients
from .faults import known_faults

KEPT_SECONDS, ASKED_SECONDS = 300, 10


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a cluster's data is. `queues` maps a queue's short name to its URL.

    licence_signer: the public key that licences are signed for, raw Ed25519 in base64; "" for none
    audit_key_arn, audit_bucket: "" in a connection older than the digests of the trail
    home: of a mirrored cluster, the region in which it was founded
    """

    cluster: str
    data_table: str
    audit_table: str
    key_arn: str
    bucket: str
    queues: Mapping[str, str]
    schedule_role_arn: str
    engine_role_arn: str
    licence_signer: str = ""
    audit_key_arn: str = ""
    audit_bucket: str = ""
    home: str = ""

    def queue_url(self, name: str) -> str:
        """The URL of a queue of this cluster by short name (`background`, `site-7-now`)."""
        known = self.queues.get(name)
        return (
            known if known is not None else self.queues["background"][: -len("background")] + name
        )

    def queue_name(self, name: str) -> str:
        return f"conclave-{self.cluster}-{name}"

    def queue_arn(self, name: str) -> str:
        """The ARN of a queue; region and account are those of the KMS key."""
        _, partition, _, region, account, _ = self.key_arn.split(":", 5)
        return f"arn:{partition}:sqs:{region}:{account}:{self.queue_name(name)}"

    def short_name(self, arn: str) -> str:
        """A queue's short name, by its ARN."""
        return arn.rpartition(":")[2].removeprefix(self.queue_name(""))

    @property
    def region(self) -> str:
        return self.key_arn.split(":")[3]

    @property
    def mirrored_region(self) -> str:
        """This region, of a mirrored cluster; "" of any other."""
        return self.region if self.home else ""

    @property
    def account(self) -> str:
        return self.key_arn.split(":")[4]


_NAMES = frozenset(one.name for one in fields(Connection))
"""What a newer deployment names besides, this code does without."""


@dataclass(slots=True)
class _Kept:
    value: Connection | None = None
    until: float = 0.0
    asked: float = float("-inf")


_kept = _Kept()


def connection() -> Connection:
    """The connection that the environment's CLUSTER names; read again every five minutes."""
    if _kept.value is None or time.monotonic() > _kept.until:
        _kept.value = read(cluster_name())
        _kept.until = time.monotonic() + KEPT_SECONDS
    return _kept.value


def read(cluster: str) -> Connection:
    """Read a cluster's connection parameter now. Raises Unavailable when it cannot be read."""
    with known_faults(f"reading the connection of cluster {cluster}"):
        answer = clients.client("ssm").get_parameter(Name=parameter_name(cluster))
    try:
        named = json.loads(answer["Parameter"]["Value"])
        return Connection(**{name: named[name] for name in _NAMES & named.keys()})
    except (ValueError, TypeError, AttributeError) as error:
        raise Unavailable(f"the parameter {parameter_name(cluster)} is not a connection") from error


def moved(key_arn: str) -> bool:
    """Read the parameter now; whether the cluster uses another KMS key than that one.

    At most once in ten seconds: this is asked whenever the keys do not open.
    """
    now = time.monotonic()
    if now < _kept.asked + ASKED_SECONDS:
        return False
    _kept.asked = now
    fresh = read(cluster_name())
    _kept.value, _kept.until = fresh, now + KEPT_SECONDS
    return fresh.key_arn != key_arn


def parameter_name(cluster: str) -> str:
    return f"/conclave/{cluster}/connection"


def cluster_name() -> str:
    return os.environ["CLUSTER"]


def node_name() -> str:
    return os.environ["NODE"]


def target_patience() -> str:
    """How many seconds site Local's targets may take for a step; "" where nobody said."""
    return os.environ.get("TARGET_PATIENCE", "")


def reset() -> None:
    """Read the parameter again at the next use."""
    _kept.value, _kept.asked = None, float("-inf")
