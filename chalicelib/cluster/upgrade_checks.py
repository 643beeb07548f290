"""What an upgrade's step waits for, and what keeps an upgrade from beginning. Texts for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from chalicelib import SCHEMA

from .gate import BAR_TEXT, OF_CODE, Code, Gate, bar_of, is_older
from .migration import gap
from .node import Node, code_of, is_unseen, unheld
from .region import nodes_elsewhere, region_of
from .upgrade import Facts, Status, Step, Upgrade, said


def waiting(upgrade: Upgrade, facts: Facts) -> str:
    """What the step at hand waits for, for people; "" when the next may be entered."""
    if upgrade.status is Status.ABORTING:
        return _going_back(upgrade, facts)
    return _WAITS[upgrade.step](upgrade, facts)


def _backed_up(upgrade: Upgrade, facts: Facts) -> str:
    taken, asked = facts.backup, upgrade.asked_at
    if asked is None or taken is None or taken.finished_at < asked:
        return "a backup is being taken"
    return "" if taken.success else f"the backup failed: {taken.notes}"


def _settled(upgrade: Upgrade, facts: Facts) -> str:
    """Whether what nodes had begun before the step's boxes must have ended by now."""
    others = upgrade.before.keys() - {upgrade.first, *nodes_elsewhere(facts.gate)}
    if not any(upgrade.before[name].in_cluster for name in others):
        return ""  # a node that serves alone changes places with nobody
    left = upgrade.since + facts.settling - facts.now
    if left <= timedelta(0):
        return ""
    return f"requests and work that had begun end within {max(1, round(left.total_seconds()))} s"


def _deployed(upgrade: Upgrade, facts: Facts) -> str:
    node = facts.node(upgrade.first)
    if node is not None and code_of(node) == upgrade.target:
        return ""
    return f"deploy {said(upgrade.target)} to {upgrade.first}"


def _joined(upgrade: Upgrade, facts: Facts) -> str:
    return _unwell(upgrade.first, facts) or _settled(upgrade, facts)


def _unwell(name: str, facts: Facts) -> str:
    node = facts.node(name)
    if node is None or is_unseen(node, facts.now):
        return f"{name} is not seen"
    bar = bar_of(facts.gate, name, code_of(node))
    return f"{name}: {BAR_TEXT[bar]}" if bar else ""


def _migrated(upgrade: Upgrade, facts: Facts) -> str:
    if not upgrade.migrates or facts.progress.passes:
        return ""
    return facts.progress.error or "rows are being migrated"


def _verified(upgrade: Upgrade, facts: Facts) -> str:
    progress = facts.progress
    if upgrade.migrates and (progress.passes < 2 or progress.left):  # noqa: PLR2004
        return progress.error or "a further pass over the rows has found some to change, or goes on"
    were = Gate(nodes=upgrade.before)
    fallen = [role for role in unheld(facts.gate) if role not in unheld(were)]
    unheld_now = ", ".join(fallen)
    return _unwell(upgrade.first, facts) or (f"no node holds {unheld_now}" if fallen else "")


def _rolled(upgrade: Upgrade, facts: Facts) -> str:
    older = sorted(facts.gate.nodes.keys() - running(upgrade.target, facts))
    if older:
        return f"deploy {said(upgrade.target)} to {', '.join(older)}"
    return "; ".join(filter(None, (_unwell(name, facts) for name in facts.gate.nodes)))


def _going_back(upgrade: Upgrade, facts: Facts) -> str:
    """The nodes that still run the code that is given up."""
    newer = running(upgrade.target, facts)
    return f"deploy {said(upgrade.source)} to {', '.join(newer)}" if newer else ""


def running(code: Code, facts: Facts) -> list[str]:
    """The nodes of the cluster that run that code."""
    return sorted(one.name for one in facts.nodes if _is_of(one, facts) and code_of(one) == code)


def _is_of(node: Node, facts: Facts) -> bool:
    return node.name in facts.gate.nodes


_WAITS: Mapping[Step, Callable[[Upgrade, Facts], str]] = {
    Step.CHECK: lambda _upgrade, _facts: "",
    Step.BACKUP: _backed_up,
    Step.DRAIN: _settled,
    Step.DEPLOY: _deployed,
    Step.JOIN: _joined,
    Step.STANDBY: _settled,
    Step.MIGRATE: _migrated,
    Step.VERIFY: _verified,
    Step.ROLL: _rolled,
    Step.FINISH: lambda _upgrade, _facts: "",
}


def problems(upgrade: Upgrade, facts: Facts, fresh: timedelta) -> list[str]:
    """Everything that keeps an upgrade from beginning, for people."""
    if source := facts.gate.replica:
        return [
            f"this cluster is a replica of {source}, whose backups bring migrated rows: deploy the "
            "new code to its nodes (make deploy)"
        ]
    found = [_version_problem(upgrade), _backup_problem(facts, fresh)]
    known = {one.name: one for one in facts.nodes}
    found.append(_first_problem(upgrade.first, facts.gate))
    for name in sorted(facts.gate.nodes):
        found.append(_node_problem(name, known.get(name), upgrade, facts))
    return [text for text in found if text]


def _version_problem(upgrade: Upgrade) -> str:
    source, target = upgrade.source, upgrade.target
    if target == source:
        return f"the cluster is of {said(source)} already"
    if is_older(target.version, source.version) or target.schema < source.schema:
        return f"{said(target)} is older than the cluster, {said(source)}: only a restore goes back"
    known = target.schema <= SCHEMA  # what this code does not know, the code to come judges
    return gap(source.schema, target.schema) if known else ""


def _backup_problem(facts: Facts, fresh: timedelta) -> str:
    taken = facts.good
    hint = "run one now (POST /api/v1/configuration/backup/run-now) and begin again"
    if taken is None:
        return f"there is no good backup: {hint}"
    age = facts.now - taken.finished_at
    if age <= fresh:
        return ""
    hours, most = age / timedelta(hours=1), fresh / timedelta(hours=1)
    return f"the newest good backup is {hours:.0f} hours old, {most:.0f} are allowed: {hint}"


def _first_problem(first: str, gate: Gate) -> str:
    if first not in gate.nodes:
        return f"there is no node {first}"
    if first not in nodes_elsewhere(gate):
        return ""
    place = region_of(gate, first)
    return f"{first} is in region {place}: choose a node of the writing region, {gate.writing}"


def _node_problem(name: str, node: Node | None, upgrade: Upgrade, facts: Facts) -> str:
    if node is None or is_unseen(node, facts.now):
        return f"{name} is not seen: start it, or remove it from the Server Nodes page"
    bar = bar_of(facts.gate, name, code_of(node))
    if bar is None or (bar in OF_CODE and code_of(node) == upgrade.target):
        return ""
    return f"{name}: {BAR_TEXT[bar]}"
