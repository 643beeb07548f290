"""What a replica is: whom it follows, how far it has got, and which rows stay its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib import SCHEMA, VERSION
from chalicelib.backup.manifest import Manifest
from chalicelib.backup.rows import Item
from chalicelib.backup.settle import settled
from chalicelib.cluster.gate import is_older
from chalicelib.cluster.migration import path
from chalicelib.core.errors import Invalid

LEAST, MOST = timedelta(minutes=1), timedelta(days=7)
NO_INTERVAL = "replicationIntervalMinutes is a whole number of minutes from 1 to 10080"
LATE = timedelta(hours=1)
"""Lines of the trail that may have been written after a backup that was begun before them."""

OWN = frozenset(
    {
        "gate",  # whose nodes do what here, and that this is a replica
        "keyring",  # the same data keys, wrapped under another KMS key
        "key-rotation",  # the source's seals its rows anew; they follow
        "key-rotation-cancel",
        "key-wishes",
        "node",
        "job",
        "run",
        "dead-letters",
        "bulk-operation",  # asked for where it is done
        "bulk-ids",
        "bulk-error",
        "bulk-cancel",
        "import-file",
        "import-part",
        "export",
        "export-copy",
        "mail",  # whoever was to have it has it from the source
        "mail-code",
        "once",
        "backup-plan",
        "backup-state",
        "backup-log",
        "replication",
        "session",
        "throttle",
        "nonce",
        "outbox",
        "setup",
        "licence",  # of an installation; activations are of its nodes
        "activation",
        "restore",
        "upgrade",
        "upgrade-progress",
        "written",  # of a mirrored cluster: by which region
        "conflict",
        "handover",
    }
)
"""Kinds of rows that are never taken over and never removed: they are about this cluster itself."""

COUNTERS = "counter"
"""Taken over where they are ahead: an id that was handed out is never handed out again."""


@dataclass(frozen=True, slots=True)
class Replication:
    """Whom a cluster follows. `version` is that of the stored row, 0 for none.

    bucket:    the source's, where its backups are
    applied:   the backup whose rows the tables hold; "" before the first
    as_of:     of which moment they are
    looked_at: when somebody last looked for a newer one
    error:     why the newest one was not taken; "" when all is well
    began_at:  since when this cluster is a replica
    """

    source: str = ""
    bucket: str = ""
    enabled: bool = True
    every: timedelta = timedelta(minutes=15)
    applied: str = ""
    as_of: datetime | None = None
    done_at: datetime | None = None
    looked_at: datetime | None = None
    error: str = ""
    began_at: datetime | None = None
    version: int = 0

    def lag(self, now: datetime) -> timedelta | None:
        """How old the rows are; None before the first backup was taken over."""
        return None if self.as_of is None else max(now - self.as_of, timedelta(0))


def checked(one: Replication) -> Replication:
    """The same. Raises Invalid for an interval that makes no sense."""
    if not LEAST <= one.every <= MOST:
        raise Invalid(NO_INTERVAL)
    return one


def is_due(one: Replication, now: datetime) -> bool:
    """Whether it is time to look for a newer backup. Ticks come each minute, a moment late."""
    if not one.enabled or not one.bucket:
        return False
    return one.looked_at is None or now - one.looked_at >= one.every - timedelta(seconds=30)


def looked(one: Replication, now: datetime, error: str = "") -> Replication:
    return replace(one, looked_at=now, error=error[:500])


def taken(one: Replication, manifest: Manifest, as_of: datetime, now: datetime) -> Replication:
    return replace(one, applied=manifest.id, as_of=as_of, done_at=now, looked_at=now, error="")


def refusal(manifest: Manifest, id: str, cluster_id: str, keys: frozenset[int]) -> str:
    """Why a backup cannot be taken over by this code with these keys; "" when it can.

    Its MAC is another matter: it is asked of the keys that are found to be right here.
    """
    if manifest.id != id:
        return f"the manifest is that of backup {manifest.id}"
    if manifest.schema > SCHEMA or is_older(VERSION, manifest.version):
        return (
            f"backup {id} is of Conclave {manifest.version} (schema {manifest.schema}), this is "
            f"{VERSION} (schema {SCHEMA}): deploy that version to this cluster's nodes"
        )
    if len(path(manifest.schema, SCHEMA)) < SCHEMA - manifest.schema:
        return (
            f"backup {id} has rows of schema {manifest.schema}, which this code ({SCHEMA}) cannot "
            "migrate: upgrade the source first, and let it take a backup"
        )
    if manifest.keys.cluster_id != cluster_id:
        return f"backup {id} is of a cluster with other keys: make standby again"
    if missing := {one.id for one in manifest.keys.keys} - keys:
        named = ", ".join(map(str, sorted(missing)))
        return f"backup {id} needs data key {named}, made since: make standby again brings it"
    return ""


def behind(schema: int) -> int:
    """The schema that rows of that one are to be migrated to; 0 for none."""
    return SCHEMA if 0 < schema < SCHEMA else 0


def row_to_take(row: Item) -> Item | None:
    """The row as it is taken over; None for one that stays this cluster's own."""
    return None if kind_of(row) in OWN else settled(row)


def is_line(row: Item) -> bool:
    """Whether a row of the audit table is a line; digests are of the cluster that signed them."""
    return str(row["pk"]["S"]).startswith("audit#")


def kind_of(row: Item) -> str:
    return str(row.get("kind", {}).get("S", ""))


def ahead(ours: Item | None, theirs: Item) -> Item:
    """Of two rows of one counter, the one that has counted further."""
    if ours is None or int(ours["last"]["N"]) < int(theirs["last"]["N"]):
        return theirs
    return ours
