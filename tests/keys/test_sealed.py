"""The table of sealed rows names everything that is sealed, and where it belongs."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pynamodb.attributes import BinaryAttribute, MapAttribute

import chalicelib
from chalicelib.aws.table import DataRow
from chalicelib.keys.store.sealed import BLOB, BY_KIND, SEALED

OPEN = {
    ("engine", "signing_key"): "an engine's public key",
    ("engine", "sealing_key"): "an engine's public key",
    ("keyring", "keys.wrapped"): "wrapped by KMS",
    ("keyring", "keys.next"): "wrapped by KMS",
    ("keyring", "keys.box"): "boxed to the escrow key",
    ("keyring", "escrow_key"): "the operator's public key",
    ("key-wishes", "escrow"): "the operator's public key",
    ("double-lock-pair", "public"): "a user's public key",
    ("double-lock", "holders.box"): "boxed to a holder's public key",
    ("double-lock", "former.chained"): "sealed by the lock's next key",
    ("bulk-ids", "ids"): "which secrets or users",
    ("import-part", "box"): "sealed under a key of that import, itself sealed",
    ("export-copy", "box"): "sealed under a key of that export, itself sealed",
}
"""Binary attributes that no data key has sealed: why."""


def rows() -> Iterator[type[DataRow]]:
    """Every class of rows there is."""
    for found in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        if ".store" in found.name or ".aws." in found.name:
            importlib.import_module(found.name)
    waiting = [DataRow]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one is not DataRow:
            yield one


def binary(row: type[DataRow]) -> Iterator[str]:
    """The paths of a row's binary attributes."""
    yield from _binary(row.get_attributes())


def _binary(attributes: Mapping[str, Any]) -> Iterator[str]:
    for name, one in attributes.items():
        within: Any = getattr(one, "element_type", None)
        if isinstance(one, BinaryAttribute):
            yield name
        elif within is not None and issubclass(within, MapAttribute):
            yield from (f"{name}.{path}" for path in _binary(within.get_attributes()))


def kind(row: type[DataRow]) -> str:
    found: Any = row.get_attributes()["kind"]
    return str(found.get_discriminator(row))


def test_whatever_is_binary_is_sealed_by_the_table_or_known_to_be_open() -> None:
    found = {(kind(row), path) for row in rows() for path in binary(row)}
    sealed = {(one.kind, f"{one.within}.{BLOB}".lstrip(".")) for one in SEALED}
    assert found == sealed | set(OPEN), "write it in chalicelib/keys/store/sealed.py"


def test_a_kind_has_one_line() -> None:
    assert len(BY_KIND) == len(SEALED)


@pytest.mark.parametrize("one", SEALED, ids=lambda one: one.kind)
def test_the_kind_exists(one: Any) -> None:
    assert one.kind in {kind(row) for row in rows()}
