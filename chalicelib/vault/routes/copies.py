"""Copies of a secret, and another template for it."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.core.errors import Conflict, Invalid, NotFound, StillUsed, Unavailable
from chalicelib.core.plain import Plain
from chalicelib.vault.service import At, Wish
from chalicelib.vault.templates import Template
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct

from . import secret_answers as answers
from .secret_args import Commented
from .secret_models import SecretModel
from .visiting import at, secret_rows, visit

API = "/api/v1/secrets"
ERRORS = (NotFound, Conflict, Unavailable)


class CopyArgs(Commented, kw_only=True):
    """Ours. None: the name with " - Copy" after it, the same folder; -1 is no folder."""

    name: str | None = None
    folder_id: int | None = None


class FieldMapping(Struct, kw_only=True):
    """sourceFieldValue: what a field gets that is not there; beside a source it says nothing."""

    destination_field_id: int
    source_field_id: int | None = None
    source_field_value: Plain | None = None


class ConvertData(Struct, kw_only=True):
    secret_ids: Sequence[int]
    secret_template_id: int
    new_secret_name: str | None = None
    field_mapping: Sequence[FieldMapping] = ()


class ConvertArgs(Commented, kw_only=True):
    """The contract names the operation only."""

    data: ConvertData


class ConvertInfoData(Struct):
    secret_ids: Sequence[int]
    destination_template_id: int


class ConvertInfoArgs(Struct):
    data: ConvertInfoData


class ConvertField(Struct):
    id: int
    name: str
    field_slug_name: str
    is_required: bool
    is_password: bool
    is_file: bool


class ConvertTemplate(Struct):
    template_id: int
    template_name: str
    fields: Sequence[ConvertField]


class UsualMapping(Struct):
    source_field_id: int
    destination_field_id: int


class ConvertInfoModel(Struct):
    """fieldMapping, ours: what goes where if a conversion names nothing."""

    source: ConvertTemplate
    destination: ConvertTemplate
    field_mapping: Sequence[UsualMapping]


class ConvertedModel(Struct):
    secret_id: int
    secret_template_id: int


@endpoint(
    "POST",
    f"{API}/{{id}}/copy",
    body=CopyArgs,
    returns=SecretModel,
    writes="vault",
    reads=secret_rows,
    errors=ERRORS,
)
def copy(call: Call[CopyArgs]) -> SecretModel:
    """Make another secret with the same values, which the caller owns"""
    asker, body = visit(call), call.body
    made = wiring.copies().copy(asker, at(call), body.name, body.folder_id)
    return answers.whole(wiring.vault().shown(asker, made), call.now)


@endpoint(
    "POST", f"{API}/get-convert-info", body=ConvertInfoArgs, returns=ConvertInfoModel, errors=ERRORS
)
def info(call: Call[ConvertInfoArgs]) -> ConvertInfoModel:
    """The fields before and after a conversion, and what would go where"""
    data = call.body.data
    where = At(_one(data.secret_ids))
    before, after, moves = wiring.conversions().plan(
        visit(call), where, data.destination_template_id
    )
    usual = [UsualMapping(one.source.id, one.target.id) for one in moves]
    return ConvertInfoModel(_template(before), _template(after), usual)


@endpoint(
    "POST",
    f"{API}/convert-template",
    body=ConvertArgs,
    returns=ConvertedModel,
    writes="vault",
    errors=(*ERRORS, StillUsed),
)
def convert(call: Call[ConvertArgs]) -> ConvertedModel:
    """Give a secret another template; it keeps its id, its history and what it is shared with"""
    data = call.body.data
    pairs = [
        (one.source_field_id, one.destination_field_id)
        for one in data.field_mapping
        if one.source_field_id
    ]
    given = {
        one.destination_field_id: one.source_field_value
        for one in data.field_mapping
        if not one.source_field_id and one.source_field_value
    }
    wish = Wish(data.secret_template_id, data.new_secret_name, pairs, given)
    done = wiring.conversions().convert(visit(call), At(_one(data.secret_ids)), wish).secret
    return ConvertedModel(done.id, done.template_id)


def _one(ids: Sequence[int]) -> int:
    if len(ids) != 1 or ids[0] < 1:
        raise Invalid("secretIds must name one secret.")
    return ids[0]


def _template(kind: Template) -> ConvertTemplate:
    fields = [
        ConvertField(one.id, one.name, one.slug, one.is_required, one.is_password, one.is_file)
        for one in kind.fields
    ]
    return ConvertTemplate(kind.id, kind.name, fields)
