"""What surrounds a secret's values: state, general settings, expiry, sharing, its trail."""

from __future__ import annotations

from dataclasses import replace

from chalicelib import wiring
from chalicelib.core.errors import Invalid, Throttled
from chalicelib.vault.change import Change
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import Deed
from chalicelib.vault.secret import Expiry, ExpiryKind, Stored, Switches
from chalicelib.vault.service import Found
from chalicelib.vault.service.secret_trail import Lines
from chalicelib.vault.ssh_key import KeyWish
from chalicelib.vault.visit import Visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Paged, PagedQuery, applied, paged, paged_answer

from . import secret_answers as answers
from . import summary_answers
from .patching import dirty
from .secret_args import RestrictedArgs, inherits
from .secret_models import (
    SecretAuditModel,
    SecretDetailGeneralModel,
    SecretDetailGeneralViewModel,
    SecretDetailSettingsModel,
    SecretShareModel,
    SecretSummary,
)
from .settings_answers import settings as settings_of
from .settings_args import (
    ExpirationArgs,
    ExpirationPatch,
    GeneralArgs,
    GeneralPatch,
    ShareArgs,
)
from .state_answers import state_view
from .state_models import SecretDetailStateViewModel
from .trail_answers import secret_line
from .visiting import (
    AccessQuery,
    DetailQuery,
    at,
    marked_rows,
    named,
    secret_rows,
    visit,
    visit_opening,
)


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/state",
    query=AccessQuery,
    returns=SecretDetailStateViewModel,
    reads=secret_rows,
)
def state(call: Call[None]) -> SecretDetailStateViewModel:
    asker = visit(call)
    found = wiring.vault().glimpse(asker, replace(at(call), deleted=True))
    return state_view(asker, found)


@endpoint(
    "GET",
    "/api/v1/secrets/secret-detail/{id}/general",
    query=DetailQuery,
    returns=SecretDetailGeneralModel,
    reads=marked_rows,
)
def general(call: Call[None]) -> SecretDetailGeneralModel:
    asker = visit(call)
    found = wiring.vault().glimpse(asker, at(call))
    return answers.general(found, call.now, wiring.favourites().of(asker))


@endpoint(
    "PATCH",
    "/api/v1/secrets/{id}/general",
    query=AccessQuery,
    body=GeneralArgs,
    returns=SecretDetailGeneralViewModel,
    writes="vault",
    reads=marked_rows,
    errors=[Throttled],
)
def patch_general(call: Call[GeneralArgs]) -> SecretDetailGeneralViewModel:
    asker = visit_opening(call)
    shown = wiring.vault().shown(asker, _patched(call, asker, shows=True))
    return answers.general_view(shown, call.now, wiring.favourites().of(asker))


@endpoint(
    "PATCH",
    "/api/v2/secrets/{id}/general",
    query=AccessQuery,
    body=GeneralArgs,
    returns=SecretDetailGeneralModel,
    writes="vault",
    reads=marked_rows,
    errors=[Throttled],
)
def patch_general_v2(call: Call[GeneralArgs]) -> SecretDetailGeneralModel:
    asker = visit_opening(call)
    changed = _patched(call, asker, shows=False)
    return answers.general(changed, call.now, wiring.favourites().of(asker))


def _patched(call: Call[GeneralArgs], asker: Visit, *, shows: bool) -> Found:
    where = at(call)
    found = wiring.secret_finder().secret(asker, where, Deed.EDIT)
    call.body.data.demand_kept(Stored(found.secret, found.state))
    change = _general(call.body.data, found.secret.switches)
    wish = KeyWish(pair=bool(call.body.data.generate_ssh_keys))
    change = wiring.ssh_keys().change(asker, where, change, wish)
    return wiring.vault_edits().change(asker, where, change, shows=shows)


