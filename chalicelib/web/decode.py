"""Bytes of a request to declared types. What is wrong is named, its value never told."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, NoReturn

import msgspec

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

from .align import aligned
from .shapes import NotYet, ReadOver, Upload

_PATH = re.compile(r" - at `\$\.?(?:key in )?(.*)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")
_EXPECTED = re.compile(r"^Expected `([^`]*)`")
_NOT_YET = "not available in this release"
_NOTHING = frozenset({"", "false", "null", "0", "-1"})
"""What asks for nothing in a query, where everything is text."""

_BOM = b"\xef\xbb\xbf"


def decode_json(raw: bytes, kind: Any) -> Any:
    """A JSON body as `kind`. No body counts as an empty object. Raises Invalid."""
    text = raw.removeprefix(_BOM).strip()
    try:
        value = msgspec.json.decode(text) if text else {}
    except (msgspec.MsgspecError, RecursionError):
        refuse("The body is not valid JSON.")
    return convert({} if value is None else value, kind, strict=True)


def convert(value: object, kind: Any, *, strict: bool) -> Any:
    """Decoded values as `kind`; if not strict, from text. Raises Invalid naming the property."""
    try:
        return msgspec.convert(aligned(value, kind), kind, strict=strict, dec_hook=_custom)
    except msgspec.ValidationError as error:
        refuse(_complaint(str(error)))


def refuse(message: str) -> NoReturn:
    """Raise Invalid without the original error: its text may quote a value."""
    raise Invalid(message) from None


def _complaint(technical: str) -> str:
    """What to tell the client. msgspec quotes values in some texts: only names are taken over."""
    path = _PATH.search(technical)
    where = path.group(1) if path else ""
    if technical.startswith(_NOT_YET):
        return f"{where} is {_NOT_YET}."
    missing = _MISSING.search(technical)
    if missing:
        return f"{'.'.join(filter(None, (where, missing.group(1))))} is required."
    expected = _EXPECTED.search(technical)
    subject = where or "The body"
    return f"{subject} must be {expected.group(1)}." if expected else f"{subject} is not valid."


def _custom(kind: type, value: Any) -> Any:
    """The types of ours that msgspec does not know."""
    if kind is Plain and isinstance(value, str):
        return Plain(value)
    if kind is Upload:
        return _upload(value)
    if kind is ReadOver:
        return ReadOver()
    if kind is NotYet:
        if _asks(value):
            raise ValueError(_NOT_YET)
        return NotYet()
    raise ValueError("Expected `str`")


def _asks(value: Any) -> bool:
    """Whether it asks for anything: the defaults of clients do not."""
    if isinstance(value, dict):
        known = {str(key).lower(): inner for key, inner in value.items()}
        is_clean = "dirty" in known and not known.pop("dirty")
        return not is_clean and any(map(_asks, known.values()))
    if isinstance(value, int | float):
        return value > 0
    return value.strip().lower() not in _NOTHING if isinstance(value, str) else bool(value)


def _upload(value: Any) -> Upload:
    try:
        if isinstance(value, Upload):
            return value
        if isinstance(value, list):
            return Upload("", bytes(value))
        return Upload("", base64.b64decode(value, validate=True))
    except (TypeError, ValueError, binascii.Error):
        raise ValueError("Expected `list of bytes or base64`") from None
