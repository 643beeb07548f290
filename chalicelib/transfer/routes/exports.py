"""Exports: asked for, let by a second person where that is needed, looked at, fetched once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib import wiring
from chalicelib.bulk.routes.bodies import BulkOperationErrorModel
from chalicelib.core.errors import Conflict, NotFound, TooLarge, Unavailable
from chalicelib.core.plain import Plain
from chalicelib.transfer import export as rules
from chalicelib.transfer.export import Scope
from chalicelib.transfer.record import Format
from chalicelib.transfer.service import Details
from chalicelib.transfer.service.exporting import ADMINISTER, DECIDES
from chalicelib.vault.routes.visiting import visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import ApiDate, File, Struct

PATH = "/api/v2/secrets/export"


class ExportArgs(Struct, kw_only=True):
    """`password` is that of the ZIP, of 16 characters or more. Without folderId: all secrets."""

    notes: str
    password: Plain
    folder_id: int | None = None
    export_child_folders: bool = True
    export_folder_path: bool = True
    export_format: str = Format.CSV.value


class SecretExportArgs(Struct):
    data: ExportArgs


class ExportModel(Struct, kw_only=True):
    """`status`: waiting (for a second person), denied, running, ready, fetched, ended, expired.

    How far it is, and what was left out, is told by `details`, to who asked for it alone.
    """

    job_id: str
    status: str
    export_format: str
    folder_id: int | None
    export_child_folders: bool
    notes: str
    requested_by_user_id: int
    requested_at: ApiDate
    decided_by_user_id: int | None
    available_until: ApiDate | None
    secret_count: int = 0
    exported_count: int = 0
    percentage_complete: int = 0
    left_out: Sequence[BulkOperationErrorModel] = ()


class ExportOptionsModel(Struct):
    formats: Sequence[str]
    max_secrets: int
    min_password_length: int
    dual_control: bool


class DecisionArgs(Struct):
    approve: bool
    notes: str = ""


@endpoint("GET", PATH, returns=ExportOptionsModel, permission=ADMINISTER)
def export_options(call: Call[None]) -> ExportOptionsModel:
    formats = [Format.CSV.value, Format.XML.value]
    is_dual = wiring.exports().is_dual()
    return ExportOptionsModel(formats, rules.MOST_SECRETS, rules.LEAST_PASSWORD, is_dual)


@endpoint(
    "POST",
    f"{PATH}/job",
    body=SecretExportArgs,
    returns=ExportModel,
    permission=ADMINISTER,
    writes="cluster",
    errors=(NotFound, TooLarge, Unavailable),
)
def ask(call: Call[SecretExportArgs]) -> ExportModel:
    asked = call.body.data
    one = wiring.exports().ask(visit(call), _scope(asked), asked.notes, asked.password)
    return _model(Details(one), call.now)


@endpoint(
    "POST",
    "/api/v1/secrets/export",
    body=SecretExportArgs,
    returns=File,
    permission=ADMINISTER,
    writes="cluster",
    errors=(NotFound, TooLarge, Conflict, Unavailable),
)
def export_at_once(call: Call[SecretExportArgs]) -> File:
    """The encrypted ZIP of at most 250 secrets in one answer; not under dual control"""
    asked = call.body.data
    made = wiring.export_at_once().make(visit(call), _scope(asked), asked.notes, asked.password)
    return File(*made)


@endpoint("GET", f"{PATH}/waiting", returns=Sequence[ExportModel])
def waiting(call: Call[None]) -> Sequence[ExportModel]:
    """Ours: the exports that wait for a second person"""
    found = wiring.exports().waiting(call.principal, call.now)
    return [_model(Details(one), call.now) for one in found]


@endpoint(
    "POST",
    f"{PATH}/{{jobId}}/decision",
    body=DecisionArgs,
    returns=ExportModel,
    permission=DECIDES,
    writes="cluster",
    errors=(NotFound, Conflict, TooLarge, Unavailable),
)
def decide(call: Call[DecisionArgs]) -> ExportModel:
    """Ours: let an export begin, or deny it"""
    asked = call.body
    one = wiring.exports().decide(visit(call), call.path["jobId"], asked.approve, asked.notes)
    return _model(Details(one), call.now)


@endpoint("GET", f"{PATH}/{{jobId}}/details", returns=ExportModel, errors=(NotFound,))
def details(call: Call[None]) -> ExportModel:
    known = wiring.exports().details(call.principal, call.path["jobId"])
    return _model(known, call.now)


@endpoint(
    "GET",
    f"{PATH}/job/{{jobId}}",
    returns=File,
    permission=ADMINISTER,
    errors=(NotFound, Conflict, TooLarge),
)
def fetch(call: Call[None]) -> File:
    """The encrypted ZIP, once"""
    return File(*wiring.exports().fetch(call.principal, call.path["jobId"], call.now))


def _scope(asked: ExportArgs) -> Scope:
    return Scope(
        asked.folder_id if asked.folder_id and asked.folder_id > 0 else 0,
        asked.export_child_folders,
        asked.export_folder_path,
        rules.asked(asked.export_format),
    )


def _model(known: Details, now: datetime) -> ExportModel:
    one, progress = known.export, known.progress
    model = ExportModel(
        job_id=one.id,
        status=one.standing(now),
        export_format=one.scope.format.value,
        folder_id=one.scope.folder_id or None,
        export_child_folders=one.scope.children,
        notes=one.note,
        requested_by_user_id=one.asker.user_id,
        requested_at=one.asked_at,
        decided_by_user_id=one.decided_by or None,
        available_until=one.until,
    )
    if progress is not None:
        model.secret_count = progress.operation.total
        model.exported_count = progress.operation.done
        model.percentage_complete = progress.operation.percentage
        model.left_out = [BulkOperationErrorModel(why, name) for name, why in progress.errors]
    return model
