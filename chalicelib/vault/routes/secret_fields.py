"""Single fields of secrets: texts, and files, which come and go by themselves."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.core.errors import Invalid, NotFound, Throttled, TooLarge
from chalicelib.core.plain import Plain
from chalicelib.vault import one_time
from chalicelib.vault.change import Change, Item
from chalicelib.vault.service import Ticket
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import File

from . import secret_answers as answers
from .secret_args import FieldArgs, FileArgs, RestrictedArgs, UploadArgs
from .secret_models import FormerValue, OneTimePasswordCodeModel, TransferModel
from .visiting import AccessQuery, access, at, restricted_access, secret_rows, visit, visit_opening


class CodeQuery(AccessQuery):
    number_of_codes_to_generate: int | None = None


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/fields/{slug}",
    query=AccessQuery,
    returns=str,
    or_file=True,
    reads=secret_rows,
    errors=(TooLarge,),
)
def read_field(call: Call[None]) -> str | File:
    value = wiring.vault().field(visit(call), at(call), call.path["slug"], access(call))
    return answers.field(value)


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/restricted/fields/{slug}",
    query=AccessQuery,
    body=RestrictedArgs,
    returns=str,
    or_file=True,
    reads=secret_rows,
    errors=(TooLarge, Throttled),
)
def read_restricted_field(call: Call[RestrictedArgs]) -> str | File:
    how = restricted_access(call)
    asker = visit_opening(call)
    return answers.field(wiring.vault().field(asker, at(call), call.path["slug"], how))


@endpoint(
    "PUT",
    "/api/v1/secrets/{id}/fields/{slug}",
    query=AccessQuery,
    body=FieldArgs,
    returns=str,
    writes="vault",
    reads=secret_rows,
    errors=(TooLarge, Throttled),
)
def write_field(call: Call[FieldArgs]) -> str:
    slug, given = call.path["slug"].lower(), call.body
    file = given.file or given.file_attachment
    if file is not None:
        name = given.file_name or file.name
        wiring.attachments().put(visit_opening(call), at(call), slug, name, file.content)
        return slug
    if given.value is None:
        raise Invalid("value is required, or a file.")
    change = Change(items=(Item(given.value, slug=slug, removes=True),))
    wiring.vault_edits().change(visit_opening(call), at(call), change)
    return slug


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/fields/{slug}/upload",
    query=AccessQuery,
    body=FileArgs,
    returns=TransferModel,
    writes="vault",
    reads=secret_rows,
    errors=(TooLarge,),
)
def begin_upload(call: Call[FileArgs]) -> TransferModel:
    """Say where a large file is sent, and the key that it is sealed under"""
    asked = call.body
    ticket = wiring.attachments().begin(
        visit(call), at(call), call.path["slug"], asked.file_name, asked.size
    )
    return _transfer(ticket)


@endpoint(
    "PUT",
    "/api/v1/secrets/{id}/fields/{slug}/upload",
    query=AccessQuery,
    body=UploadArgs,
    returns=str,
    writes="vault",
    reads=secret_rows,
)
def finish_upload(call: Call[UploadArgs]) -> str:
    """Let the secret have the file that was sent"""
    slug = call.path["slug"].lower()
    wiring.attachments().finish(visit(call), at(call), slug, call.body.upload_id)
    return slug


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/fields/{slug}/download",
    query=AccessQuery,
    body=RestrictedArgs,
    returns=TransferModel,
    reads=secret_rows,
    errors=(Throttled,),
)
def download(call: Call[RestrictedArgs]) -> TransferModel:
    """Say where a large file is fetched, and the key that it is sealed under"""
    how = restricted_access(call)
    asker = visit_opening(call)
    return _transfer(wiring.attachments().fetch(asker, at(call), call.path["slug"], how))


def _transfer(ticket: Ticket) -> TransferModel:
    upload = ticket.upload
    key = Plain(b64encode(upload.key).decode())
    return TransferModel(upload.id, upload.name, upload.size, ticket.address, answers.revealed(key))


@endpoint(
    "GET",
    "/api/v1/one-time-password-code/{id}",
    query=CodeQuery,
    returns=Sequence[OneTimePasswordCodeModel],
    reads=secret_rows,
)
def one_time_codes(call: Call[None]) -> Sequence[OneTimePasswordCodeModel]:
    """The one-time-password code of a secret, and those after it"""
    asked: CodeQuery = call.query
    asker, where = visit(call), at(call)
    key = wiring.vault().field(
        asker, where, one_time.SLUG, access(call), "a one-time-password code"
    )
    if not isinstance(key, Plain):
        raise NotFound("The secret has no one-time-password key: it was not found.")
    terms = wiring.secret_finder().look(asker, where).secret.template.one_time
    found = one_time.codes(key, asked.number_of_codes_to_generate or 1, call.now, terms)
    return [OneTimePasswordCodeModel(one.text, one.duration, one.remaining) for one in found]


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/fields/{slug}/history",
    query=AccessQuery,
    returns=Sequence[FormerValue],
    reads=secret_rows,
)
def history(call: Call[None]) -> Sequence[FormerValue]:
    found = wiring.vault().history(visit(call), at(call), call.path["slug"])
    return [answers.former(one) for one in found]


@endpoint(
    "GET",
    "/api/v1/secrets/{id}/fields/{slug}/history/{version}",
    query=AccessQuery,
    returns=File,
    reads=secret_rows,
    errors=(TooLarge,),
)
def former_file(call: Call[None]) -> File:
    version = call.path.id("version")
    content = wiring.attachments().former(visit(call), at(call), call.path["slug"], version)
    return File(content.name, content.raw)


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/restricted/fields/{slug}/history",
    query=AccessQuery,
    body=RestrictedArgs,
    returns=Sequence[FormerValue],
    reads=secret_rows,
    errors=(Throttled,),
)
def restricted_history(call: Call[RestrictedArgs]) -> Sequence[FormerValue]:
    """The former values of a field, with what the secret asks for"""
    found = wiring.vault().history(visit_opening(call), at(call), call.path["slug"])
    return [answers.former(one) for one in found]


@endpoint(
    "POST",
    "/api/v1/secrets/{id}/restricted/fields/{slug}/history/{version}",
    query=AccessQuery,
    body=RestrictedArgs,
    returns=File,
    reads=secret_rows,
    errors=(TooLarge, Throttled),
)
def restricted_former_file(call: Call[RestrictedArgs]) -> File:
    """A file that a field once held, with what the secret asks for"""
    version, slug = call.path.id("version"), call.path["slug"]
    content = wiring.attachments().former(visit_opening(call), at(call), slug, version)
    return File(content.name, content.raw)
