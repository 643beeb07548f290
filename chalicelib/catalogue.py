"""The table of scheduled operations: schedules, workers, diagnostics and docs are driven by it.

Names are exactly those of the clustering guide, "Scheduled Background Operations". Use cases are
named by string and loaded by the worker that runs them, so that reading this table costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

EVERY_MINUTE = "cron(* * * * ? *)"
EVERY_5_MINUTES = "cron(0/5 * * * ? *)"
DAILY_AT_MIDNIGHT = "cron(0 0 * * ? *)"
DAILY_AT_NOON = "cron(0 12 * * ? *)"


@dataclass(frozen=True, slots=True)
class Operation:
    """One trigger job. Its schedule puts a message on `queue`; a worker then calls `use_case`.

    slug:       in paths and names of schedules
    schedule:   AWS cron, UTC, minute-aligned; one minute is the smallest interval
    use_case:   "module:function", called with a jobs.run.Tick, returns a jobs.run.Tally
    adjustable: whether admins may change the schedule
    on_replica: whether a replica runs it too: nothing that acts on targets or changes the vault
    """

    name: str
    slug: str
    schedule: str
    use_case: str
    sentence: str
    adjustable: bool = True
    queue: str = "background"
    on_replica: bool = False


OPERATIONS = (
    Operation(
        "BackgroundWorkerTaskTriggerJob",
        "background-worker-tasks",
        EVERY_MINUTE,
        "chalicelib.cluster.tasks:run_housekeeping",
        "Looks at the dead letters of one queue a tick, in turn, and raises an event for new ones.",
        on_replica=True,
    ),
    Operation(
        "BackupMonitor",
        "backup",
        EVERY_MINUTE,
        "chalicelib.recovery.tasks:back_up_or_follow",
        "Takes the backup of both tables that is due, in slices; on a replica, its source's over.",
        adjustable=False,
        on_replica=True,
    ),
    Operation(
        "CheckOutMonitor",
        "check-out",
        EVERY_MINUTE,
        "chalicelib.vault.tasks:check_in_what_is_over",
        "Checks in the secrets whose checkout has come to its end; their hooks run.",
    ),
    Operation(
        "DatabaseCleanupTriggerJob",
        "database-cleanup",
        "cron(20 0/12 * * ? *)",
        "chalicelib.jobs.tasks:clean_database",
        "Removes runs of jobs and bulk operations past their days, former password changes, "
        "sessions that ended and files that no secret has any more.",
    ),
    Operation(
        "EventQueueMonitor",
        "event-queue",
        EVERY_MINUTE,
        "chalicelib.events.tasks:sweep_outbox",
        "Sends the messages that a process wrote down and could not send before it died.",
        adjustable=False,
        on_replica=True,
    ),
    Operation(
        "ExpiredSecretPasswordChangeTriggerJob",
        "expired-secret-password-change",
        EVERY_MINUTE,
        "chalicelib.rotation.tasks:offer_due_changes",
        "Offers the password changes that are due to the engines of their sites.",
    ),
    Operation(
        "ExpiringLicenseTaskTriggerJob",
        "expiring-licenses",
        DAILY_AT_NOON,
        "chalicelib.cluster.tasks:warn_of_licences",
        "Warns of licences that end within 60, 30, 14, 7 days and 1 day, once each.",
    ),
    Operation(
        "ExpiringSecretTaskTriggerJob",
        "expiring-secrets",
        DAILY_AT_MIDNIGHT,
        "chalicelib.vault.tasks:warn_of_expiries",
        "Tells owners of secrets that expire within 30, 14, 7 days or 1 day, or have expired, once "
        "each.",
    ),
    Operation(
        "HeartbeatMonitor",
        "heartbeat",
        EVERY_MINUTE,
        "chalicelib.rotation.tasks:offer_due_heartbeats",
        "Offers the heartbeats that are due to the engines of their sites.",
    ),
    Operation(
        "Local Heartbeat Trigger Job",
        "local-heartbeat",
        EVERY_MINUTE,
        "chalicelib.rotation.tasks:offer_due_local_heartbeats",
        "Hands the heartbeats due on site Local to this cluster's own local workers.",
    ),
    Operation(
        "Local Password Change Trigger Job",
        "local-password-change",
        EVERY_MINUTE,
        "chalicelib.rotation.tasks:offer_due_local_changes",
        "Hands the password changes due on site Local to this cluster's own local workers.",
    ),
    Operation(
        "NodeClusteringMonitor",
        "node-clustering",
        EVERY_MINUTE,
        "chalicelib.cluster.tasks:watch_nodes",
        "Names nodes that are unseen or disagree about version, key or clock.",
        adjustable=False,
        on_replica=True,
    ),
    Operation(
        "NodeTaskTriggerJob",
        "node-tasks",
        EVERY_5_MINUTES,
        "chalicelib.cluster.tasks:run_node_tasks",
        "Wakes the agents of nodes whose mappings, schedules or settings lag behind.",
        on_replica=True,
    ),
    Operation(
        "PasswordRequirementTriggerJob",
        "password-requirements",
        EVERY_5_MINUTES,
        "chalicelib.vault.tasks:judge_passwords",
        "Judges the passwords of secrets again whose requirement or template was changed.",
    ),
    Operation(
        "PrimaryNodeTaskMonitor",
        "primary-node-tasks",
        EVERY_MINUTE,
        "chalicelib.cluster.tasks:run_sweeps",
        "What runs once in the cluster: ends work that nobody answered, marks silent engines, "
        "has closed hours of the audit trail summed, erases secrets as approved, goes on with "
        "migrations, bulk operations and mails whose worker died.",
        adjustable=False,
    ),
    Operation(
        "Process Field Encryption Changes Task",
        "field-encryption-changes",
        EVERY_MINUTE,
        "chalicelib.vault.tasks:expose_fields",
        "Has the search index follow when a template's field is shown to it or hidden from it.",
    ),
    Operation(
        "ProcessSecretPolicyChangesMessage",
        "secret-policy-changes",
        EVERY_MINUTE,
        "chalicelib.vault.tasks:apply_policies",
        "Takes what was changed of secret policies to the secrets under them.",
    ),
    Operation(
        "SecretItemHashMonitor",
        "secret-item-hash",
        EVERY_MINUTE,
        "chalicelib.vault.tasks:index_secrets",
        "Indexes for search what did not fit in a change, and rebuilds the index by another key, "
        "mode or separators.",
    ),
    Operation(
        "SqlReplicationConflictMonitor",
        "replication-conflicts",
        EVERY_5_MINUTES,
        "chalicelib.cluster.tasks:find_conflicts",
        "Names rows of a mirrored cluster that were written outside the writing region.",
    ),
    Operation(
        "TruncateDatabaseCacheTriggerJob",
        "truncate-database-cache",
        "cron(35 * * * ? *)",
        "chalicelib.jobs.tasks:truncate_cache",
        "Removes counts of attempts, nonces, marks of dead letters, files that were imported and "
        "copies that were exported whose time is over.",
    ),
    Operation(
        "TruncateEngineLogTriggerJob",
        "truncate-engine-log",
        "cron(50 3 * * ? *)",
        "chalicelib.jobs.tasks:truncate_engine_log",
        "Removes work items that are over and past their days; the trail keeps what was given.",
    ),
)

BY_NAME = {one.name: one for one in OPERATIONS}
BY_SLUG = {one.slug: one for one in OPERATIONS}

TASKS = {
    "site.item": "chalicelib.rotation.tasks:run_local",
    "audit.digest": "chalicelib.audit.tasks:sum_hours",
    "engine.answer": "chalicelib.rotation.tasks:record_answer",
    "keys.rotate": "chalicelib.keys.tasks:rotate",
    "keys.tend": "chalicelib.keys.tasks:tend",
    "cluster.migrate": "chalicelib.cluster.tasks:migrate",
    "bulk.slice": "chalicelib.bulk.tasks:go_on",
    "mail.send": "chalicelib.mail.tasks:send",
}
"""Messages that are no ticks: kind -> "module:function", called with the Message."""

LATER = {
    "ActiveDirectorySynchronizationMonitor": "directories",
    "ComputerScanMonitor": "discovery",
    "ConnectWiseMonitor": "folders kept like those of a CRM",
    "DiscoveryMonitor": "discovery",
    "PbaDirectiveTriggerJob": "behaviour analytics",
    "PbaMetadataUploadTriggerJob": "behaviour analytics",
    "ProcessDashboardJsonValidationTask": "dashboards",
    "ScheduledReportMonitor": "reports by schedule",
    "SecretComputerMatcherMonitor": "discovery",
    "TelemetryTriggerJob": "telemetry",
    "ThycoticOneSyncUserTriggerJob": "users kept like those of an identity provider",
    "VideoConversionTriggerJob": "session recording",
}
"""The guide's other names, each with the feature that is not in this version: told, never run."""

SWEEPS = (
    "chalicelib.rotation.tasks:sweep_expired",
    "chalicelib.sites.tasks:mark_silent_engines",
    "chalicelib.audit.tasks:ask_for_digests",
    "chalicelib.bulk.tasks:sweep_forsaken",
    "chalicelib.mail.tasks:sweep_forsaken",
    "chalicelib.vault.tasks:erase_what_is_approved",
    "chalicelib.cluster.tasks:look_after_upgrade",
)
"""What PrimaryNodeTaskMonitor runs, in order, each with the Tick, each returning a Tally."""


def resolve(name: str) -> object:
    """The function that "module:function" names."""
    from importlib import import_module

    module, _, function = name.partition(":")
    found: object = getattr(import_module(module), function)
    return found
