"""moto does much of its work again and again; the same work, done once or only where it counts.

Each of these gives the same answers. What it saves was found by profiling the suite: most of what
a call costs.
"""

from __future__ import annotations

import copy
import pickle
import re
import string
import threading
import time
from base64 import b64decode
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, TypeVar, cast
from urllib.parse import urlparse, urlsplit

from botocore import loaders, session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest
from botocore.useragent import UserAgentString
from moto import backend_index
from moto.backends import get_backend
from moto.core import responses
from moto.core import utils as core_utils
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.models import DEFAULT_ACCOUNT_ID, MockAWS, botocore_stubber, responses_mock
from moto.core.request import Request, normalize_request
from moto.core.responses import BaseResponse
from moto.core.serialize import XFormedAttributePicker
from moto.core.utils import (
    camelcase_to_underscores,
    method_names_from_class,
    unix_time_millis,
    utcnow,
)
from moto.dynamodb import responses as dynamodb_responses
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import StreamShard, Table
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import (  # type: ignore[attr-defined]
    DepthFirstTraverser,
    Expression,
    Node,
    UpdateExpressionFunction,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.iam.models import mark_account_as_visited
from moto.moto_api._internal.moto_random import MotoRandom
from moto.sqs import models as sqs_models
from moto.utilities.utils import get_partition
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

M = TypeVar("M", Table, StreamShard)

ITEM_LIMIT = 405_000  # moto's

PLAIN = frozenset(("S", "N", "BOOL", "NULL"))
"""The types of attributes whose values are written as they are."""

SINGLE = PLAIN | {"B"}

_possible_keys = XFormedAttributePicker.get_possible_keys
_size, _value_copied = DynamoType.size, DynamoType.__deepcopy__
_from_primitives = Request.from_primitives
_process_request = BotocoreStubber.process_request
_set_up = BaseResponse.setup_class
_update_item = DynamoDBBackend.update_item
_query = Table.query
_transact = DynamoDBBackend.transact_write_items
_transaction = threading.local()
_backend = BackendDict.__getitem__
_cast_value: Callable[[DynamoType], Any] = DynamoType.cast_value.fget  # type: ignore[attr-defined]
_before_a_child = DepthFirstTraverser.pre_processing_of_child
_moto_loader: Any = vars(core_utils)["create_loader"]
_user_agent = UserAgentString.to_string
_parse_update: Any = UpdateExpressionParser.make
_lex_condition: Any = ConditionExpressionParser._lex_condition_expression


def quicken() -> None:
    """Let each of these cost what it must; may be repeated."""
    for place, name, quick in PATCHES:
        setattr(place, name, quick)


def _started(self: MockAWS, reset: bool = True) -> None:
    """Nothing here asks AWS but by botocore: what answers other libraries is not set up."""
    botocore_stubber.enabled = True
    if reset:
        self.reset()
    responses_mock.start()


def _backend_of(self: BackendDict[Any], account: str) -> Any:
    """One that is there is also known to moto's reset."""
    if dict.__contains__(self, account):
        return dict.__getitem__(self, account)
    return _backend(self, account)


def _table_copied(table: Table, memo: dict[int, Any]) -> Table:
    """A transaction copies each table once for each of its writes, to be able to undo.

    Here once, and of the rows only those that it is about to write. Rows and what the stream holds
    are shared: they are replaced, never changed (`_item_updated`).
    """
    known: dict[int, Any] = getattr(_transaction, "copies", {})
    if id(table) in known:
        return cast("Table", known[id(table)])
    twin = _twin(table)
    twin.items = defaultdict(dict, table.items)
    for key in getattr(_transaction, "keys", table.items):
        if key in twin.items and isinstance(twin.items[key], dict):
            twin.items[key] = dict(twin.items[key])
    twin.ttl = dict(table.ttl)  # these two are changed in place, and by one test only
    twin.continuous_backups = copy.deepcopy(table.continuous_backups, memo)
    shard = table.stream_shard
    if shard is not None:
        twin.stream_shard = _twin(shard)
        twin.stream_shard.items = list(shard.items)
        twin.stream_shard.table = twin
    known[id(table)] = twin
    return twin


def _transacted(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    _transaction.copies = {}
    _transaction.keys = list(_partitions(self, transact_items))
    try:
        _transact(self, transact_items)
    finally:
        del _transaction.copies, _transaction.keys


def _partitions(backend: DynamoDBBackend, acts: list[dict[str, Any]]) -> Iterator[DynamoType]:
    """Those that a transaction may change, of whichever table."""
    for op in (op for act in acts for op in act.values()):
        table = backend.tables.get(op["TableName"])
        key = op.get("Item") or op.get("Key") or {}
        if table is not None and table.hash_key_attr in key:
            yield DynamoType(key[table.hash_key_attr])


def _twin(one: M) -> M:
    """A shallow copy that moto does not know of: what it knows, it keeps until it is reset."""
    twin: M = object.__new__(type(one))
    twin.__dict__.update(one.__dict__)
    return twin


def _item_updated(
    self: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any
) -> Item:
    """An update changes a row in place: a copy, as tables share rows."""
    table = self.get_table(table_name)
    pk, sk = self.get_keys_value(table, key)
    row = table.get_item(pk, sk)
    if row is not None:
        rows: Any = table.items
        place, at = (rows, pk) if sk is None else (rows[pk], sk)
        place[at] = copy.deepcopy(row)
    return _update_item(self, table_name, key, *args, **kwargs)


def _queried(self: Table, hash_key: DynamoType, *args: Any, **kwargs: Any) -> Any:
    """A query reads and sorts the whole table: here, what it asks for."""
    index = args[6] if len(args) > 6 else kwargs.get("index_name")
    view = _twin(self)
    if index is None:
        view.items = {hash_key: self.items.get(hash_key, {})}  # type: ignore[assignment]
    else:
        view.items = _rows_with(self, kwargs["hash_key_conditions"])
    return _query(view, hash_key, *args, **kwargs)


def _rows_with(table: Table, wanted: list[tuple[str, DynamoType]]) -> Any:
    names = [(name, value.type, value.value) for name, value in wanted]
    found: dict[Any, dict[Any, Item]] = {}
    for pk, rows in table.items.items():
        for sk, row in rows.items():
            has = [row.attrs.get(name) for name, *_ in names]
            if all(
                one is not None and (one.type, one.value) == (kind, value)
                for one, (_, kind, value) in zip(has, names, strict=True)
            ):
                found.setdefault(pk, {})[sk] = row
    return found


def _cast(self: DynamoType) -> Any:
    """The value to compare by; most are text."""
    return self.value if self.type == "S" else _cast_value(self)


def _item_made(
    self: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]
) -> None:
    """The size of a row is summed once, not with each of its attributes."""
    self.hash_key, self.range_key = hash_key, range_key
    self.attrs = LimitedSizeDict()
    for name, value in attrs.items():
        dict.__setitem__(self.attrs, name, DynamoType(value))
    if self.size() > ITEM_LIMIT:
        raise ItemSizeTooLarge


def _request_made(
    cls: type[Request], method: str, url: str, headers: Any, body: Any = None
) -> Request:
    """A call in JSON needs nothing that werkzeug finds out about a request."""
    if "X-Amz-Target" not in headers:
        return _from_primitives(method, url, headers, body)
    parts = urlsplit(url)
    raw = body.encode() if isinstance(body, str) else body or b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(raw),
    }
    for name, value in headers.items():
        text = value.decode() if isinstance(value, bytes) else value
        environ["HTTP_" + name.upper().replace("-", "_")] = text
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = str(len(raw))
    return cls(environ)


