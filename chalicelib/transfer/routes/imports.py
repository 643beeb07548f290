"""Imports: what may be sent, tried out, begun. How far one is: `bulk-operations/{id}/progress`."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import wiring
from chalicelib.bulk.action import IMPORT
from chalicelib.core.errors import Invalid, TooLarge
from chalicelib.core.plain import Plain
from chalicelib.transfer import record
from chalicelib.transfer.files import kdbx_header
from chalicelib.transfer.plan import Unmatched, Wishes
from chalicelib.transfer.record import Format, folder_of
from chalicelib.transfer.service import File, Preview
from chalicelib.transfer.service.importing import ADVANCED, format_named
from chalicelib.vault.routes.visiting import visit
from chalicelib.web.call import Call
from chalicelib.web.endpoint import endpoint
from chalicelib.web.shapes import Struct, Upload

MOST_ENTRIES = 500
"""Of a mapping, and of what is told of a file."""


class ColumnArg(Struct):
    """`name` is the file's; `field` a slug or name of the template; "" leaves the value out."""

    name: str
    field: str = ""


class TemplateArg(Struct):
    name: str
    template_id: int


class FolderArg(Struct):
    """Where a folder of the file goes, with all below it."""

    path: str
    to: str = ""


class ImportArgs(Struct, kw_only=True):
    """`file` in base64, or of a multipart form.

    columnNames are those of a CSV without a line of names. password and keyFile open a KeePass
    database and are kept nowhere. folderPath is where everything goes.
    """

    file: Upload
    format: str = ""
    column_names: tuple[str, ...] = ()
    password: Plain | None = None
    key_file: Upload | None = None
    template_id: int = 0
    folder_path: str = ""
    columns: tuple[ColumnArg, ...] = ()
    templates: tuple[TemplateArg, ...] = ()
    folders: tuple[FolderArg, ...] = ()
    unmatched: str = Unmatched.REFUSE.value
    allow_duplicate_secrets: bool = False

    def sent(self, format: Format) -> File:
        key_file = self.key_file.content if self.key_file else b""
        return File(format, self.file.content, self.column_names, self.password, key_file)

    def wishes(self) -> Wishes:
        if max(map(len, (self.columns, self.templates, self.folders))) > MOST_ENTRIES:
            raise Invalid(f"A mapping has at most {MOST_ENTRIES} entries.")
        return Wishes(
            self.template_id,
            {one.name: one.template_id for one in self.templates},
            {one.name: one.field for one in self.columns},
            {folder_of(one.path): folder_of(one.to) for one in self.folders},
            folder_of(self.folder_path),
            _unmatched(self.unmatched),
        )


class ImportFaultModel(Struct):
    """`place` is that of the record in the file, from 1."""

    place: int
    name: str
    error_message: str


class ImportSecretModel(Struct):
    place: int
    name: str
    secret_template_id: int
    folder_path: str
    fields: Sequence[str]


class ImportModel(Struct):
    """What an import would do: it shows no values. Lists are cut, numbers are whole."""

    secret_count: int
    folder_count: int
    error_count: int
    folders: Sequence[str]
    secrets: Sequence[ImportSecretModel]
    errors: Sequence[ImportFaultModel]
    bulk_operation_id: str | None = None


class ImportConfigurationModel(Struct):
    formats: Sequence[str]
    unmatched: Sequence[str]
    max_bytes: int
    max_secrets: int
    max_key_memory_bytes: int
    max_key_rounds: int


def _tried(call: Call[ImportArgs], format: Format) -> ImportModel:
    asked = call.body
    found = wiring.imports().verify(
        visit(call), asked.sent(format), asked.wishes(), twice=asked.allow_duplicate_secrets
    )
    return _model(found)


def _begun(call: Call[ImportArgs], format: Format) -> ImportModel:
    asked = call.body
    found = wiring.imports().begin(
        visit(call), asked.sent(format), asked.wishes(), twice=asked.allow_duplicate_secrets
    )
    return _model(found)


@endpoint(
    "GET",
    "/api/v1/secrets/import-configuration",
    returns=ImportConfigurationModel,
    permission=IMPORT.permission,
)
def import_configuration(call: Call[None]) -> ImportConfigurationModel:
    return ImportConfigurationModel(
        [one.value for one in Format],
        [one.value for one in Unmatched],
        record.MOST_BYTES,
        record.MOST_RECORDS,
        kdbx_header.MOST_MEMORY,
        kdbx_header.MOST_ROUNDS,
    )


@endpoint(
    "POST",
    "/api/v1/secrets/import-csv-verify",
    body=ImportArgs,
    returns=ImportModel,
    permission=IMPORT.permission,
    errors=(TooLarge,),
)
def verify_csv(call: Call[ImportArgs]) -> ImportModel:
    return _tried(call, Format.CSV)


@endpoint(
    "POST",
    "/api/v1/secrets/import-csv-process",
    body=ImportArgs,
    returns=ImportModel,
    permission=IMPORT.permission,
    writes="vault",
    errors=(TooLarge,),
)
def import_csv(call: Call[ImportArgs]) -> ImportModel:
    return _begun(call, Format.CSV)


@endpoint(
    "POST",
    "/api/v1/secrets/import-xml-process",
    body=ImportArgs,
    returns=ImportModel,
    permission=ADVANCED,
    writes="vault",
    errors=(TooLarge,),
)
def import_xml(call: Call[ImportArgs]) -> ImportModel:
    return _begun(call, Format.XML)


@endpoint(
    "POST",
    "/api/v1/secret-import/verify",
    body=ImportArgs,
    returns=ImportModel,
    permission=IMPORT.permission,
    errors=(TooLarge,),
)
def verify(call: Call[ImportArgs]) -> ImportModel:
    """Ours: try out a file of any format; nothing is kept of it"""
    return _tried(call, format_named(call.body.format))


@endpoint(
    "POST",
    "/api/v1/secret-import",
    body=ImportArgs,
    returns=ImportModel,
    permission=IMPORT.permission,
    writes="vault",
    errors=(TooLarge,),
)
def begin(call: Call[ImportArgs]) -> ImportModel:
    """Ours: import a file of any format"""
    return _begun(call, format_named(call.body.format))


def _unmatched(given: str) -> Unmatched:
    try:
        return Unmatched(given.strip().lower())
    except ValueError:
        raise Invalid(f"unmatched must be one of {', '.join(Unmatched)}.") from None


def _model(found: Preview) -> ImportModel:
    folders = [one for one in found.steps if one.is_folder]
    right = [one for one in found.secrets if not one.fault]
    return ImportModel(
        secret_count=len(right),
        folder_count=len(folders),
        error_count=len(found.faults),
        folders=[one.label for one in folders[:MOST_ENTRIES]],
        secrets=[
            ImportSecretModel(
                one.place,
                one.name,
                one.template_id,
                "".join(f"\\{name}" for name in one.folder),
                [slug for slug, _ in one.values],
            )
            for one in right[:MOST_ENTRIES]
        ],
        errors=[
            ImportFaultModel(one.place, one.name, one.fault) for one in found.faults[:MOST_ENTRIES]
        ],
        bulk_operation_id=found.operation or None,
    )
