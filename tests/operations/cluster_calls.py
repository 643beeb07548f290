"""Nodes, sites and engines, jobs, configuration, keys, backups, licences."""

from __future__ import annotations

from .call import Call, Step, data, dirty
from .meanwhile import (
    backup_is_made,
    engine_registers,
    follows_another,
    jobs_have_run,
    mails_are_sent,
    node_is_seen,
    signer_is_set,
)

V1, V2 = "/api/v1", "/api/v2"
CONFIGURATION = f"{V1}/configuration"
ENGINES = f"{V1}/distributed-engine"
NODES = f"{V1}/nodes"
KEYS = f"{V1}/key-management"
RECOVERY = f"{V1}/disaster-recovery"
DIAGNOSTICS = f"{V1}/diagnostics"

CLUSTER: tuple[Step, ...] = (
    Call(f"GET {V1}/healthcheck"),
    Call("GET /healthcheck.aspx"),
    Call(f"GET {V1}/version"),
    # -- nodes
    node_is_seen,
    Call(f"GET {NODES}", keeps={"<node>": "0.nodeId"}),
    Call(f"GET {NODES}/<node>"),
    Call(f"POST {NODES}/<node>/configuration", {"enableEngineWorker": True}),
    Call(f"PUT {NODES}/<node>/configuration", {"enableEngineWorker": True}),
    Call(f"GET {NODES}/audit"),
    Call(f"GET {V1}/nodes-state"),
    Call(f"PATCH {V1}/nodes-state", data(enableClustering=True)),
    # -- diagnostics
    Call(f"GET {DIAGNOSTICS}"),
    Call(f"POST {DIAGNOSTICS}/clear-cache"),
    Call(f"POST {DIAGNOSTICS}/clear-quartz-job-errors"),
    Call(f"POST {DIAGNOSTICS}/clear-upgrade-in-progress"),
    Call(f"GET {DIAGNOSTICS}/connectivity-report"),
    jobs_have_run,
    Call(f"GET {DIAGNOSTICS}/general-logs"),
    Call(f"GET {DIAGNOSTICS}/heartbeat-logs"),
    Call(f"GET {DIAGNOSTICS}/rpc-logs"),
    Call(f"GET {DIAGNOSTICS}/quartz-jobs"),
    Call(f"GET {V2}/diagnostics/system-logs"),
    # -- configuration
    Call(f"GET {CONFIGURATION}/general"),
    Call(f"GET {V1.replace('1', '3')}/configuration/general", query={"loadAll": "true"}),
    Call(
        f"PATCH {CONFIGURATION}/general",
        {"data": {"folders": dirty(enablePersonalFolders=True)}},
    ),
    Call(
        f"PATCH {CONFIGURATION}/application-settings", data(customUrl="https://vault.example.com")
    ),
    Call(f"PATCH {CONFIGURATION}/email", data(fromEmailAddress="conclave@example.com")),
    mails_are_sent,
    Call(f"POST {CONFIGURATION}/email/test"),
    Call(f"GET {CONFIGURATION}/local-user-passwords"),
    Call(f"PATCH {CONFIGURATION}/local-user-passwords", data(passwordMinimumLength=9)),
    Call(f"GET {CONFIGURATION}/read-only-mode"),
    Call(f"PATCH {CONFIGURATION}/read-only-mode", data(enabled=False)),
    Call(f"GET {CONFIGURATION}/rpc"),
    Call(f"PATCH {CONFIGURATION}/rpc", data(daysToKeepLogs=90)),
    Call(f"POST {CONFIGURATION}/rpc/run-now"),
    Call(f"POST {CONFIGURATION}/heartbeat/run-now"),
    Call(f"GET {CONFIGURATION}/secret-search-indexer"),
    Call(f"PATCH {CONFIGURATION}/secret-search-indexer", data(daysToKeepLogs=30)),
    Call(f"POST {CONFIGURATION}/secret-search-indexer/rebuild-index"),
    Call(f"GET {CONFIGURATION}/security"),
    Call(f"PATCH {CONFIGURATION}/security", data(enableHSTS=True)),
    Call(f"GET {CONFIGURATION}/unlimited-admin"),
    Call(f"PATCH {CONFIGURATION}/unlimited-admin", data(enabled=False, notes="not needed")),
    Call(f"GET {CONFIGURATION}/login"),
    Call(f"PATCH {CONFIGURATION}/login", data(maximumLoginFailures=6)),
    Call(f"GET {V2}/configuration/login"),
    Call(f"PATCH {V2}/configuration/login", data(maximumLoginFailures=7)),
    Call(f"GET {V1}/advanced-config-settings", keeps={"<setting>": "records.0.advancedSettingId"}),
    Call(
        f"PUT {V1}/advanced-config-settings",
        {"advancedSettingId": "<setting>", "value": "X-Real-IP"},
    ),
    Call(f"GET {CONFIGURATION}/audit"),
    Call(f"GET {V1}/security-audit-logs"),
    # -- sites and engines
    Call(f"GET {V1}/sites"),
    Call(f"GET {ENGINES}/configuration"),
    Call(f"PATCH {ENGINES}/configuration", data(secretHeartbeatMessageMinutesToLive=6)),
    Call(f"POST {ENGINES}/site", {"data": {"siteName": "Far"}}, keeps={"<site>": "siteId"}),
    Call(f"GET {ENGINES}/site/<site>"),
    Call(f"PATCH {ENGINES}/site/<site>", data(siteName="Farther")),
    Call(f"GET {ENGINES}/sites", query={"filter.includeSiteMetrics": "true"}),
    engine_registers,
    Call(f"GET {ENGINES}/engines"),
    Call(
        f"POST {ENGINES}/update-engine-status",
        {
            "data": {
                "engines": [{"changeType": "Activate", "engineId": "<engine>", "siteId": "<site>"}]
            }
        },
    ),
    Call(f"GET {ENGINES}/<engine>/server-capabilities"),
    Call(f"GET {ENGINES}/site-connectors"),
    Call(f"GET {ENGINES}/site-connector/<site>"),
    Call(f"PATCH {ENGINES}/site-connector/<site>", data(active=True)),
    Call(f"POST {ENGINES}/site-connector/<site>/validate"),
    Call(f"GET {ENGINES}/download-distributed-engine", query={"siteId": "<site>"}),
    # -- licences
    signer_is_set,
    Call(f"POST {V1}/activations", {"name": "Ada", "email": "a@example.com", "phoneNumber": "1"}),
    Call(f"GET {V1}/license/validforconnectionmanager"),
)

