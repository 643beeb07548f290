"""Requests are read as clients write them; what is wrong is named, never quoted."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.core.ids import fresh_id
from chalicelib.core.plain import Plain
from chalicelib.web.decode import decode_json
from chalicelib.web.forms import decode_form
from chalicelib.web.shapes import ApiDate, Dirty, NotYet, ReadOver, Struct, Upload, applied


class Level(StrEnum):
    VIEW = "View"
    OWNER = "Owner"


class Item(Struct):
    field_id: int
    item_value: str | None = None


class Body(Struct):
    name: str
    folder_id: int | None = None
    items: list[Item] = msgspec.field(default_factory=list)
    level: Level = Level.VIEW
    on: ApiDate | None = None
    by_name: dict[str, Item] = msgspec.field(default_factory=dict)


class Patch(Struct):
    name: Dirty[str] | None = None
    site_id: Dirty[int | None] | None = None


class Login(Struct):
    user: str
    password: Plain


class Later(Struct):
    new_password: NotYet | None = None
    is_file: ReadOver | None = None


class Attachment(Struct):
    file: Upload | None = None
    comment: str = ""
    include_inactive: bool = False


def body(value: Any, kind: Any = Body) -> Any:
    return decode_json(json.dumps(value).encode(), kind)


def test_keys_are_read_in_any_case_and_unknown_ones_are_ignored() -> None:
    read = body({"NAME": "a", "FolderID": 3, "items": [{"FieldId": 1, "ItemValue": "x"}], "zz": {}})
    assert read == Body("a", 3, [Item(1, "x")])


def test_keys_of_a_map_stay_as_they_are() -> None:
    assert body({"name": "a", "byname": {"KeY": {"FIELDID": 4}}}).by_name == {"KeY": Item(4)}


def test_enums_are_read_in_any_case() -> None:
    assert body({"name": "a", "level": "oWNER"}).level is Level.OWNER


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-15T10:30:00", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T10:30:00.1234567", datetime(2026, 1, 15, 10, 30, 0, 123457, tzinfo=UTC)),
        ("2026-01-15", datetime(2026, 1, 15, tzinfo=UTC)),
        ("2026-01-15T10:30", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T12:30:00+02:00", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T10:30:00Z", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
    ],
)
def test_dates_without_a_zone_are_utc(text: str, moment: datetime) -> None:
    read = body({"name": "a", "on": text}).on
    assert read == moment
    assert read.tzinfo is not None


def test_a_byte_order_mark_is_not_in_the_way() -> None:
    assert decode_json(b"\xef\xbb\xbf" + b'{"name": "a"}', Body).name == "a"


def test_no_body_is_an_empty_object() -> None:
    assert decode_json(b"", Patch) == Patch()
    assert decode_json(b"null", Patch) == Patch()


@pytest.mark.parametrize(
    "raw",
    [b"{", b"{'a': 1}", b"\xff\xfe", b'{"name": NaN}', b'{"name": 1e999}', b"[" * 100_000, b"{}x"],
)
def test_what_is_no_json_is_invalid(raw: bytes) -> None:
    with pytest.raises(Invalid, match="not valid JSON"):
        decode_json(raw, Body)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"name": "{canary}", "folderId": "{canary}"}, "folderId must be int | null"),
        ({"name": "{canary}", "LEVEL": "{canary}"}, "level is not valid"),
        ({"name": "{canary}", "on": "{canary}"}, "on is not valid"),
        (
            {"name": "{canary}", "items": [{"fieldId": "{canary}"}]},
            r"items\[0\].fieldId must be int",
        ),
        (
            {"name": "{canary}", "items": [{"itemValue": "{canary}"}]},
            r"items\[.*fieldId is required",
        ),
        ({"itemValue": "{canary}"}, "name is required"),
        ({"name": {"{canary}": "{canary}"}}, "name must be str"),
        (["{canary}"], "The body must be object"),
        ({"name": "a", "folderId": 2**70}, "too large"),
    ],
)
def test_what_is_wrong_is_named_and_never_quoted(sent: Any, told: str) -> None:
    canary = fresh_id()
    text = json.dumps(sent).replace("{canary}", canary)
    with pytest.raises(Invalid, match=told) as caught:
        decode_json(text.encode(), Body)
    assert canary not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_plain_takes_text_and_numbers_and_does_not_show_it() -> None:
    canary = fresh_id()
    read = body({"user": "a", "Password": canary}, Login)
    assert read.password.reveal() == canary
    assert canary not in repr(read)
    assert body({"user": "a", "password": 7}, Login).password.reveal() == "7"
    with pytest.raises(Invalid, match="password must be str"):
        body({"user": "a", "password": [canary]}, Login)


class Loose(Struct):
    id: int
    on: bool = False
    name: str = ""
    either: int | str = 0
    part: float = 0.0
    must: list[int] = []


def test_numbers_and_booleans_may_come_as_text_and_numbers_where_text_is_wanted() -> None:
    read = body({"id": "6007", "on": "True", "name": 22, "either": "7"}, Loose)
    assert (read.id, read.on, read.name, read.either) == (6007, True, "22", "7")
    assert body({"id": " -1 ", "on": 1, "either": 7}, Loose) == Loose(-1, on=True, either=7)
    assert body({"id": 1, "part": "3.5", "name": None, "must": None}, Loose) == Loose(1, part=3.5)
    for wrong in (
        {"id": None},
        {"id": "6.5"},
        {"id": True},
        {"id": 1, "on": "yes"},
        {"id": 1, "name": 0.5},
    ):
        with pytest.raises(Invalid):
            body(wrong, Loose)
    with pytest.raises(Invalid, match="too large"):
        body({"id": "9999999999999999999"}, Loose)


def test_only_dirty_fields_count() -> None:
    clean = body({"name": {"dirty": False, "value": None}, "siteId": {"value": "junk"}}, Patch)
    assert applied(clean.name, "old") == "old"
    assert applied(clean.site_id, 3) == 3
    assert applied(None, "old") == "old"
    dirty = body(
        {"NAME": {"Dirty": True, "Value": "new"}, "siteid": {"dirty": True, "value": None}}, Patch
    )
    assert applied(dirty.name, "old") == "new"
    assert applied(dirty.site_id, 3) is None
    bare = body({"name": "new", "siteId": None}, Patch)
    assert (applied(bare.name, "old"), applied(bare.site_id, 3)) == ("new", 3)


def test_a_dirty_field_needs_a_value_of_its_type() -> None:
    with pytest.raises(Invalid, match="name.value must be str"):
        body({"name": {"dirty": True, "value": None}}, Patch)
    with pytest.raises(Invalid, match="no value"):
        applied(body({"name": {"dirty": True}}, Patch).name, "old")


@pytest.mark.parametrize(
    "empty",
    [None, False, 0, -1, "", " ", [], {}, {"dirty": False, "value": "x"}, {"Dirty": True}]
    + [{"dirty": True, "value": None}, {"dirty": True, "value": 0}, {"one": 0}],
)
def test_what_is_not_there_yet_may_be_sent_as_long_as_it_asks_for_nothing(empty: Any) -> None:
    assert body({"newPassword": empty, "isFile": [1]}, Later)


@pytest.mark.parametrize("value", ["x", True, 7, 0.5, [0], {"dirty": True, "value": "x"}])
def test_what_is_not_there_yet_is_refused_by_its_name_once_it_is_asked_for(value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        body({"newPassword": value}, Later)
    assert str(refused.value) == "newPassword is not available in this release."


def test_a_file_may_come_as_bytes_in_json() -> None:
    assert body({"file": [1, 2, 255]}, Attachment).file.content == b"\x01\x02\xff"
    assert body({"file": "AQL/"}, Attachment).file.content == b"\x01\x02\xff"
    for wrong in ([256], [-1], ["a"], 7, "not base64!"):
        with pytest.raises(Invalid, match="file must be"):
            body({"file": wrong}, Attachment)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "Items", "fieldID", "value", "dirty", "level", "on"])
            | st.text(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(JSON, st.sampled_from([Body, Patch, Login, Attachment, list[Item]]))
def test_no_json_does_worse_than_being_invalid(value: Any, kind: Any) -> None:
    with suppress(Invalid):
        body(value, kind)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([Body, Login]))
def test_no_bytes_do_worse_than_being_invalid(raw: bytes, kind: Any) -> None:
    for read in (decode_json, decode_form):
        with suppress(Invalid):
            read(raw, kind)