@cache
def _service(origin: str) -> list[tuple[re.Pattern[str], Any]]:
    """Paths of the service at that scheme and host, and what answers a call to them."""
    for service, pattern in backend_index.backend_url_patterns:
        if origin.endswith(".amazonaws.com/") and pattern.match(origin):
            backends: Any = get_backend(service)  # type: ignore[call-overload]
            regions = backends[DEFAULT_ACCOUNT_ID]
            urls = regions["us-east-1" if "us-east-1" in regions else "aws"].urls
            return [(re.compile(path), act) for path, act in urls.items()]
    return []


@lru_cache(maxsize=4096)
def _handler(url: str) -> Any:
    origin = "/".join(url.split("/")[:3]) + "/"
    return next((act for path, act in _service(origin) if path.match(url)), None)


def _request_processed(self: BotocoreStubber, request: AWSPreparedRequest) -> Any:
    """Every call of a service goes to one place: it is not looked for in all of AWS each time."""
    handler = _handler(request.url.partition("?")[0])
    if handler is None:
        return _process_request(self, request)
    made = normalize_request(request)
    try:
        return handler(made, made.raw_url, made.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


def _response_set_up(
    self: BaseResponse,
    request: Request,
    full_url: str | None = None,
    headers: Any = None,
    use_raw_body: bool | None = None,
) -> None:
    """A call in JSON has no form and no query: its body need not be searched for them."""
    if "X-Amz-Target" not in request.headers:
        _set_up(self, request, full_url, headers, use_raw_body)
        return
    raw_body = self.use_raw_body if use_raw_body is None else use_raw_body
    self.is_werkzeug_request = False
    self.allow_request_decompression = False
    self.normalized_request = request
    self.uri = request.raw_url if full_url is None else full_url
    self.parsed_url = urlparse(self.uri)
    self.raw_body = request.data
    self.body = self.raw_body if raw_body else self.raw_body.decode()
    self.form_data = ImmutableMultiDict()
    self.querystring = self.data = {}
    self.path, self.raw_path, self.method = self.parsed_url.path, request.raw_path, request.method
    self.region = self.get_region_from_url(request, self.uri)
    self.partition = get_partition(self.region)
    self.uri_match = {}
    self.headers = request.headers
    self.response_headers = {"server": "amazon.com", "date": http_date(utcnow())}
    if self.automated_parameter_parsing:
        self.parse_parameters(request)
    self.access_key = self.get_access_key()
    self.current_account = self.get_current_account()
    mark_account_as_visited(
        account_id=self.current_account,
        access_key=self.access_key,
        service=str(self.service_name),
        region=self.region,
    )


def _user_agent_once(self: UserAgentString) -> str:
    """Nobody reads what a client says it is."""
    if "_said" not in vars(self):
        vars(self)["_said"] = _user_agent(self)
    return str(vars(self)["_said"])


def _random_string(
    self: MotoRandom, length: int = 20, include_digits: bool = True, lower_case: bool = False
) -> str:
    pool = string.ascii_letters + (string.digits if include_digits else "")
    found = "".join(self.choices(pool, k=length))
    return found.lower() if lower_case else found


@cache
def _is_kind(kind: Any, kinds: tuple[type, ...]) -> bool:
    """As isinstance says of an object of that class; for abstract classes that asks for long."""
    return issubclass(kind, kinds)


def _walked(self: DepthFirstTraverser, root: Any) -> Any:
    """Which nodes a traverser processes is asked once, not at each node of each expression."""
    walk = _Walk(self, tuple(self._processing_map()))
    return walk(root) if isinstance(root, Node) else root


class _Walk:
    """One way through an expression, depth first; `node` is one of its nodes."""

    def __init__(self, traverser: Any, wanted: tuple[type, ...]) -> None:
        own = type(traverser).pre_processing_of_child
        self.told = None if own is _before_a_child else traverser.pre_processing_of_child
        self.process, self.wanted = traverser.process, wanted

    def __call__(self, node: Any, child_id: int = -1) -> Any:
        parent = node.parent
        for place, child in enumerate(node.children or ()):
            if self.told is not None:
                self.told(node, place)
            if hasattr(child, "children"):
                self(child, place)
        if not _is_kind(node.__class__, self.wanted):
            return node
        made = self.process(node)
        made.parent = parent
        if parent:
            parent.children[child_id] = made
        return made


def _clauses_found(self: Node, clause_types: Any) -> list[Any]:
    found = []
    for child in self.children or ():
        if type(child) in clause_types:
            found.append(child)
        elif _is_kind(child.__class__, (Expression, UpdateExpressionFunction)):
            found.extend(child.find_clauses(clause_types))
    return found


_keys: dict[Any, tuple[str, ...]] = {}


def _keys_once(self: XFormedAttributePicker, context: Any) -> Iterator[str]:
    """What a member of an answer may be called depends on its shape alone, in a dictionary."""
    if context.obj.__class__ is not dict:
        return _possible_keys(self, context)
    known = (*self.alias_providers, context.shape, context.key, context.operation_model.name)
    if known not in _keys:
        _keys[known] = tuple(_possible_keys(self, context))
    return iter(_keys[known])


def _is_equal(self: DynamoType, other: DynamoType) -> bool:
    if self.type != other.type:
        return False
    return bool(self.value == other.value if self.type == "S" else _cast(self) == _cast(other))


def _is_other(self: DynamoType, other: DynamoType) -> bool:
    return not _is_equal(self, other)


def _hash(self: DynamoType) -> int:
    return hash((self.type, _cast(self)))


def _is_less(self: DynamoType, other: DynamoType) -> bool:
    return bool(_cast(self) < _cast(other))


def _value_size(self: DynamoType) -> int:
    return len(self.value.encode()) if self.type == "S" else _size(self)


def _value_shared(self: DynamoType, memo: dict[int, Any]) -> DynamoType:
    """A value that is one thing is replaced, never changed: no copy needs its own."""
    return self if self.type in SINGLE else _value_copied(self, memo)


def _row_copied(self: Item, memo: dict[int, Any]) -> Item:
    twin: Any = Item.__new__(Item)
    twin.hash_key, twin.range_key = self.hash_key, self.range_key
    twin.attrs = LimitedSizeDict()
    for name, value in self.attrs.items():
        one = value if value.type in SINGLE else _value_copied(value, memo)
        dict.__setitem__(twin.attrs, name, one)
    return cast(Item, twin)


def _all_items(self: Table) -> list[Item]:
    """In their order; texts are compared as texts."""
    if self.range_key_attr is None:
        return sorted(self.items.values(), key=lambda row: _cast(row.hash_key))  # type: ignore[arg-type]
    rows = [row for partition in self.items.values() for row in partition.values()]
    return sorted(rows, key=lambda row: (_cast(row.hash_key), _cast(row.range_key)))


def _plain(found: Any) -> Any:
    """As moto's dynamo_to_dict; most of what it meets is a text."""
    kind = found.__class__
    if kind is str:
        return found
    if kind is DynamoType:
        it = found.value
        return {found.type: it if found.type in PLAIN else PLAIN_OF.get(found.type, _plain)(it)}
    if isinstance(found, dict):
        return {name: _plain(one) for name, one in found.items()}
    if isinstance(found, list):
        return [_plain(one) for one in found]
    return _plain(found.to_json()) if hasattr(found, "to_json") else found


def _bytes(held: bytes | str) -> bytes:
    return held if isinstance(held, bytes) else b64decode(held)


PLAIN_OF: dict[str, Callable[[Any], Any]] = {
    "B": _bytes,
    "BS": lambda held: [_bytes(one) for one in held],
}


@cache
def _update_parsed(text: str) -> Any:
    """An update is parsed twice each time; nobody changes what came of it."""
    parsed = _parse_update(text)
    parsed.made_from = text
    return parsed


@cache
def _update_pickled(text: str) -> bytes:
    return pickle.dumps(_update_parsed(text), -1)


def _expression_copied(expression: Any) -> Any:
    """An expression is copied before it is validated: each of its nodes, with its parents."""
    text = getattr(expression, "made_from", None)
    held = pickle.dumps(expression, -1) if text is None else _update_pickled(text)
    return pickle.loads(held)  # noqa: S301 (made on the line before)


@cache
def _words(condition: str) -> tuple[Any, ...]:
    """A condition is cut into words by patterns that are compiled anew for each of them."""
    return tuple(_lex_condition(ConditionExpressionParser(condition, None, None)))


def _lexed(self: ConditionExpressionParser) -> deque[Any]:
    return deque(_words(self.condition_expression or ""))


def _matched(self: ConditionExpressionParser, nodes: deque[Any], production: list[str]) -> bool:
    """What stands for a word of the grammar is that word."""
    if len(nodes) < len(production):
        return False
    return all(
        wanted in ("*", node.nonterminal) for wanted, node in zip(production, nodes, strict=False)
    )


def _milliseconds(at: Any = None) -> float:
    """A queue asks for the time with each message that it looks at."""
    return time.time() * 1000 if at is None else unix_time_millis(at)


PATCHES: list[tuple[Any, str, Any]] = [
    (MockAWS, "_enable_patching", _started),
    (BackendDict, "__getitem__", _backend_of),
    (Table, "__deepcopy__", _table_copied),
    (Table, "query", _queried),
    (DynamoType, "cast_value", property(_cast)),
    (DynamoDBBackend, "update_item", _item_updated),
    (DynamoDBBackend, "transact_write_items", _transacted),
    (Item, "__init__", _item_made),
    (BotocoreStubber, "process_request", _request_processed),
    (Request, "from_primitives", classmethod(_request_made)),
    (BaseResponse, "setup_class", _response_set_up),
    (DepthFirstTraverser, "traverse", _walked),
    (Node, "find_clauses", _clauses_found),
    (XFormedAttributePicker, "get_possible_keys", _keys_once),
    (DynamoType, "__eq__", _is_equal),
    (DynamoType, "__ne__", _is_other),
    (DynamoType, "__hash__", _hash),
    (DynamoType, "__lt__", _is_less),
    (DynamoType, "size", _value_size),
    (DynamoType, "__deepcopy__", _value_shared),
    (Item, "__deepcopy__", _row_copied),
    (Table, "all_items", _all_items),
    (dynamodb_responses, "dynamo_to_dict", _plain),
    (validators, "deepcopy", _expression_copied),
    (UpdateExpressionParser, "make", staticmethod(_update_parsed)),
    (ConditionExpressionParser, "_lex_condition_expression", _lexed),
    (ConditionExpressionParser, "_matches", _matched),
    (sqs_models, "unix_time_millis", _milliseconds),
    (sqs_models, "camelcase_to_underscores", cache(camelcase_to_underscores)),
    (MotoRandom, "get_random_string", _random_string),
    (session, "create_loader", cache(loaders.create_loader)),
    (core_utils, "create_loader", cache(_moto_loader)),  # with words of its own about services
    (responses, "method_names_from_class", cache(method_names_from_class)),
    (responses, "camelcase_to_underscores", cache(camelcase_to_underscores)),
    (UserAgentString, "to_string", _user_agent_once),
    (SigV4Auth, "canonical_request", lambda self, request: "nobody checks it"),
    (SigV4Auth, "signature", lambda self, text, request: "0" * 64),
]
