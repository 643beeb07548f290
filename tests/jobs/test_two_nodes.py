"""Two nodes, whose schedules both tick: one run a tick, over many ticks."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.aws import keyring
from chalicelib.catalogue import BY_SLUG, LATER, OPERATIONS
from chalicelib.core.tick import Tally, Tick
from chalicelib.jobs.run import UseCase
from chalicelib.jobs.service import JobService
from tests.counts import full_or

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICKS = full_or(500, 60)
GUIDE = {
    "ActiveDirectorySynchronizationMonitor",
    "BackgroundWorkerTaskTriggerJob",
    "BackupMonitor",
    "CheckOutMonitor",
    "ComputerScanMonitor",
    "ConnectWiseMonitor",
    "DatabaseCleanupTriggerJob",
    "DiscoveryMonitor",
    "EventQueueMonitor",
    "ExpiredSecretPasswordChangeTriggerJob",
    "ExpiringLicenseTaskTriggerJob",
    "ExpiringSecretTaskTriggerJob",
    "HeartbeatMonitor",
    "Local Heartbeat Trigger Job",
    "Local Password Change Trigger Job",
    "NodeClusteringMonitor",
    "NodeTaskTriggerJob",
    "PasswordRequirementTriggerJob",
    "PbaDirectiveTriggerJob",
    "PbaMetadataUploadTriggerJob",
    "PrimaryNodeTaskMonitor",
    "Process Field Encryption Changes Task",
    "ProcessDashboardJsonValidationTask",
    "ProcessSecretPolicyChangesMessage",
    "ScheduledReportMonitor",
    "SecretComputerMatcherMonitor",
    "SecretItemHashMonitor",
    "SqlReplicationConflictMonitor",
    "TelemetryTriggerJob",
    "ThycoticOneSyncUserTriggerJob",
    "TruncateDatabaseCacheTriggerJob",
    "TruncateEngineLogTriggerJob",
    "VideoConversionTriggerJob",
}
"""The scheduled operations of the clustering guide, as it spells them."""


@pytest.fixture
def nodes(aws: None) -> list[JobService]:
    keyring.make_if_absent("c" * 32, wiring.clock())
    service = wiring.jobs()
    return [replace(service, node=name) for name in ("node-a", "node-b")]


def test_two_nodes_run_each_of_many_ticks_once(nodes: list[JobService]) -> None:
    """Both bring every tick, some of them twice, and neither is always the first."""
    chance, job = random.Random(7), BY_SLUG["heartbeat"]  # noqa: S311 - a simulation
    ran: list[tuple[datetime, str]] = []

    def noting(node: str) -> UseCase:
        def case(tick: Tick) -> Tally:
            ran.append((tick.at, node))
            return Tally()

        return case

    ticks = [NOON + number * MINUTE for number in range(TICKS)]
    for at in ticks:
        brought = [*nodes, chance.choice(nodes)]
        chance.shuffle(brought)
        for node in brought:
            now = at + timedelta(seconds=chance.random() * 20)
            node.run(job, at, now, now + MINUTE, noting(node.node))
    assert [at for at, _ in ran] == ticks
    assert {node for _, node in ran} == {"node-a", "node-b"}


def test_operations_are_named_as_in_the_guide() -> None:
    assert {one.name for one in OPERATIONS} | LATER.keys() == GUIDE
