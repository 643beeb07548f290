"""Queries and forms are text: read with every prefix and in any case, and refused by name."""

from __future__ import annotations

from contextlib import suppress
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
from chalicelib.web.forms import decode_form, decode_multipart
from chalicelib.web.shapes import NotYet, PagedQuery, ReadOver, Struct, Upload, paged
from chalicelib.web.text import decode_query


class Level(StrEnum):
    VIEW = "View"
    OWNER = "Owner"


class Login(Struct):
    user: str
    password: Plain


class Search(PagedQuery):
    search_text: str | None = None
    folder_id: int | None = None
    include_inactive: bool = False
    secret_ids: list[int] = msgspec.field(default_factory=list)
    level: Level | None = None
    data_filters: NotYet | None = None
    is_exporting: ReadOver | None = None
    only_rpc: bool = msgspec.field(default=False, name="onlyRPCEnabled")


class Attachment(Struct):
    file: Upload | None = None
    comment: str = ""
    include_inactive: bool = False


def query(text: str, kind: Any = Search) -> Any:
    pairs: dict[str, list[str]] = {}
    for pair in text.split("&"):
        key, _, value = pair.partition("=")
        pairs.setdefault(key, []).append(value)
    return decode_query(pairs, kind)


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


@pytest.mark.parametrize("index", ["9" * 5000, "\u0663", "-1", ""])
def test_a_sort_without_a_number_is_ignored(index: str) -> None:
    assert query(f"sortBy[{index}].name=x").sort_by == ()


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


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", "multipart/form-data"),
        (b"zz", "multipart/form-data; boundary=x"),
        (b"--x\r\n", "multipart/form-data; boundary=\xe9"),
        (
            b"--x\r\nContent-Disposition: form-data; name*=utf-8''%ff; "
            b"filename*=\"''\r\n\r\nv\r\n--x--",
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_a_broken_multipart_is_invalid(raw: bytes, kind: str) -> None:
    with pytest.raises(Invalid):
        decode_multipart(raw, kind, Attachment)


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


@pytest.mark.parametrize("name", ["filter.dataFilters", "datafilters[0].valueInt"])
def test_what_this_release_cannot_do_is_refused_by_name_when_it_is_asked_for(name: str) -> None:
    for nothing in ("", "false", "0", "-1", "Null"):
        decode_query({name: [nothing], "isExporting": ["true"], "unknown": ["1"]}, Search)
    with pytest.raises(Invalid, match="dataFilters is not available in this release"):
        decode_query({name: ["7"]}, Search)
