"""The only place that chooses real adapters: one cached factory per service (DESIGN 10).

Imports live inside the factories, so a process loads only what it uses.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache

from .base import backbone, bus, clock, committer, counter, ids, keyring
from .for_access import (
    client_login,
    door,
    factors,
    first_administrator,
    groups,
    restrictions,
    roles,
    sdk_clients,
    sessions,
    standings,
    tokens,
    users,
)
from .for_audit import summing
from .for_backup import backups
from .for_bulk import bulk, bulk_worker
from .for_cluster import (
    agent,
    backbone_bus,
    caches,
    conflicts,
    dead_letter_watch,
    gate,
    guard,
    health,
    maintenance,
    mirror,
    nodes,
    settings,
    unlimited,
)
from .for_copies import conversions, copies
from .for_erasing import erasing
from .for_finding import columns, favourites, secret_trail
from .for_hooks import hooks, scripts
from .for_jobs import cleaning, job_log, jobs, outbox, queues
from .for_keys import key_rotation, keys
from .for_licences import clustering, licences
from .for_lists import lists
from .for_locks import double_locks, lock_desk, locking
from .for_mail import mail_configuration, mail_desk, postman
from .for_metadata import metadata
from .for_policies import (
    field_changes,
    policies,
    policing,
    policy_changes,
    search_indexing,
    secret_finder,
    ssh_keys,
    workflows,
)
from .for_recovery import recovery
from .for_rotation import engine_rows, engine_work, local_worker, rotation
from .for_sign_in import (
    forgetting,
    openid_login,
    openid_providers,
    refused_requests,
    security_keys,
)
from .for_sites import engine_desk, engines, sites
from .for_templates import character_sets, requirements, templates
from .for_transfer import export_at_once, exports, imports
from .for_upgrade import migrations, upgrades
from .for_vault import (
    access_requests,
    attachments,
    checkouts,
    comments,
    directory,
    expiries,
    folder_permissions,
    folders,
    personal_folders,
    search_rebuilding,
    secret_permissions,
    trail,
    vault,
    vault_edits,
    vault_search,
    vault_work,
)
from .for_watching import inbox, notices, watcher_desk, watches
from .vault_stores import (
    cabinet,
    definition_store,
    file_store,
    folder_store,
    policy_store,
    search_store,
    secret_store,
    secret_values,
)

__all__ = [
    "agent",
    "attachments",
    "backbone",
    "backbone_bus",
    "backups",
    "bulk",
    "bulk_worker",
    "bus",
    "access_requests",
    "cabinet",
    "caches",
    "character_sets",
    "checkouts",
    "columns",
    "comments",
    "imports",
    "inbox",
    "cleaning",
    "conversions",
    "copies",
    "client_login",
    "clock",
    "clustering",
    "committer",
    "conflicts",
    "counter",
    "dead_letter_watch",
    "definition_store",
    "directory",
    "door",
    "double_locks",
    "engine_desk",
    "engine_rows",
    "engine_work",
    "engines",
    "erasing",
    "expiries",
    "export_at_once",
    "exports",
    "factors",
    "favourites",
    "first_administrator",
    "field_changes",
    "file_store",
    "folder_permissions",
    "folder_store",
    "folders",
    "forgetting",
    "gate",
    "groups",
    "guard",
    "health",
    "ids",
    "job_log",
    "hooks",
    "jobs",
    "key_rotation",
    "keyring",
    "licences",
    "lists",
    "keys",
    "local_worker",
    "lock_desk",
    "locking",
    "mail_configuration",
    "mail_desk",
    "maintenance",
    "unlimited",
    "metadata",
    "mirror",
    "migrations",
    "nodes",
    "notices",
    "openid_login",
    "openid_providers",
    "personal_folders",
    "outbox",
    "policies",
    "policing",
    "policy_changes",
    "policy_store",
    "postman",
    "queues",
    "recovery",
    "requirements",
    "reset",
    "refused_requests",
    "restrictions",
    "roles",
    "rotation",
    "sdk_clients",
    "secret_finder",
    "security_keys",
    "secret_permissions",
    "search_indexing",
    "scripts",
    "search_rebuilding",
    "search_store",
    "secret_store",
    "secret_trail",
    "secret_values",
    "sessions",
    "settings",
    "sites",
    "ssh_keys",
    "standings",
    "summing",
    "templates",
    "tokens",
    "trail",
    "upgrades",
    "users",
    "vault",
    "vault_edits",
    "vault_search",
    "vault_work",
    "watcher_desk",
    "watches",
    "workflows",
]


def reset() -> None:
    """Forget every adapter and service made so far, of whichever module here: for tests."""
    for clear in _clears():
        clear()


@cache
def _clears() -> tuple[Callable[[], None], ...]:
    """What empties each factory; all modules are imported above."""
    ours = [module for name, module in sys.modules.items() if name.startswith(f"{__name__}.")]
    things = {id(thing): thing for module in ours for thing in vars(module).values()}
    found = (getattr(thing, "cache_clear", None) for thing in things.values())
    return tuple(clear for clear in found if clear is not None)
