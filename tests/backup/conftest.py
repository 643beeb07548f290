"""A cluster with secrets in it, backups of it, and what it takes to lose it all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.audit.digest import start_of
from chalicelib.aws import clients
from chalicelib.aws.audit_rows import audit_row
from chalicelib.aws.connection import connection
from chalicelib.aws.table import DataRow
from chalicelib.backup.log import Entry
from chalicelib.backup.service import BackupService
from chalicelib.catalogue import BY_NAME
from chalicelib.core.audit import AuditRecord
from chalicelib.core.paging import Paging
from chalicelib.core.plain import Plain
from chalicelib.jobs.service import Outcome
from chalicelib.vault import chunks
from chalicelib.vault.attachment import INLINE, FileFacts
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.change import first_state
from chalicelib.vault.secret import Secret
from chalicelib.vault.store import nouns, states
from infra.aws import client
from infra.localrun.emulator import Emulator
from infra.makers import make_table
from infra.template import CLUSTER_TEMPLATE, described, load
from tests import moto_cluster
from tests.audit.trails import HOUR, Clock, begin, sum_until
from tests.canary import canary
from tests.conftest import forget
from tests.founding import found
from tests.ports import free_port

JOB = BY_NAME["BackupMonitor"]
UNIX_ACCOUNT, SSH_KEY = 6007, 6026


@dataclass
class Kept:
    """A cluster that is backed up: its secrets' values are known here."""

    values: dict[int, str] = field(default_factory=dict, repr=False)
    files: dict[int, bytes] = field(default_factory=dict, repr=False)
    slice: timedelta = timedelta(minutes=1)

    def store(self, count: int) -> None:
        """Secrets with a line of audit each, stored below the services."""
        now, seal = wiring.clock()(), wiring.secret_values().seal
        with DataRow.batch_write() as batch:
            for id in range(len(self.values) + 1, len(self.values) + count + 1):
                self.values[id] = canary()
                sealed = seal(id, "password", 1, Plain(self.values[id]), now)
                secret = Secret(
                    id, f"host {id} root", BUILT_IN[UNIX_ACCOUNT], now, values={"password": sealed}
                )
                for row in (nouns.row_of(secret), states.state_row(first_state(secret, now))):
                    row.version = 1
                    batch.save(row)
        self.write_trail(count)

    def store_files(self, ids: Iterable[int], size: int = INLINE + 1) -> None:
        """Secrets with a file in the bucket each; in place of the file that they had, if any."""
        now, store, values = wiring.clock()(), wiring.file_store(), wiring.secret_values()
        for id in ids:
            stored = wiring.secret_store().fetch([id]).get(id)
            key, name = chunks.fresh_key(), os.urandom(8).hex()
            self.files[id] = canary().encode() + os.urandom(size - len(canary()))
            store.put(id, name, chunks.seal(key, name, self.files[id]))
            version = stored.secret.version + 1 if stored else 1
            facts = FileFacts("id_rsa", size, name)
            sealed = values.seal_raw(id, "private-key", version, key, now, facts)
            held = {"private-key": sealed}
            secret = Secret(id, f"key {id}", BUILT_IN[SSH_KEY], now, values=held)
            rows: list[Any] = [nouns.row_of(secret), states.state_row(first_state(secret, now))]
            with DataRow.batch_write() as batch:
                for row in rows if stored is None else rows[:1]:
                    row.version = version
                    batch.save(row)
            former = stored and stored.secret.values["private-key"].file
            if former:
                wiring.committer()([store.given_up(id, former.object, now)])

    def opened_files(self) -> dict[int, bytes]:
        """The file of every secret that has one, whole, as it is fetched."""
        stored = wiring.secret_store().fetch(sorted(self.files))
        cabinet = wiring.attachments().cabinet
        return {
            id: cabinet.content(id, one.secret.values["private-key"]).raw
            for id, one in stored.items()
        }

    def write_trail(self, count: int, at: datetime | None = None) -> None:
        """Lines of audit of one moment, now if it is not given, written in batches."""
        now, ring = at or wiring.clock()(), wiring.keyring()
        lines = [AuditRecord(7, "VIEW", "Secret", str(n), now) for n in range(count)]
        rows = [audit_row(one, wiring.ids()(), ring).serialize() for one in lines]
        for start in range(0, count, 25):
            puts = [{"PutRequest": {"Item": row}} for row in rows[start : start + 25]]
            asked = {connection().audit_table: puts}
            client("dynamodb").batch_write_item(RequestItems=asked)

    def sum_trail(self, count: int, until: datetime | None = None) -> int:
        """That many lines in each hour that is closed and not summed yet, and a digest of each;
        how many lines there are in all."""
        until = until or wiring.clock()()
        hours = wiring.summing().due(until)
        for hour in hours:
            self.write_trail(count, start_of(hour))
        assert sum_until(until) == len(hours) > 0
        return count * len(hours)

    def back_up(self, clock: Clock | None = None) -> Entry:
        """Ask for a backup and wait for it, as ticks do; its entry in the log."""
        before = len(self.log())
        now = (clock or wiring.clock())()
        service = replace(paged(), clock=clock) if clock else None
        at = now if now.microsecond else now.replace(microsecond=1)  # as run now does
        while self.tick(at, service, clock) is Outcome.SLICED:
            pass
        after = self.log()
        assert len(after) == before + 1
        return after[0]

    def tick(
        self, at: datetime, backups: BackupService | None = None, clock: Clock | None = None
    ) -> Outcome:
        """One message of the job."""
        now = (clock or wiring.clock())()
        service = backups or paged()
        outcome = wiring.jobs().run(JOB, at, now, now + self.slice, service.run)
        return Outcome(outcome)

    def log(self) -> list[Entry]:
        return list(wiring.backups().history(Paging(take=100)).records)

    def opened(self) -> dict[int, str]:
        """The value of every secret there is."""
        stored = wiring.secret_store().fetch(sorted(self.values))
        values = wiring.secret_values()
        return {
            id: values.open(id, one.secret.value_of("password")).reveal()
            for id, one in stored.items()
        }

    def wipe(self) -> None:
        """Lose both tables; empty ones are made in their place."""
        for table in described(CLUSTER_TEMPLATE, {"Cluster": "test"})["AWS::DynamoDB::GlobalTable"]:
            client("dynamodb").delete_table(TableName=table["TableName"])
            make_table(table)
        forget()


def paged() -> BackupService:
    """The cluster's backups as an emulator takes them: moto's exports are not AWS's."""
    service = wiring.backups()
    return replace(service, source=lambda failed: service.sources["pages"])


def all_rows(table: str) -> list[dict[str, Any]]:
    """Every row of a table, by key."""
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table)
    rows = [row for page in pages for row in page["Items"]]
    return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))


@pytest.fixture
def emulated(tmp_path: Path) -> Iterator[Kept]:
    """A cluster on the local run's emulator, which keeps what it acknowledges."""
    with Emulator(tmp_path / "aws", free_port()) as emulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", emulator.url)
        clients.reset()
        load("test")
        forget()
        _found_hours_ago()
        yield Kept()
    clients.reset()
    forget()


@pytest.fixture
def kept(aws: None) -> Kept:
    moto_cluster.kept("founded hours ago", _found_hours_ago)
    forget()
    return Kept()


def _found_hours_ago() -> None:
    """So that some hours of its trail are closed."""
    begin(wiring.clock()() - 6 * HOUR)
    found()
