"""The OpenAPI 3.1 document of the API, derived from the table of endpoints."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from chalicelib import VERSION
from chalicelib.core.errors import (
    AccessDenied,
    ConclaveError,
    Invalid,
    LoginFailed,
    MaintenanceMode,
    NotFound,
    NotInCluster,
    Throttled,
    Unauthenticated,
)
from chalicelib.core.plain import Plain

from .align import fields_of
from .endpoint import Endpoint
from .errors import STATUS
from .shapes import File, NotYet, PagedQuery, ReadOver, SortArg, Struct, Upload

REF = "#/components/schemas/{name}"
_VARIABLE = re.compile(r"\{\w+\}")


class ErrorBody(Struct):
    """Why a request was refused."""

    message: str
    message_detail: str = ""
    error_code: str = ""
    model_state: Any = None


class TokenRefused(Struct):
    """Why no token was given, as OAuth 2.0 writes it."""

    error: str


class BrokenBody(Struct):
    """An error that nobody expected; `stackTrace` is always empty."""

    message: str
    exception_message: str
    exception_type: str
    stack_trace: str


def document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The whole document, ready for JSON."""
    rows = sorted(endpoints, key=lambda one: (one.path.lower(), one.method))
    schemas = _Schemas(rows)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Conclave",
            "version": VERSION,
            "description": "A privileged-access vault without servers. Dates are UTC, no suffix.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/SecretServer"}],
        "security": [{"bearer": []}],
        "paths": _paths(rows, schemas),
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Schemas:
    """JSON schemas of every type that the table mentions."""

    def __init__(self, rows: Sequence[Endpoint]) -> None:
        self._kinds: list[Any] = [ErrorBody, TokenRefused, BrokenBody]
        for row in rows:
            self._kinds += [kind for kind in (row.body, row.returns) if kind not in (None, File)]
            self._kinds += [kind for _, kind in _query_fields(row)]
        found, self.components = msgspec.json.schema_components(
            self._kinds, schema_hook=_custom, ref_template=REF
        )
        self._schemas = dict(zip(map(repr, self._kinds), found, strict=True))

    def of(self, kind: Any) -> dict[str, Any]:
        return self._schemas[repr(kind)]


def _custom(kind: type) -> dict[str, Any]:
    if kind is Plain:
        return {"type": "string", "format": "password"}
    if kind is Upload:
        return {"type": "string", "contentMediaType": "application/octet-stream"}
    if kind is NotYet:
        return {"description": "Not available in this release: refused unless it is empty."}
    if kind is ReadOver:
        return {"description": "Read over."}
    raise NotImplementedError


def _paths(rows: Sequence[Endpoint], schemas: _Schemas) -> dict[str, Any]:
    """Operations by path. Paths that differ only in the names of variables are one path."""
    spelled: dict[str, str] = {}
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        path = spelled.setdefault(_VARIABLE.sub("{}", row.path).lower(), row.path)
        paths.setdefault(path, {})[row.method.lower()] = _operation(row, path, schemas)
    return paths


def _operation(row: Endpoint, path: str, schemas: _Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", row.name).strip("_").lower(),
        "summary": _summary(row),
        "tags": [row.area],
        "parameters": [*_path_parameters(path), *_query_parameters(row, schemas)],
        "responses": {"200": _success(row, schemas), **_errors(row, schemas)},
        "x-writes": row.writes,
    }
    if row.body is not None:
        content = {_content_type(row): {"schema": schemas.of(row.body)}}
        operation["requestBody"] = {"required": True, "content": content}
    if row.anonymous:
        operation["security"] = []
    if row.permission:
        operation["x-permission"] = " or ".join(row.permissions)
    return operation


def _summary(row: Endpoint) -> str:
    """The first line of the handler's docstring, else its name as words."""
    told = (inspect.getdoc(row.handler) or "").partition("\n")[0]
    return told or row.handler.__name__.strip("_").replace("_", " ").capitalize()


def _content_type(row: Endpoint) -> str:
    return "application/x-www-form-urlencoded" if row.form else "application/json"


def _path_parameters(path: str) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_fields(row: Endpoint) -> list[tuple[str, Any]]:
    """The query's parameters as clients write them: filters of a page have their prefix."""
    if row.query is None:
        return []
    paged = issubclass(row.query, PagedQuery)
    own = fields_of(PagedQuery) if paged else {}
    named = [(key, *field) for key, field in fields_of(row.query).items() if key != "sortby"]
    fields = [
        (name if key in own or not paged else f"filter.{name}", kind) for key, name, kind in named
    ]
    sorts = [(f"sortBy[0].{name}", kind) for name, kind in fields_of(SortArg).values()]
    return [*fields, *sorts] if paged else fields


def _query_parameters(row: Endpoint, schemas: _Schemas) -> Iterator[dict[str, Any]]:
    for name, kind in _query_fields(row):
        yield {"name": name, "in": "query", "required": False, "schema": schemas.of(kind)}


def _success(row: Endpoint, schemas: _Schemas) -> dict[str, Any]:
    if row.returns is File:
        return {"description": "The file", "content": {"application/octet-stream": {}}}
    if row.returns is None:
        return {"description": "What a browser shows", "content": {"*/*": {}}}
    content = {"application/json": {"schema": schemas.of(row.returns)}}
    if row.or_file:
        content["application/octet-stream"] = {}
    return {"description": "Success", "content": content}


def _errors(row: Endpoint, schemas: _Schemas) -> Mapping[str, Any]:
    found: dict[int, list[type[ConclaveError]]] = {}
    for error in dict.fromkeys((*_usual(row), *row.errors)):
        found.setdefault(STATUS[error], []).append(error)
    answers = {str(status): _error(kinds, schemas) for status, kinds in sorted(found.items())}
    broken = {"application/json": {"schema": schemas.of(BrokenBody)}}
    return {**answers, "500": {"description": "An error has occurred.", "content": broken}}


def _error(kinds: Sequence[type[ConclaveError]], schemas: _Schemas) -> dict[str, Any]:
    told = [(one.__doc__ or one.__name__).strip().splitlines()[0] for one in kinds]
    schema = schemas.of(ErrorBody)
    if LoginFailed in kinds:
        schema = {"anyOf": [schema, schemas.of(TokenRefused)]}
    return {"description": " ".join(told), "content": {"application/json": {"schema": schema}}}


def _usual(row: Endpoint) -> Iterator[type[ConclaveError]]:
    """The errors that follow from the row itself."""
    yield Invalid
    if not row.anonymous:
        yield Unauthenticated
        yield Throttled
    if row.permission:
        yield AccessDenied
    if row.variables:
        yield NotFound
    if not row.out_of_cluster:
        yield NotInCluster
    if row.writes == "vault":
        yield MaintenanceMode
