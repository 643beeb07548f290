"""Nodes, the gate, the agent, settings."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .base import backbone, bus, clock, committer, counter, ids, keyring, unlisting
from .for_jobs import jobs, queue_names
from .for_licences import licences

if TYPE_CHECKING:
    from chalicelib.cluster.agent import Agent
    from chalicelib.cluster.guard import Guard
    from chalicelib.cluster.service import (
        BackboneService,
        CacheService,
        ConflictService,
        DeadLetterWatch,
        GateService,
        HealthService,
        MaintenanceService,
        MirrorService,
        NodeService,
        UnlimitedService,
    )
    from chalicelib.settings.service import SettingsService


@cache
def gate() -> GateService:
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.service import GateService
    from chalicelib.cluster.store import Gates

    return GateService(Gates(), node_name(), backbone().hear)


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
    from chalicelib.aws.queues import Queues
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
        Queues().held,
    )


@cache
def backbone_bus() -> BackboneService:
    from chalicelib.aws.connection import node_name
    from chalicelib.aws.queues import Queues
    from chalicelib.cluster.service import BackboneService
    from chalicelib.cluster.store import Gates, Nodes

    return BackboneService(
        node_name(), Gates(), Nodes(), committer(), Queues().held, nodes().wake_lagging
    )


@cache
def caches() -> CacheService:
    from chalicelib.access.role import EPOCH as ROLES
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.service import CacheService
    from chalicelib.cluster.store import Gates
    from chalicelib.settings.service import EPOCH as SETTINGS
    from chalicelib.vault.definitions import EPOCH as TEMPLATES
    from chalicelib.vault.service.folders import EPOCH as FOLDERS
    from chalicelib.vault.service.rebuilding import EPOCH as SEARCH

    names = (ROLES, SETTINGS, TEMPLATES, FOLDERS, SEARCH)
    return CacheService(node_name(), names, Gates(), committer())


@cache
def mirror() -> MirrorService:
    from chalicelib.aws.connection import connection, node_name
    from chalicelib.cluster.service import MirrorService
    from chalicelib.cluster.store import Gates, Nodes

    return MirrorService(
        node_name(),
        Gates(),
        Nodes(),
        committer(),
        counter().next,
        lambda epoch: settings().at(epoch).clock_tolerance,
        lambda: bool(connection().home),
    )


@cache
def conflicts() -> ConflictService:
    from chalicelib.aws.connection import connection, node_name
    from chalicelib.cluster.service import ConflictService
    from chalicelib.cluster.store import Conflicts, Gates
    from chalicelib.core.log import logger

    return ConflictService(
        node_name(),
        Gates(),
        Conflicts(),
        committer(),
        clock(),
        lambda: bool(connection().home),
        logger(),
    )


@cache
def maintenance() -> MaintenanceService:
    from chalicelib.aws.connection import node_name
    from chalicelib.aws.functions import Functions
    from chalicelib.cluster.service import MaintenanceService
    from chalicelib.cluster.store import Gates, Nodes
    from chalicelib.core.log import logger

    return MaintenanceService(node_name(), Gates(), Nodes(), committer(), Functions(), logger())


@cache
def unlimited() -> UnlimitedService:
    from chalicelib.aws.connection import node_name
    from chalicelib.cluster.service import UnlimitedService
    from chalicelib.cluster.store import Gates

    def is_dual() -> bool:
        return settings().fresh().dual_control

    return UnlimitedService(node_name(), Gates(), committer(), is_dual)


@cache
def health() -> HealthService:
    from chalicelib.aws.connection import node_name
    from chalicelib.aws.queues import Queues
    from chalicelib.cluster.service import HealthService
    from chalicelib.cluster.store import Nodes

    def ask_bus() -> object:
        return Queues().depth(backbone().last("background"))

    return HealthService(node_name(), Nodes(), ask_bus, clock())


@cache
def dead_letter_watch() -> DeadLetterWatch:
    from chalicelib.aws.connection import node_name
    from chalicelib.aws.queues import DEAD, Queues
    from chalicelib.cluster.service import DeadLetterWatch
    from chalicelib.cluster.store import DeadLetters

    return DeadLetterWatch(
        node_name(),
        queue_names,
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
        commit=unlisting(),
        wanted=Wanted(
            jobs=jobs().jobs,
            sites=lambda: [one.id for one in SiteStore().sites()],
            clock_tolerance=lambda epoch: settings().at(epoch).clock_tolerance,
        ),
        licensed=licences().followed,
        next_id=counter().next,
        clock=clock(),
        ids=ids(),
        log=logger(),
    )


@cache
def settings() -> SettingsService:
    from chalicelib.cluster.store import Gates
    from chalicelib.settings.service import SettingsService
    from chalicelib.settings.store import SettingsTable

    return SettingsService(SettingsTable(), committer(), Gates().follow_settings, clock())
