"""The one table of what is sealed in the data table: kind of row, attribute, and the value's place.

A rotation seals anew by it and knows no area. Whoever seals something in a row of his own writes it
here: `tests/keys/test_sealed.py` walks all rows with a binary attribute. What is sealed elsewhere
(parts of backups in the bucket) keeps the key that sealed it, which the keyring keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from chalicelib.aws.envelope import Place
from chalicelib.core.clock import parse_stamp

Item: TypeAlias = Mapping[str, Any]
"""A row, or a map in it, as DynamoDB's API has it: `{"pk": {"S": "secret#1"}, ...}`."""

BLOB = "sealed"
"""What the attribute with the blob is called, in a row or in each map of a list."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One kind of row. `within`: the list of maps with blobs; "" when the row itself has one.

    place: of the row and the map (the row again when `within` is "")
    """

    kind: str
    within: str
    place: Callable[[Item, Item], Place]

    def holders(self, row: Item) -> Iterator[Item]:
        """The maps with a blob."""
        maps = [one["M"] for one in row[self.within]["L"]] if self.within else [row]
        return (one for one in maps if one.get(BLOB, {}).get("B"))


def _of_secret(row: Item, one: Item) -> Place:
    return Place("secret", row["id"]["N"], one["slug"]["S"], int(one["version"]["N"]))


def _of_history(row: Item, _: Item) -> Place:
    owner = row["pk"]["S"].removeprefix("secret#")
    return Place("secret", owner, row["slug"]["S"], int(row["value_version"]["N"]))


def _of_change(row: Item, one: Item) -> Place:
    return Place("change", row["id"]["S"], "candidate", int(one["number"]["N"]))


def _of_factor(row: Item, _: Item) -> Place:
    made = parse_stamp(row["made_at"]["S"])
    return Place("user", row["user_id"]["N"], "totp", int(made.timestamp()))


def _of_rule(row: Item, _: Item) -> Place:
    return Place("sdk-rule", row["id"]["N"], "onboarding-key")


def _of_provider(row: Item, _: Item) -> Place:
    return Place("openid-provider", row["id"]["N"], "client-secret")


def _of_mail(_: Item, __: Item) -> Place:
    return Place("mail-settings", "mail", "password")


def _of_file(row: Item, _: Item) -> Place:
    return Place("file", row["id"]["S"], "key")


def _of_pair(row: Item, _: Item) -> Place:
    return Place("double-lock-pair", row["user_id"]["N"], "private", int(row["number"]["N"]))


def _of_import(row: Item, _: Item) -> Place:
    return Place("import", row["id"]["S"], "key")


def _of_export(row: Item, _: Item) -> Place:
    return Place("export", row["id"]["S"], "keys")


def _of_bulk(row: Item, _: Item) -> Place:
    return Place("bulk", row["pk"]["S"].removeprefix("bulk#"), "given")


SEALED = (
    Sealed("secret", "field_values", _of_secret),
    Sealed("secret-history", "", _of_history),
    Sealed("secret-file", "", _of_file),
    Sealed("password-change", "candidates", _of_change),
    Sealed("factor", "", _of_factor),
    Sealed("sdk-rule", "", _of_rule),
    Sealed("openid-provider", "", _of_provider),
    Sealed("double-lock-pair", "", _of_pair),
    Sealed("mail-settings", "", _of_mail),
    Sealed("import-file", "", _of_import),
    Sealed("export", "", _of_export),
    Sealed("bulk-operation", "", _of_bulk),
)
BY_KIND: Mapping[str, Sealed] = {one.kind: one for one in SEALED}

SECRET = "secret"  # noqa: S105 - the kind of row that people count by
