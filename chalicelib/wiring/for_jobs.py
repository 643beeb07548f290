"""Trigger jobs, queues, the outbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from .base import backbone, bus, clock, committer, ids
from .for_sites import sites

if TYPE_CHECKING:
    from chalicelib.events.service import OutboxService
    from chalicelib.jobs.cleaning import Cleaning
    from chalicelib.jobs.log import LogService
    from chalicelib.jobs.queues import QueueService
    from chalicelib.jobs.service import JobService
    from chalicelib.settings.settings import Settings


@cache
def jobs() -> JobService:
    from chalicelib.aws.connection import node_name
    from chalicelib.jobs.service import JobService
    from chalicelib.jobs.store import JobStore

    from .for_cluster import settings  # which is built on this module

    def kept(read: Callable[[], Settings]) -> Callable[[], timedelta]:
        return lambda: timedelta(days=read().days_to_keep_logs)

    store = JobStore(committer(), kept(settings().lately))
    return JobService(
        store, committer(), bus(), ids(), clock(), node_name(), kept(settings().current)
    )


@cache
def job_log() -> LogService:
    from chalicelib.jobs.log import LogService
    from chalicelib.jobs.store import JobStore

    from .for_cluster import settings

    def kept() -> timedelta:
        return timedelta(days=settings().lately().days_to_keep_logs)

    return LogService(JobStore(committer(), kept), clock(), kept)


@cache
def cleaning() -> Cleaning:
    from chalicelib.jobs.cleaning import Cleaning
    from chalicelib.jobs.store import EndedRows

    from .for_cluster import settings

    return Cleaning(EndedRows(), settings().fresh, clock())


@cache
def outbox() -> OutboxService:
    from chalicelib.events.service import OutboxService
    from chalicelib.events.store import Outbox

    return OutboxService(Outbox(bus()))


@cache
def queues() -> QueueService:
    from chalicelib.aws.queues import DEAD, Queues
    from chalicelib.cluster.backbone import base
    from chalicelib.jobs.queues import QueueService

    return QueueService(Queues(), queue_names, lambda name: name + DEAD, base, committer(), bus())


def queue_names() -> list[str]:
    """Every queue of the cluster: those of its functions, of sites, and the nodes' own."""
    from chalicelib.cluster.functions import WORKERS

    shared = [one.queue for one in WORKERS]
    return shared + sites().queue_names() + backbone().own_queues()
