"""The only place that chooses real adapters: one cached factory per service (DESIGN 10).

Imports live inside the factories, so a process loads only what it uses.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.core.clock import Clock, utc_now
from chalicelib.core.ids import Ids, fresh_id

if TYPE_CHECKING:
    from chalicelib.access.service.door import Door
    from chalicelib.access.service.groups import GroupService
    from chalicelib.access.service.roles import RoleService
    from chalicelib.access.service.setup import SetupService
    from chalicelib.access.service.standings import Standings
    from chalicelib.access.service.tokens import TokenService
    from chalicelib.access.service.users import UserService
    from chalicelib.audit.service import TrailService
    from chalicelib.aws.bus import Bus
    from chalicelib.aws.commit import Committer
    from chalicelib.aws.counters import Counter
    from chalicelib.aws.engine_credentials import EngineDesk
    from chalicelib.aws.keyring import Keyring
    from chalicelib.cluster.agent import Agent
    from chalicelib.cluster.guard import Guard
    from chalicelib.cluster.service import (
        DeadLetterWatch,
        GateService,
        HealthService,
        NodeService,
    )
    from chalicelib.events.service import OutboxService
    from chalicelib.jobs.queues import QueueService
    from chalicelib.jobs.service import JobService
    from chalicelib.rotation.service import EngineWork, LocalWorker, Rotation
    from chalicelib.settings.service import SettingsService
    from chalicelib.sites.engines import EngineService
    from chalicelib.sites.service import SiteService
    from chalicelib.vault.people import Directory
    from chalicelib.vault.service import (
        EditService,
        Finder,
        FolderPermissionService,
        FolderService,
        SearchService,
        SecretPermissionService,
        SecretService,
        WorkService,
    )
    from chalicelib.vault.store import FolderStore, SecretStore, Values


def clock() -> Clock:
    return utc_now


def ids() -> Ids:
    return fresh_id


@cache
def keyring() -> Keyring:
    from chalicelib.aws.keyring import Keyring

    return Keyring(clock())


@cache
def bus() -> Bus:
    from chalicelib.aws.bus import Bus

    return Bus()


@cache
def committer() -> Committer:
    from chalicelib.aws.commit import Committer

    return Committer(keyring(), bus(), clock(), ids())


@cache
def counter() -> Counter:
    from chalicelib.aws.counters import Counter

    return Counter()


@cache
def gate() -> GateService:
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.service import GateService
    from chalicelib.cluster.store import Gates

    return GateService(Gates(), node_name())


@cache
def guard() -> Guard:
    import random

    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.guard import Guard

    return Guard(gate(), bus(), node_name(), clock(), random.random)


@cache
def nodes() -> NodeService:
    from chalicelib.aws.connection import connection, node_name
    from chalicelib.aws.functions import Functions
    from chalicelib.cluster.service import NodeService
    from chalicelib.cluster.store import Gates, Nodes
    from chalicelib.core.log import logger

    return NodeService(
        node_name(),
        lambda: connection().data_table,
        Gates(),
        Nodes(),
        committer(),
        Functions(),
        logger(),
    )


@cache
def health() -> HealthService:
    from chalicelib.aws.connection import node_name
    from chalicelib.aws.queues import Queues
    from chalicelib.cluster.service import HealthService

    return HealthService(node_name(), gate(), lambda: Queues().depth("background"), clock())


@cache
def dead_letter_watch() -> DeadLetterWatch:
    from chalicelib.aws.connection import node_name
    from chalicelib.aws.queues import DEAD, Queues
    from chalicelib.cluster.functions import WORKERS
    from chalicelib.cluster.service import DeadLetterWatch
    from chalicelib.cluster.store import DeadLetters

    return DeadLetterWatch(
        node_name(),
        lambda: [one.queue for one in WORKERS],
        lambda queue: Queues().depth(queue + DEAD).waiting,
        DeadLetters(),
        committer(),
    )


@cache
def agent() -> Agent:
    from chalicelib.aws.aws_time import AwsTime
    from chalicelib.aws.connection import node_name
    from chalicelib.aws.mappings import Mappings
    from chalicelib.aws.queues import Queues
    from chalicelib.aws.schedules import Schedules
    from chalicelib.cluster.agent import Agent, Wanted
    from chalicelib.cluster.hands import Hands, Keys
    from chalicelib.cluster.store import Gates, Nodes
    from chalicelib.core.log import logger
    from chalicelib.sites.store import SiteStore

    name = node_name()
    return Agent(
        name=name,
        gates=Gates(),
        nodes=Nodes(),
        keys=Keys(keyring(), clock()),
        hands=Hands(name, Mappings(), Schedules(), Queues()),
        time=AwsTime(clock()),
        commit=committer(),
        wanted=Wanted(
            jobs=jobs().jobs,
            sites=lambda: [one.id for one in SiteStore().sites()],
            clock_tolerance=lambda epoch: settings().at(epoch).clock_tolerance,
        ),
        next_id=counter().next,
        clock=clock(),
        ids=ids(),
        log=logger(),
    )


@cache
def jobs() -> JobService:
    from chalicelib.aws.connection import node_name
    from chalicelib.jobs.service import JobService
    from chalicelib.jobs.store import JobStore

    store = JobStore(committer())
    return JobService(store, committer(), bus(), ids(), clock(), node_name())


@cache
def settings() -> SettingsService:
    from chalicelib.settings.service import SettingsService
    from chalicelib.settings.store import SettingsTable

    return SettingsService(SettingsTable(), committer(), gate().bump, clock())


@cache
def sites() -> SiteService:
    from chalicelib.aws.connection import node_name
    from chalicelib.aws.functions import Functions
    from chalicelib.core.errors import Unavailable
    from chalicelib.core.log import logger
    from chalicelib.sites.service import SiteService
    from chalicelib.sites.store import SiteStore

    def prepare() -> None:
        try:
            Functions().wake_agent(node_name())
        except Unavailable as error:  # it looks every minute anyhow
            logger().warning("the agent was not woken", extra={"facts": {"why": str(error)}})

    return SiteService(SiteStore(), committer(), counter().next, prepare)


@cache
def engines() -> EngineService:
    from chalicelib.sites.engines import EngineService
    from chalicelib.sites.store import EngineStore

    return EngineService(EngineStore(), sites(), committer(), counter().next)


@cache
def engine_desk() -> EngineDesk:
    from chalicelib.aws.engine_credentials import EngineDesk

    return EngineDesk()


@cache
def door() -> Door:
    from chalicelib.access import store
    from chalicelib.access.service.door import Door, KeptDefinitions

    return Door(store.Sessions(), gate(), KeptDefinitions(store.Groups().definitions))


@cache
def standings() -> Standings:
    from chalicelib.access import store
    from chalicelib.access.service.standings import Standings

    return Standings(store.Users(), store.Administrators())


@cache
def tokens() -> TokenService:
    import secrets

    from chalicelib.access import store
    from chalicelib.access.hashing import Argon2
    from chalicelib.access.service.tokens import TokenService

    return TokenService(
        store.Users(),
        standings(),
        store.Sessions(),
        store.Throttle(keyring().mac),
        Argon2(),
        committer(),
        ids(),
        secrets.token_hex,
    )


@cache
def users() -> UserService:
    from chalicelib.access import store
    from chalicelib.access.hashing import Argon2
    from chalicelib.access.service.users import UserService

    return UserService(
        store.Users(),
        standings(),
        store.Groups(),
        store.Sessions(),
        tokens(),
        Argon2(),
        committer(),
        counter(),
    )


@cache
def groups() -> GroupService:
    from chalicelib.access import store
    from chalicelib.access.service.groups import GroupService

    return GroupService(store.Groups(), store.Users(), standings(), gate(), committer(), counter())


@cache
def roles() -> RoleService:
    from chalicelib.access import store
    from chalicelib.access.service.roles import RoleService

    return RoleService(store.Groups(), store.Users(), standings(), gate(), committer(), counter())


@cache
def first_administrator() -> SetupService:
    from chalicelib.access import store
    from chalicelib.access.service.setup import SetupService

    return SetupService(
        store.SetupCode(),
        store.Users(),
        store.Administrators(),
        users(),
        store.Throttle(keyring().mac),
        committer(),
    )


@cache
def outbox() -> OutboxService:
    from chalicelib.events.service import OutboxService
    from chalicelib.events.store import Outbox

    return OutboxService(Outbox(bus()))


@cache
def queues() -> QueueService:
    from chalicelib.aws.queues import DEAD, Queues
    from chalicelib.cluster.functions import WORKERS
    from chalicelib.jobs.queues import QueueService

    def names() -> list[str]:
        return [one.queue for one in WORKERS] + sites().queue_names()

    return QueueService(Queues(), names, lambda name: name + DEAD, committer(), bus())


@cache
def secret_store() -> SecretStore:
    from chalicelib.vault.store import SecretStore

    return SecretStore()


@cache
def folder_store() -> FolderStore:
    from chalicelib.vault.store import FolderStore

    return FolderStore()


@cache
def secret_values() -> Values:
    from chalicelib.vault.store import Values

    return Values(keyring())


@cache
def secret_finder() -> Finder:
    from chalicelib.vault.service import Finder

    return Finder(secret_store(), folder_store())


@cache
def vault() -> SecretService:
    import secrets

    from chalicelib.vault.service import SecretService, Sharing

    return SecretService(
        secret_finder(),
        secret_store(),
        folder_store(),
        secret_values(),
        Sharing(secret_store(), counter()),
        counter(),
        committer(),
        secrets.SystemRandom(),
    )


@cache
def vault_edits() -> EditService:
    from chalicelib.vault.service import EditService, Sharing

    sharing = Sharing(secret_store(), counter())
    return EditService(secret_finder(), secret_store(), secret_values(), sharing, committer())


@cache
def vault_search() -> SearchService:
    from chalicelib.vault.service import SearchService

    return SearchService(secret_finder(), secret_store(), folder_store(), secret_values())


@cache
def vault_work() -> WorkService:
    import secrets

    from chalicelib.vault.service import WorkService

    return WorkService(secret_store(), secret_values(), secrets.SystemRandom())


@cache
def folders() -> FolderService:
    from chalicelib.vault.service import FolderService

    return FolderService(folder_store(), secret_store(), counter(), gate(), committer())


@cache
def directory() -> Directory:
    from chalicelib.vault.people import Directory

    return Directory(users(), groups())


@cache
def folder_permissions() -> FolderPermissionService:
    from chalicelib.vault.service import FolderPermissionService

    return FolderPermissionService(
        folders(), folder_store(), directory(), counter(), gate(), committer()
    )


@cache
def secret_permissions() -> SecretPermissionService:
    from chalicelib.vault.service import SecretPermissionService

    return SecretPermissionService(
        secret_finder(), secret_store(), directory(), counter(), committer()
    )


@cache
def trail() -> TrailService:
    from chalicelib.audit.service import TrailService
    from chalicelib.audit.store import TrailStore

    return TrailService(TrailStore(keyring()))


@cache
def rotation() -> Rotation:
    from chalicelib.aws.bus import Outgoing
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.gate import may_offer_changes
    from chalicelib.rotation.item import terms_of
    from chalicelib.rotation.service import Ports
    from chalicelib.rotation.service import rotation as on_ports
    from chalicelib.rotation.store import RotationStore

    return on_ports(
        Ports(
            RotationStore(keyring()),
            vault_work(),
            committer(),
            Outgoing,
            ids(),
            lambda kind: terms_of(kind, settings().current()),
            lambda: may_offer_changes(gate().read(), node_name()),
        )
    )


@cache
def engine_work() -> EngineWork:
    from chalicelib.rotation.service import EngineWork

    return EngineWork(engines(), rotation().claims, rotation().answers)


@cache
def local_worker() -> LocalWorker:
    import time

    from chalicelib.aws.connection import node_name
    from chalicelib.rotation.resolve import resolve
    from chalicelib.rotation.service import LocalWorker
    from chalicelib.rotation.targets import LocalTargets

    return LocalWorker(
        node_name(),
        rotation().claims,
        rotation().answers,
        lambda: LocalTargets(resolve, settings().current().loopback_targets),
        time.monotonic,
        clock(),
    )


def reset() -> None:
    """Forget every adapter and service made so far: for tests."""
    for thing in vars(sys.modules[__name__]).values():
        clear: Any = getattr(thing, "cache_clear", None)
        if clear is not None:
            clear()
