"""Files of secrets: kept sealed wherever they lie, fetched whole, removed in the end."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib import wiring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.core.errors import Invalid, TooLarge, Unsealable
from chalicelib.vault import attachment as rules
from chalicelib.vault import chunks
from tests.access.conftest import Cluster, trail
from tests.calls import Calls
from tests.canary import canary
from tests.client import Answer, Client
from tests.reaper import Reaper
from tests.vault.api import ada, bare, bob, cluster, made_folder, routes, share, time

__all__ = ["ada", "bare", "bob", "cluster", "routes", "time"]

SSH_KEY = 6026
LARGE = rules.INLINE + 1


def multipart(name: str, content: bytes) -> tuple[bytes, dict[str, str]]:
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    body = b"--x9\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n--x9--\r\n"
    return body, {"content-type": "multipart/form-data; boundary=x9"}


def a_large_canary(size: int = LARGE) -> bytes:
    """A text of that size with a canary at both ends."""
    value = canary().encode()
    return value + os.urandom(size - 2 * len(value)) + value


def objects() -> list[str]:
    found = client("s3").list_objects_v2(Bucket=connection().bucket, Prefix="files/")
    return [one["Key"] for one in found.get("Contents", ())]


@dataclass
class Case:
    cluster: Cluster
    ada: Client
    id: int

    def put(self, slug: str, name: str, content: bytes, who: Client | None = None) -> Answer:
        body, headers = multipart(name, content)
        return (who or self.ada).request("PUT", self.path(slug), content=body, headers=headers)

    def path(self, slug: str) -> str:
        return f"/api/v1/secrets/{self.id}/fields/{slug}"

    def item(self, slug: str) -> dict[str, Any]:
        items = self.ada.get(f"/api/v1/secrets/{self.id}").json["items"]
        found: dict[str, Any] = next(one for one in items if one["slug"] == slug)
        return found

    def clean(self, **later: float) -> None:
        """What DatabaseCleanupTriggerJob does with files, so much later."""
        now = self.cluster.time() + timedelta(**later)
        wiring.attachments().remove_unused(now, now.replace(year=2100))


@pytest.fixture
def case(cluster: Cluster, ada: Client) -> Case:
    return Case(cluster, ada, key_secret(ada))


def key_secret(ada: Client, folder: int = -1) -> int:
    body = {"name": "key", "secretTemplateId": SSH_KEY, "folderId": folder, "siteId": 1}
    answer = ada.post("/api/v1/secrets", {**body, "items": []})
    assert answer.status == 200, answer.message
    return int(answer.json["id"])


@pytest.mark.parametrize("size", [0, 1, chunks.CHUNK - 1, chunks.CHUNK, chunks.CHUNK + 1])
def test_a_sealed_file_opens_whole_or_not_at_all(size: int) -> None:
    key, content = chunks.fresh_key(), os.urandom(size)
    sealed = chunks.seal(key, "one", content)
    assert len(sealed) == chunks.sealed_size(size)
    pieces = [sealed[at : at + 700_001] for at in range(0, len(sealed), 700_001)]
    assert b"".join(chunks.opened(key, "one", size, pieces)) == content
    altered = sealed[:-1] + bytes((sealed[-1] ^ 1,))
    for file, wrong in (
        ("other", sealed),
        ("one", altered),
        ("one", sealed[: 1 + chunks.CHUNK + chunks.TAG][:-1]),
        ("one", sealed + b"x"),
        ("one", b"\x01" + sealed[1:]),
        ("one", b""),
    ):
        with pytest.raises(Unsealable):
            list(chunks.opened(key, file, size, [wrong]))


@pytest.mark.parametrize("name", ["a" * 256, "a\nb", "..", "c/.."])
def test_what_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        rules.file_name(name, "key")
    assert rules.file_name("C:\\keys\\id_rsa", "key") == "id_rsa"
    assert rules.file_name("/", "key") == "key"


def test_who_sends_too_much_is_told_what_to_do() -> None:
    with pytest.raises(TooLarge, match="upload"):
        rules.demand_size(rules.THROUGH_API + 1, rules.THROUGH_API)
    with pytest.raises(TooLarge, match="at most 100 MB"):
        rules.demand_size(rules.MOST + 1, rules.MOST)


def test_a_file_is_kept_as_bytes_and_shown_by_its_name(case: Case) -> None:
    content = canary().encode() + bytes(range(256))
    assert case.put("private-key", "id_rsa", content).status == 200
    shown = case.item("private-key")
    assert (shown["filename"], shown["itemValue"]) == ("id_rsa", rules.PLACEHOLDER)
    assert shown["isFile"] and shown["fileAttachmentId"] == shown["itemId"]
    got = case.ada.get(case.path("private-key"))
    assert (got.body, got.headers["content-type"]) == (content, "application/octet-stream")
    assert "id_rsa" in got.headers["content-disposition"]
    restricted = case.path("private-key").replace("/fields", "/restricted/fields")
    assert case.ada.post(restricted, {}).body == content
    assert objects() == []  # small ones lie in the row

    # the JSON form; and the public key, which has none yet, is not found
    missing = case.ada.get(case.path("public-key"))
    assert missing.status == 404 and case.item("public-key")["fileAttachmentId"] is None
    other = canary().encode()
    for given in (base64.b64encode(other).decode(), list(other)):
        body = {"fileName": "id.pub", "fileAttachment": given}
        assert case.ada.put(case.path("public-key"), body).status == 200
        assert case.ada.get(case.path("public-key")).body == other

    # the secret comes back as it was shown: its files stay; null in a patch takes one off
    whole = case.ada.get(f"/api/v1/secrets/{case.id}").json
    assert case.ada.put(f"/api/v1/secrets/{case.id}", whole).status == 200
    emptied = {**whole, "items": [{**one, "itemValue": ""} for one in whole["items"]]}
    assert case.ada.put(f"/api/v1/secrets/{case.id}", emptied).status == 200
    assert case.ada.get(case.path("public-key")).body == other
    field = {"slug": "public-key", "dirty": True, "value": None}
    patch = {"data": {"secretFields": [field]}}
    assert case.ada.patch(f"/api/v1/secrets/{case.id}/general", patch).status == 200
    assert case.item("public-key")["fileAttachmentId"] is None
    assert case.ada.get(case.path("public-key")).status == 404

    # a text is no file, and a file no text
    assert case.ada.put(case.path("private-key"), {"value": "text"}).status == 400
    assert case.put("notes", "a", b"a").status == 400
    told = [(action, detail) for action, item, detail in trail() if item == str(case.id)]
    size = len(content)
    assert ("UPDATE", f"Private Key (file id_rsa, {size} bytes)") in told
    assert ("VIEW", "Private Key (file id_rsa)") in told
    assert ("UPDATE", "Public Key (no file)") in told


def test_only_who_may_see_or_change_the_secret_may_its_files(
    case: Case, bob: tuple[Client, int]
) -> None:
    client, id = bob
    case.id = key_secret(case.ada, folder := made_folder(case.ada))
    assert case.put("private-key", "k", canary().encode()).status == 200
    path = case.path("private-key")
    assert client.get(path).status == 404
    share(case.ada, folder, id, "List")
    assert client.get(path).json["errorCode"] == "API_AccessDenied"
    assert client.post(f"{path}/download", {}).json["errorCode"] == "API_AccessDenied"
    share(case.ada, made_folder(case.ada, "Elsewhere"), id, "View")
    assert case.put("private-key", "k", b"x", client).json["errorCode"] == "API_AccessDenied"
    begun = client.post(f"{path}/upload", {"fileName": "k", "size": 1})
    assert begun.json["errorCode"] == "API_AccessDenied"


def test_a_large_file_lies_sealed_in_the_bucket_and_goes_when_it_is_replaced(
    case: Case, calls: Calls
) -> None:
    first, second = a_large_canary(), a_large_canary(1_500_000)
    calls.clear()
    assert case.put("private-key", "big", first).status == 200
    assert calls.count() == 4  # session, written ahead, bucket, the change
    (old,) = objects()
    calls.clear()
    assert case.ada.get(case.path("private-key")).body == first
    assert calls.count() == 3  # session, bucket, trail
    assert case.put("private-key", "bigger", second).status == 200
    assert case.ada.get(case.path("private-key")).body == second
    case.clean()
    assert old in objects() and len(objects()) == 2  # who was given its address may still come
    case.clean(hours=2)
    (kept,) = objects()
    assert kept != old
    assert case.ada.delete(f"/api/v1/secrets/{case.id}").status == 200
    case.clean(days=2)
    assert case.ada.put(f"/api/v3/secrets/{case.id}/activate").status == 200
    assert case.ada.get(case.path("private-key")).body == second
    client("s3").delete_object(Bucket=connection().bucket, Key=kept)
    assert "bucket" in case.ada.get(case.path("private-key")).message


def test_a_large_file_goes_straight_to_the_bucket_and_from_there(case: Case) -> None:
    content, path = a_large_canary(5_000_000), case.path("private-key")
    asked = {"fileName": "disk.img", "size": len(content)}
    told = case.ada.post(f"{path}/upload", asked).json
    upload = {"uploadId": told["uploadId"]}
    assert case.ada.put(f"{path}/upload", upload).status == 400  # it is not there yet
    put(told["url"], os.urandom(chunks.sealed_size(len(content))))
    assert case.ada.put(f"{path}/upload", upload).status == 400  # what is not sealed does not count
    key = base64.b64decode(told["key"])
    put(told["url"], chunks.seal(key, told["uploadId"], content))
    other = case.path("public-key")
    assert case.ada.put(f"{other}/upload", upload).status == 404
    assert case.ada.put(f"{path}/upload", upload).status == 200
    assert case.ada.put(f"{path}/upload", upload).status == 404  # once
    assert case.ada.get(path).status == 413
    where = case.ada.post(f"{path}/download", {}).json
    assert (where["fileName"], where["size"]) == ("disk.img", len(content))
    sealed = client("s3").get_object(**there(where["url"]))["Body"].read()
    assert content[:40] not in sealed
    key = base64.b64decode(where["key"])
    opened = chunks.opened(key, where["uploadId"], where["size"], [sealed])
    assert b"".join(opened) == content
    assert ("VIEW", str(case.id), "Private Key (file disk.img)") in trail()
    assert case.ada.post(f"{path}/upload", asked | {"size": 2**40}).status == 413
    assert case.ada.post(f"{path}/upload", asked).status == 200  # never sent: it is forgotten
    case.clean(days=2)
    assert len(objects()) == 1


def there(url: str) -> dict[str, str]:
    """The object that an address is of: moto answers botocore alone."""
    return {"Bucket": connection().bucket, "Key": urlsplit(url).path.lstrip("/")}


def put(url: str, content: bytes) -> None:
    assert "SignedHeaders=content-length%3Bhost&" in url  # no other length is taken
    client("s3").put_object(**there(url), Body=content)


def test_former_files_are_kept_as_long_as_the_template_says(case: Case) -> None:
    field = SSH_KEY * 100 + 2
    history = {"data": {"historyLength": {"dirty": True, "value": 2}}}
    path = f"/api/v1/secret-templates/fields/{field}"
    answer = case.ada.patch(path, history)
    assert answer.status == 200, answer.message
    contents = [a_large_canary(LARGE + place) for place in range(4)]
    for place, content in enumerate(contents):
        assert case.put("private-key", f"v{place}", content).status == 200
    former = case.ada.get(f"{case.path('private-key')}/history").json
    assert [one["fileName"] for one in former] == ["v2", "v1"]
    assert {one["value"] for one in former} == {rules.PLACEHOLDER}
    for one, content in zip(former, (contents[2], contents[1]), strict=True):
        got = case.ada.get(f"{case.path('private-key')}/history/{one['version']}")
        assert got.body == content
    assert case.ada.get(f"{case.path('private-key')}/history/77").status == 404
    case.clean(hours=2)
    assert len(objects()) == 3


def test_wherever_it_is_killed_no_file_is_lost_and_none_stays_behind(case: Case) -> None:
    first, second = a_large_canary(), a_large_canary()
    assert case.put("private-key", "first", first).status == 200

    def replace() -> None:
        case.put("private-key", "second", second)
        case.clean(hours=2)

    reaper = Reaper()
    with reaper.copying():
        with reaper.at_work():
            replace()
        assert case.ada.get(case.path("private-key")).body in (first, second)
        if reaper.has_killed:
            replace()
        assert case.ada.get(case.path("private-key")).body == second
        case.clean(days=2)
        assert len(objects()) == 1