KEYS_AND_BACKUPS: tuple[Step, ...] = (
    Call(f"GET {KEYS}"),
    Call(f"PUT {KEYS}", {"keyManagementTypeId": 1}),
    Call(f"GET {KEYS}/mekrotationinfo"),
    Call(f"PUT {KEYS}/startmekrotation"),
    Call(f"GET {CONFIGURATION}/security/rotate-secret-keys-status"),
    Call(f"POST {CONFIGURATION}/security/rotate-secret-keys"),
    Call(f"POST {CONFIGURATION}/security/cancel-rotate-secret-keys"),
    Call(f"GET {CONFIGURATION}/backup"),
    Call(f"PATCH {CONFIGURATION}/backup", data(numberOfBackupsToKeep=5)),
    Call(f"POST {CONFIGURATION}/backup/run-now"),
    backup_is_made,
    Call(f"GET {V2}/configuration/backup-logs"),
    Call(f"GET {RECOVERY}/outgoing-configuration"),
    Call(f"GET {RECOVERY}/incoming-configuration"),
)

REPLICA: tuple[Step, ...] = (
    follows_another,
    Call(f"PATCH {RECOVERY}/incoming-configuration", data(replicationIntervalMinutes=10)),
    Call(f"POST {RECOVERY}/data-replication/run-now"),
)
