"""What is answered about licences. Days are `yyyy-MM-dd`, UTC, and count as whole days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from chalicelib.cluster.gate import is_clustered
from chalicelib.cluster.licence import (
    EVALUATION,
    NO_CLUSTERING,
    Licence,
    end_of,
    evaluation,
    fingerprint,
)
from chalicelib.cluster.licences import Activation, Open, words
from chalicelib.cluster.licensing import in_trial, lapse_text
from chalicelib.cluster.service import Standing
from chalicelib.web.shapes import ApiDate, Struct

BUILT_IN = "evaluation"


class LicenseModel(Struct):
    """One licence.

    seats:    null: any number
    expires:  its last day; null: it does not end
    daysLeft: until that day; below 0 once it has ended
    state:    in words; `isValid` says whether it counts today
    """

    id: str
    company: str
    edition: str
    add_ons: Sequence[str]
    seats: int | None
    issued: str | None
    expires: str | None
    days_left: int | None
    state: str
    is_valid: bool
    is_built_in: bool
    added_date: ApiDate | None
    activated_nodes: Sequence[str]


class NodeActivationModel(Struct):
    """One node: whether licences are activated on it, and why it is view-only, "" if it is not."""

    machine_name: str
    is_current_node: bool
    activated: bool
    activated_date: ApiDate | None
    activated_by: str
    view_only: bool
    view_only_reason: str


class LicenseSummary(Struct):
    """How the cluster stands.

    signerSet:         whether licences are asked for at all
    evaluation:        whether the built-in evaluation holds; until `evaluationEnds`, null: for ever
    seatsTotal:        null: any number
    clusteringReason:  why clustering is not allowed, "" when it is
    viewOnly:          of the node that answers; every node is in `nodes`
    """

    edition: str
    add_ons: Sequence[str]
    company: str
    evaluation: bool
    evaluation_ends: str | None
    signer_set: bool
    signer: str
    expires: str | None
    days_left: int | None
    seats_used: int
    seats_total: int | None
    clustering_allowed: bool
    clustering_reason: str
    clustering_enabled: bool
    view_only: bool
    view_only_reason: str
    nodes: Sequence[NodeActivationModel]


class ValidLicenseModel(Struct):
    is_licensed: bool
    is_trial: bool
    license_end_date: ApiDate | None


def listed(standing: Standing, now: datetime) -> list[LicenseModel]:
    """The built-in evaluation while it holds, then every licence by id."""
    built_in = [_evaluation(standing, now)] if in_trial(standing.gate.licensing, now.date()) else []
    nodes = sorted(standing.gate.licensing.activated)
    return built_in + [_kept(one, nodes, now) for one in standing.licences]


def added(licence: Licence, now: datetime) -> LicenseModel:
    """A licence as its key says."""
    return LicenseModel(
        id=licence.id,
        company=licence.company,
        edition=licence.edition,
        add_ons=licence.add_ons,
        seats=licence.seats,
        issued=licence.issued.isoformat(),
        expires=_day(licence.expires),
        days_left=licence.days_left(now.date()),
        state=words(licence, now.date()),
        is_valid=licence.holds(now.date()),
        is_built_in=False,
        added_date=None,
        activated_nodes=(),
    )


def summary(standing: Standing, me: str, now: datetime) -> LicenseSummary:
    allowed, why, today = standing.rights, lapse_text(standing.gate.licensing, me, now), now.date()
    return LicenseSummary(
        edition=allowed.edition,
        add_ons=allowed.add_ons,
        company=allowed.company,
        evaluation=in_trial(standing.gate.licensing, today),
        evaluation_ends=standing.gate.licensing.trial or None,
        signer_set=bool(standing.signer),
        signer=fingerprint(standing.signer),
        expires=_day(allowed.expires),
        days_left=None if allowed.expires is None else (allowed.expires - today).days,
        seats_used=standing.seats_taken,
        seats_total=allowed.seats,
        clustering_allowed=allowed.clustering,
        clustering_reason="" if allowed.clustering else NO_CLUSTERING,
        clustering_enabled=is_clustered(standing.gate),
        view_only=bool(why),
        view_only_reason=why,
        nodes=_nodes(standing, me, now),
    )


def connection_manager(standing: Standing, me: str, now: datetime) -> ValidLicenseModel:
    allowed = standing.rights
    return ValidLicenseModel(
        is_licensed=not lapse_text(standing.gate.licensing, me, now),
        is_trial=allowed.evaluation,
        license_end_date=end_of(allowed.expires) if allowed.expires else None,
    )


def _kept(one: Open, nodes: Sequence[str], now: datetime) -> LicenseModel:
    if one.licence is None:
        return _foreign(one, now)
    model = added(one.licence, now)
    model.added_date = one.kept.added_at
    model.activated_nodes = nodes if model.is_valid else ()
    return model


def _foreign(one: Open, now: datetime) -> LicenseModel:
    """A licence that was added under another signer: it counts for nothing."""
    return LicenseModel(
        id=one.id,
        company="",
        edition="",
        add_ons=(),
        seats=0,
        issued=None,
        expires=None,
        days_left=None,
        state=words(None, now.date()),
        is_valid=False,
        is_built_in=False,
        added_date=one.kept.added_at,
        activated_nodes=(),
    )


def _evaluation(standing: Standing, now: datetime) -> LicenseModel:
    ends = standing.gate.licensing.trial
    has = evaluation()
    return LicenseModel(
        id=BUILT_IN,
        company="",
        edition=EVALUATION,
        add_ons=has.add_ons,
        seats=None,
        issued=None,
        expires=ends or None,
        days_left=(date.fromisoformat(ends) - now.date()).days if ends else None,
        state=f"Built in, until {ends}" if ends else "Built in, does not end",
        is_valid=True,
        is_built_in=True,
        added_date=None,
        activated_nodes=sorted(standing.gate.nodes),
    )


def _nodes(standing: Standing, me: str, now: datetime) -> list[NodeActivationModel]:
    by_node = {one.node: one for one in standing.activations}
    return [
        _node(name, standing, by_node.get(name), me, now) for name in sorted(standing.gate.nodes)
    ]


def _node(
    name: str, standing: Standing, by: Activation | None, me: str, now: datetime
) -> NodeActivationModel:
    activated = name in standing.gate.licensing.activated
    why = lapse_text(standing.gate.licensing, name, now)
    return NodeActivationModel(
        machine_name=name,
        is_current_node=name == me,
        activated=activated or not standing.signer,
        activated_date=by.at if by and activated else None,
        activated_by=by.name if by and activated else "",
        view_only=bool(why),
        view_only_reason=why,
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
