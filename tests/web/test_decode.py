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
from chalicelib.core.paging import Sort
from chalicelib.core.plain import Plain
from chalicelib.web.decode import decode_json
from chalicelib.web.forms import decode_form, decode_multipart
from chalicelib.web.shapes import ApiDate, Dirty, PagedQuery, Struct, Upload, applied, paged
from chalicelib.web.text import decode_query


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


class Search(PagedQuery):
    search_text: str | None = None
    folder_id: int | None = None
    include_inactive: bool = False
    secret_ids: list[int] = msgspec.field(default_factory=list)
    level: Level | None = None
    only_rpc: bool = msgspec.field(default=False, name="onlyRPCEnabled")


class Attachment(Struct):
    file: Upload | None = None
    comment: str = ""
    include_inactive: bool = False


def body(value: Any, kind: Any = Body) -> Any:
    return decode_json(json.dumps(value).encode(), kind)


def query(text: str, kind: Any = Search) -> Any:
    pairs: dict[str, list[str]] = {}
    for pair in text.split("&"):
        key, _, value = pair.partition("=")
        pairs.setdefault(key, []).append(value)
    return decode_query(pairs, kind)


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


def test_a_plain_takes_text_only_and_does_not_show_it() -> None:
    canary = fresh_id()
    read = body({"user": "a", "Password": canary}, Login)
    assert read.password.reveal() == canary
    assert canary not in repr(read)
    with pytest.raises(Invalid, match="password must be str"):
        body({"user": "a", "password": 7}, Login)


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


def test_a_dirty_field_needs_a_value_of_its_type() -> None:
    with pytest.raises(Invalid, match="name.value must be str"):
        body({"name": {"dirty": True, "value": None}}, Patch)
    with pytest.raises(Invalid, match="no value"):
        applied(body({"name": {"dirty": True}}, Patch).name, "old")


@pytest.mark.parametrize("prefix", ["", "filter.", "paging.filter.", "Filter.", "PAGING.FILTER."])
def test_filters_are_read_with_every_prefix(prefix: str) -> None:
    read = query(f"{prefix}searchText=a+b&{prefix}FOLDERID=4&{prefix}onlyrpcenabled=True")
    assert (read.search_text, read.folder_id, read.only_rpc) == ("a+b", 4, True)


@pytest.mark.parametrize(
    ("text", "value"), [("True", True), ("true", True), ("False", False), ("FALSE", False)]
)
def test_booleans_are_read_in_any_case(text: str, value: bool) -> None:
    assert query(f"filter.includeInactive={text}").include_inactive is value


def test_doubled_ampersands_and_unknown_keys_are_ignored() -> None:
    assert query("&&filter.folderId=4&&zz=1&").folder_id == 4


def test_repeated_keys_make_a_list_and_the_last_of_a_single_value_counts() -> None:
    read = query("filter.secretIds=1&filter.secretIds=2&folderId=3&folderId=4")
    assert (read.secret_ids, read.folder_id) == ([1, 2], 4)
    assert query("secretIds[0]=5&secretIds[1]=6").secret_ids == [5, 6]
    assert query("filter.secretIds=5").secret_ids == [5]


def test_an_empty_number_means_that_it_is_absent() -> None:
    assert query("folderId=&secretIds=&filter.searchText=") == Search(search_text="")


def test_paging_is_read_with_and_without_its_prefix() -> None:
    plain = query("skip=20&take=2147483647&sortBy[0].name=Name&sortBy[0].direction=desc")
    prefixed = query(
        "Paging.Skip=20&paging.take=2147483647&paging.sortBy[0].Name=Name&PAGING.SORTBY[0].direction=Desc"
    )
    assert paged(plain) == paged(prefixed)
    assert paged(plain).sort == (Sort("Name", descending=True),)
    assert (paged(plain).skip, paged(plain).take) == (20, 2147483647)


def test_sorts_keep_their_order_and_priority() -> None:
    read = query("sortBy[1].name=b&sortBy[0].name=a&sortBy[0].priority=7")
    assert paged(read).sort == (Sort("a", priority=7), Sort("b", priority=1))


@pytest.mark.parametrize("text", ["skip=-1", "take=-1"])
def test_a_page_does_not_go_backwards(text: str) -> None:
    with pytest.raises(Invalid):
        paged(query(text))


def test_too_many_sorts_are_refused() -> None:
    with pytest.raises(Invalid, match="at most 16"):
        query("&".join(f"sortBy[{n}].name=x" for n in range(17)))


@pytest.mark.parametrize(
    "text",
    [
        "folderId={canary}",
        "filter.includeInactive={canary}",
        "secretIds={canary}",
        "level={canary}",
        "take={canary}",
    ],
)
def test_a_wrong_query_is_named_and_never_quoted(text: str) -> None:
    canary = fresh_id()
    with pytest.raises(Invalid) as caught:
        query(text.replace("{canary}", canary))
    assert canary not in str(caught.value)


def test_a_form_is_read_whatever_it_is_called() -> None:
    value = fresh_id() + "+&="
    read = decode_form(
        f"USER=a+b&password={value.replace('+', '%2B').replace('&', '%26')}&x=1".encode(), Login
    )
    assert (read.user, read.password.reveal()) == ("a b", value)


def test_a_form_endpoint_understands_json_too() -> None:
    assert decode_form(b' {"User": "a", "password": "b"}', Login).user == "a"


@pytest.mark.parametrize("raw", [b"\xff\xff", b"&".join(b"a=1" for _ in range(200)), b""])
def test_a_broken_form_is_invalid(raw: bytes) -> None:
    with pytest.raises(Invalid):
        decode_form(raw, Login)


def multipart(*parts: tuple[str, bytes], boundary: str = "x9") -> tuple[bytes, str]:
    lines = b"".join(
        b"--" + boundary.encode() + b"\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return lines + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def test_a_file_comes_in_its_part_byte_by_byte() -> None:
    content = bytes(range(256)) + b"\r\n\n--x\r\n"
    raw, kind = multipart(
        ('Content-Disposition: form-data; name="File"; filename="a key.pem"', content),
        ('Content-Disposition: form-data; name="Comment"', "größer".encode()),
        ('Content-Disposition: form-data; name="includeInactive"', b"True"),
    )
    read = decode_multipart(raw, kind, Attachment)
    assert read.file.name == "a key.pem"
    assert read.file.content == content
    assert (read.comment, read.include_inactive) == ("größer", True)


def test_a_file_may_come_as_bytes_in_json() -> None:
    assert body({"file": [1, 2, 255]}, Attachment).file.content == b"\x01\x02\xff"
    assert body({"file": "AQL/"}, Attachment).file.content == b"\x01\x02\xff"
    for wrong in ([256], [-1], ["a"], 7, "not base64!"):
        with pytest.raises(Invalid, match="file must be"):
            body({"file": wrong}, Attachment)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", "multipart/form-data"),
        (b"zz", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data; boundary=\xe9"),
    ],
)
def test_a_broken_multipart_is_invalid(raw: bytes, kind: str) -> None:
    with pytest.raises(Invalid):
        decode_multipart(raw, kind, Attachment)


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


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=12) | st.sampled_from(["take", "sortBy[0].priority", "folderId"]),
        st.lists(st.text(max_size=8), max_size=3),
        max_size=5,
    )
)
def test_no_query_does_worse_than_being_invalid(pairs: dict[str, list[str]]) -> None:
    with suppress(Invalid):
        decode_query(pairs, Search)
