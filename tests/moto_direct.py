"""Calls of DynamoDB's rows go from the client to moto, and not by way of HTTP.

Two thirds of what a call costs are its request and its answer: signed, written as JSON, read,
written and read again. Here a call is validated as botocore does, its hooks are told, and moto's
own handler is asked; what it refuses takes the long way back, so that errors are botocore's.
"""

from __future__ import annotations

import os
import threading
import time
from email.utils import formatdate
from functools import cache
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.client import BaseClient
from botocore.exceptions import ParamValidationError
from botocore.parsers import create_parser
from moto.core.exceptions import ServiceException
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber
from moto.core.responses import ActionResult
from moto.dynamodb.responses import DynamoHandler
from werkzeug.exceptions import HTTPException

METHODS = {
    "BatchGetItem": "batch_get_item",
    "BatchWriteItem": "batch_write_item",
    "DeleteItem": "delete_item",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "Scan": "scan",
    "TransactGetItems": "transact_get_items",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
}
"""The operations that go this way, and what moto calls them."""

_one_at_a_time = threading.RLock()
"""moto's tables are dictionaries: a query of one while another thread writes to it would break."""

os.register_at_fork(after_in_child=_one_at_a_time._at_fork_reinit)  # type: ignore[attr-defined]
_Client: Any = BaseClient
_make_api_call = _Client._make_api_call


class _Handler(DynamoHandler):
    """moto's, given what a call says and not its request."""

    def __init__(self, operation: str, region: str, params: dict[str, Any]) -> None:
        super().__init__()
        self.body = self.params = params
        self.region, self.current_account = region, DEFAULT_ACCOUNT_ID
        self.headers = {
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
        }
        self.querystring: dict[str, Any] = {}
        self.response_headers: dict[str, str] = {}

    def __call__(self, operation: str) -> Any:
        return getattr(self, METHODS[operation])()


class _Http:
    """As much of an answer as hooks look at."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.status_code = status
        self.headers = HeadersDict(headers)


def quicken() -> None:
    """Let rows be written and read like this; may be repeated."""
    _Client._make_api_call = _called


def _called(self: Any, operation: str, api_params: dict[str, Any]) -> Any:
    direct = (
        botocore_stubber.enabled
        and operation in METHODS
        and self.meta.service_model.service_name == "dynamodb"
        and _is_of_aws(self.meta.endpoint_url)
    )
    if not direct:
        return _make_api_call(self, operation, api_params)
    model = self.meta.service_model.operation_model(operation)
    context = {"client_region": self.meta.region_name, "client_config": self.meta.config}
    params = self._emit_api_params(api_params=api_params, operation_model=model, context=context)
    _validate(self, params, model)
    _, given = self.meta.events.emit_until_response(
        f"before-call.dynamodb.{operation}",
        model=model,
        params={"headers": {}, "body": b"", "context": context},
        request_signer=self._request_signer,
        context=context,
    )
    http, parsed = given or _asked(self, model, params)
    self.meta.events.emit(
        f"after-call.dynamodb.{operation}",
        http_response=http,
        parsed=parsed,
        model=model,
        context=context,
    )
    if http.status_code >= 300:
        raise self.exceptions.from_code(parsed["Error"]["Code"])(parsed, operation)
    return parsed


@cache
def _is_of_aws(url: str) -> bool:
    return url.endswith((".amazonaws.com", ".api.aws"))


def _validate(self: Any, params: Any, model: Any) -> None:
    """Where the client was asked to."""
    validator = getattr(self._serializer, "_param_validator", None)
    report = validator and validator.validate(params, model.input_shape)
    if report and report.has_errors():
        raise ParamValidationError(report=report.generate_report())


def _asked(self: Any, model: Any, params: dict[str, Any]) -> tuple[_Http, dict[str, Any]]:
    handler = _Handler(model.name, self.meta.region_name, _copied(params))
    date = _date(int(time.time()))
    try:
        with _one_at_a_time:
            found = handler(model.name).result or {}
    except ServiceException as error:
        status, _, body = handler.serialized(ActionResult(error))
    except HTTPException as error:
        status, body = error.code or 500, error.get_body()
    else:
        parsed: dict[str, Any] = {
            name: found[name] for name in model.output_shape.members if found.get(name) is not None
        }
        parsed["ResponseMetadata"] = {
            "RequestId": "",
            "HTTPStatusCode": 200,
            "HTTPHeaders": {"date": date},
            "RetryAttempts": 0,
        }
        return _Http(200, {"date": date}), parsed
    return _Http(status, {"date": date}), _refusal(self, model, status, date, body)


def _refusal(self: Any, model: Any, status: int, date: str, body: Any) -> dict[str, Any]:
    answer = {
        "status_code": status,
        "headers": HeadersDict({"date": date}),
        "body": body if isinstance(body, bytes) else body.encode(),
    }
    parser = create_parser("json")
    parsed: dict[str, Any] = parser.parse(answer, model.output_shape)
    self._endpoint._add_modeled_error_fields(answer, parsed, model, parser)
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return parsed


@cache
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _copied(value: Any) -> Any:
    """What a caller changes afterwards is not changed at moto's."""
    kind = value.__class__
    if kind is str or kind is bytes:
        return value
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(one) for one in value]
    return value
