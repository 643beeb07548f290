"""What the API of upgrades shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.cluster import migration
from chalicelib.cluster.gate import OWN, Code
from chalicelib.cluster.node import Node, code_of
from chalicelib.cluster.region import region_of
from chalicelib.cluster.service import ShownUpgrade
from chalicelib.cluster.upgrade import SENTENCES, STEPS, Status, Step, Upgrade
from chalicelib.cluster.upgrade_commands import commands
from chalicelib.web.shapes import ApiDate, Struct


class UpgradeCodeModel(Struct):
    """A version of Conclave, and the schema of the rows that it reads and writes."""

    version: str
    schema: int


class UpgradeNodeModel(Struct):
    """A node as an upgrade sees it. `role` is first or other; `upgraded`: it runs the target.

    `region`: where it is, in a mirrored cluster.
    """

    name: str
    version: str
    schema: int
    in_cluster: bool
    role: str
    upgraded: bool
    last_seen: ApiDate
    region: str | None


class UpgradeStepModel(Struct):
    """One step. `state` is done, current, failed, ahead, or left: given up at it."""

    name: str
    sentence: str
    state: str
    started: ApiDate | None
    finished: ApiDate | None
    seconds: int | None
    error: str | None


class UpgradeMigrationModel(Struct):
    """How far the rows are. `passes` ended of two; the second must leave nothing to change."""

    percent: int
    passes: int
    changed: int
    migrations: Sequence[str]
    error: str | None


class UpgradeBackupModel(Struct):
    """The newest good backup; `upgrade`: the name of the one that this upgrade took."""

    name: str | None
    finished: ApiDate | None
    age_minutes: int | None
    upgrade: str | None


class UpgradeModel(Struct):
    """Where the upgrade stands, or how the last one ended. `status` is none before the first.

    `next` is what to run on the operator's machine, line by line; `waitsFor` what the step at hand
    waits for.
    """

    status: str
    step: str | None
    in_progress: bool
    abandoned: bool
    id: str | None
    source: UpgradeCodeModel
    target: UpgradeCodeModel | None
    here: UpgradeCodeModel
    first_node: str | None
    begun: ApiDate | None
    begun_by: int | None
    last_advanced: ApiDate | None
    waits_for: str | None
    error: str | None
    steps: Sequence[UpgradeStepModel]
    nodes: Sequence[UpgradeNodeModel]
    backup: UpgradeBackupModel
    migration: UpgradeMigrationModel
    next: Sequence[str]
    can_abort: bool


class UpgradeBeginArgs(Struct):
    """`checkOnly`: say what keeps it from beginning, and change nothing."""

    version: str
    schema: int
    first_node: str
    check_only: bool = False


class UpgradeBeginModel(Struct):
    """`problems`: everything in the way, for `checkOnly`; empty when it may begin, or has begun."""

    begun: bool
    problems: Sequence[str]


class UpgradeAdvanceArgs(Struct):
    """`retry`: forget what went wrong at the step at hand, and go on."""

    retry: bool = False


def model(shown: ShownUpgrade, now: datetime) -> UpgradeModel:
    upgrade = shown.upgrade
    return UpgradeModel(
        status=str(upgrade.status) if upgrade else "none",
        step=str(upgrade.step) if upgrade else None,
        in_progress=upgrade is not None and upgrade.is_in_progress,
        abandoned=shown.is_abandoned,
        id=upgrade.id if upgrade else None,
        source=_code(upgrade.source if upgrade else Code(shown.gate.version, shown.gate.schema)),
        target=_code(upgrade.target) if upgrade else None,
        here=_code(OWN),
        first_node=upgrade.first if upgrade else None,
        begun=upgrade.begun_at if upgrade else None,
        begun_by=upgrade.begun_by if upgrade else None,
        last_advanced=upgrade.advanced_at if upgrade else None,
        waits_for=shown.waits_for or None,
        error=shown.error or None,
        steps=[_step(one, shown, now) for one in STEPS] if upgrade else [],
        nodes=[_node(one, shown) for one in shown.nodes],
        backup=_backup(shown, now),
        migration=_migration(shown),
        next=list(commands(upgrade, shown.nodes, shown.cluster, shown.gate)),
        can_abort=upgrade is not None and upgrade.status in (Status.RUNNING, Status.FINISHED),
    )


def _code(code: Code) -> UpgradeCodeModel:
    return UpgradeCodeModel(code.version, code.schema)


def _step(step: Step, shown: ShownUpgrade, now: datetime) -> UpgradeStepModel:
    upgrade = shown.upgrade
    assert upgrade is not None  # noqa: S101
    mark = upgrade.marks.get(step)
    is_current = step is upgrade.step and upgrade.is_in_progress
    began = mark.started_at if mark else None
    over = mark.finished_at if mark else None
    error = shown.error if is_current else ""
    return UpgradeStepModel(
        name=str(step),
        sentence=SENTENCES[step],
        state=_state(upgrade, step, error),
        started=began,
        finished=over,
        seconds=_seconds((over or now) - began) if began and (over or is_current) else None,
        error=error or None,
    )


def _state(upgrade: Upgrade, step: Step, error: str) -> str:
    mark = upgrade.marks.get(step)
    if mark is None:
        return "ahead"
    if mark.finished_at:
        return "done"
    if not upgrade.is_in_progress:
        return "left"
    return "failed" if error else "current"


def _node(node: Node, shown: ShownUpgrade) -> UpgradeNodeModel:
    upgrade, code = shown.upgrade, code_of(node)
    return UpgradeNodeModel(
        name=node.name,
        version=code.version,
        schema=code.schema,
        in_cluster=shown.gate.wanted(node.name).in_cluster,
        role="first" if upgrade and upgrade.first == node.name else "other",
        upgraded=upgrade is not None and code == upgrade.target,
        last_seen=node.stamp.seen_at,
        region=region_of(shown.gate, node.name) or None,
    )


def _backup(shown: ShownUpgrade, now: datetime) -> UpgradeBackupModel:
    good, upgrade = shown.good, shown.upgrade
    return UpgradeBackupModel(
        name=good.name if good else None,
        finished=good.finished_at if good else None,
        age_minutes=_seconds(now - good.finished_at) // 60 if good else None,
        upgrade=(upgrade.backup or None) if upgrade else None,
    )


def _migration(shown: ShownUpgrade) -> UpgradeMigrationModel:
    upgrade, progress = shown.upgrade, shown.progress
    ahead = migration.path(upgrade.source.schema, upgrade.target.schema) if upgrade else ()
    return UpgradeMigrationModel(
        percent=progress.percent(ahead) if upgrade else 0,
        passes=progress.passes,
        changed=progress.changed,
        migrations=[f"{one.name}: {one.sentence}" for one in ahead],
        error=progress.error or None,
    )


def _seconds(span: timedelta) -> int:
    return max(0, int(span.total_seconds()))
