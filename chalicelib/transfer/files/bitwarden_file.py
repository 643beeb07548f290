"""Bitwarden's JSON, not encrypted: of a person or of an organisation. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.transfer.record import Record, demand_few, folder_of

LOGIN, NOTE, CARD, IDENTITY, KEY = 1, 2, 3, 4, 5
_TEMPLATES = {LOGIN: "Web Password", CARD: "Credit Card", IDENTITY: "Contact"}
WITH_TOTP = "Web Password with TOTP"

_PARTS: Mapping[int, tuple[str, Mapping[str, str]]] = {
    LOGIN: ("login", {"username": "UserName", "password": "Password", "totp": "TOTP Key"}),
    CARD: (
        "card",
        {
            "brand": "Card Type",
            "cardholderName": "Full Name",
            "number": "Card Number",
            "code": "Security Code",
        },
    ),
    IDENTITY: (
        "identity",
        {
            "firstName": "First Name",
            "lastName": "Last Name",
            "company": "Company",
            "email": "Email",
            "phone": "Phone",
        },
    ),
    KEY: ("sshKey", {"privateKey": "Private Key", "publicKey": "Public Key"}),
}


def read(content: bytes) -> list[Record]:
    """The records. Raises Invalid, TooLarge."""
    try:
        file = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        file = None
    if not isinstance(file, dict) or not isinstance(file.get("items"), list):
        raise Invalid("The file is not Bitwarden's JSON: it has no list of items.")
    if file.get("encrypted"):
        raise Invalid("The file is encrypted by Bitwarden: export it there as JSON, not encrypted.")
    folders = _folders(file)
    demand_few(file["items"])
    found = [_record(one, folders) for one in file["items"] if isinstance(one, dict)]
    if not found:
        raise Invalid("The file has no items.")
    return found


def _folders(file: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Of a person's vault its folders, of an organisation's its collections."""
    listed = [*_dicts(file.get("folders")), *_dicts(file.get("collections"))]
    return {str(one.get("id")): folder_of(str(one.get("name") or "")) for one in listed}


def _record(item: Mapping[str, Any], folders: Mapping[str, tuple[str, ...]]) -> Record:
    kind = item.get("type")
    kind = kind if isinstance(kind, int) else 0
    places = [item.get("folderId"), *_list(item.get("collectionIds"))]
    folder = next((folders[str(one)] for one in places if str(one) in folders), ())
    values = tuple((name, Plain(text)) for name, text in _values(item, kind) if text)
    template = _TEMPLATES.get(kind, "")
    if any(name == "TOTP Key" for name, _ in values):
        template = WITH_TOTP
    return Record(str(item.get("name") or "").strip(), values, template, folder)


def _values(item: Mapping[str, Any], kind: int) -> Iterator[tuple[str, str]]:
    part, names = _PARTS.get(kind, ("", {}))
    given = item.get(part)
    known: Mapping[str, Any] = given if isinstance(given, dict) else {}
    for key, name in names.items():
        yield name, _text(known.get(key))
    if kind == LOGIN:
        uris = [_text(one.get("uri")) for one in _dicts(known.get("uris"))]
        yield "URL", next(filter(None, uris), "")
    if kind == CARD and (month := _text(known.get("expMonth"))):
        yield "Expiration Date", f"{month}/{_text(known.get('expYear'))}"
    yield "Notes", _text(item.get("notes"))
    for one in _dicts(item.get("fields")):
        yield _text(one.get("name")) or "Field", _text(one.get("value"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]