def _general(patch: GeneralPatch, known: Switches) -> Change:
    folder = dirty(patch.folder) or NO_FOLDER
    given = dirty(patch.secret_policy)
    is_set = patch.secret_policy is not None and patch.secret_policy.dirty
    policy = max(given or 0, 0) if is_set else None
    return Change(
        name=dirty(patch.name),
        folder_id=folder if patch.folder and patch.folder.dirty else None,
        site_id=dirty(patch.site),
        items=tuple(one.item() for one in patch.secret_fields or () if one.dirty),
        switches=replace(
            known,
            heartbeats=applied(patch.heartbeat_enabled, known.heartbeats),
            inherits_policy=inherits(
                dirty(patch.enable_inherit_secret_policy), policy, known.inherits_policy
            ),
        ),
        policy_id=policy,
    )


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/settings",
    query=AccessQuery,
    returns=SecretDetailSettingsModel,
    reads=secret_rows,
)
def settings(call: Call[None]) -> SecretDetailSettingsModel:
    found = wiring.secret_finder().secret(visit(call), at(call), Deed.VIEW)
    return settings_of(found, call.principal.user_id)


@endpoint(
    "PUT",
    "/api/v1/secrets/{id}/expiration",
    query=AccessQuery,
    body=ExpirationArgs,
    returns=SecretDetailSettingsModel,
    writes="vault",
    reads=secret_rows,
)
def put_expiration(call: Call[ExpirationArgs]) -> SecretDetailSettingsModel:
    asker, where = visit(call), at(call)
    known = wiring.secret_finder().secret(asker, where, Deed.EDIT).secret.expiry
    change = Change(expiry=_expiry(call.body.data, known))
    changed = wiring.vault_edits().change(asker, where, change)
    return settings_of(changed, asker.who.user_id)


def _expiry(patch: ExpirationPatch, known: Expiry) -> Expiry:
    days = applied(patch.expiration_day_interval, known.days)
    date = applied(patch.expiration_date, known.date)
    kind = _kind(applied(patch.expiration_type, known.kind.value))
    match kind:
        case ExpiryKind.TEMPLATE:
            return Expiry()
        case ExpiryKind.DAYS:
            return Expiry(kind, days=days)
        case ExpiryKind.DATE:
            return Expiry(kind, date=date)


def _kind(name: str) -> ExpiryKind:
    for kind in ExpiryKind:
        if kind.value.lower() == name.lower():
            return kind
    raise Invalid("expirationType must be Template, DayInterval or SpecificDate.")


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/expire",
    query=AccessQuery,
    body=RestrictedArgs,
    returns=SecretSummary,
    writes="vault",
    when_view_only=True,
    reads=secret_rows,
)
def expire(call: Call[RestrictedArgs]) -> SecretSummary:
    expired = wiring.vault_edits().expire(visit(call), at(call))
    return summary_answers.summary(expired, call.now)


@endpoint(
    "PATCH",
    "/api/v1/secrets/{id}/share",
    body=ShareArgs,
    returns=SecretShareModel,
    writes="vault",
    reads=secret_rows,
)
def share(call: Call[ShareArgs]) -> SecretShareModel:
    change = Change(inherits=dirty(call.body.data.inherit_permissions))
    secret = wiring.vault_edits().change(visit(call), at(call), change).secret
    return SecretShareModel(secret.id, secret.inherits_permissions)


class AuditQuery(PagedQuery):
    """`auditActions`: actions parted by commas; `isExporting` is told on the trail."""

    audit_actions: str = ""
    include_password_change_log: bool = True
    is_exporting: bool = False
    secret_path: str = ""

    def lines(self) -> Lines:
        actions = (one.strip().upper() for one in self.audit_actions.split(","))
        return Lines(frozenset(filter(None, actions)), self.include_password_change_log)


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/audits",
    query=AuditQuery,
    returns=Paged[SecretAuditModel],
    reads=secret_rows,
)
def audits(call: Call[None]) -> Paged[SecretAuditModel]:
    asked: AuditQuery = call.query
    lines = wiring.secret_trail().page(
        visit(call),
        named(call.id(), asked.secret_path),
        asked.lines(),
        paged(asked),
        exports=asked.is_exporting,
    )
    return paged_answer(lines, secret_line(lines.records))
