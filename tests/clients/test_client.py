"""The Python client over HTTP: what programs do with it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from conclave_client import (
    Client,
    Denied,
    NotFound,
    NotLoggedIn,
    Refused,
    Tokens,
    Unreachable,
    chunks,
)
from conclave_client.http import Http

from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from tests.canary import canary
from tests.ports import free_port

from .conftest import There, key_secret, made

KEY = b64encode(bytes(32)).decode()


@pytest.fixture
def carol(there: There) -> Iterator[Client]:
    with Client.log_in(there.url, there.name, there.password) as client:
        yield client


def test_a_secret_is_read_by_id_and_by_path(there: There, carol: Client) -> None:
    for named in (there.secret, "Servers/web-1", "\\Servers\\web-1"):
        found = carol.secret(named)
        assert (found.id, found.name, found.template) == (there.secret, "web-1", "Web Password")
        assert found.fields["password"] == there.value
        assert carol.field(named) == there.value
        assert there.value not in repr(found)


def test_another_value_is_stored(there: There, carol: Client) -> None:
    value = canary()
    made_id = carol.create("mine", "web password", {"url": "x", "username": "u", "password": value})
    assert carol.field(made_id) == value
    other = canary()
    carol.put(made_id, "password", other)
    carol.put(made_id, "password", other)
    assert carol.field(made_id) == other


def test_a_file_comes_back_byte_by_byte(there: There, carol: Client) -> None:
    id, content = key_secret(there), canary().encode() + bytes(range(256)) + b"\r\n--\r\n"
    carol.put_file(id, "private-key", "id rsa.bin", content)
    assert carol.file(id, "private-key") == content
    with pytest.raises(NotFound):
        carol.file(id, "public-key")


def test_a_large_file_goes_straight_to_the_bucket_and_comes_from_there(
    there: There, carol: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(url: str) -> dict[str, str]:
        """The object that an address is of: moto answers botocore alone."""
        return {"Bucket": connection().bucket, "Key": urlsplit(url).path.lstrip("/")}

    s3 = client("s3")
    monkeypatch.setattr(Http, "send", lambda _, url, raw: s3.put_object(**at(url), Body=raw))
    monkeypatch.setattr(Http, "fetch", lambda _, url: s3.get_object(**at(url))["Body"].read())
    id, content = key_secret(there), canary().encode() + bytes(4 * 1024 * 1024)
    carol.put_file(id, "private-key", "large.bin", content)
    assert carol.file(id, "private-key") == content
    sealed = chunks.seal(KEY, "one", content)
    assert chunks.opened(KEY, "one", len(content), sealed) == content
    for wrong in (sealed[:-1], sealed[:-1] + b"x", b"\1" + sealed[1:], b""):
        with pytest.raises(Unreachable):
            chunks.opened(KEY, "one", len(content), wrong)


def test_what_is_found_comes_page_by_page(
    there: There, carol: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"many-{number}" for number in range(5)]
    for name in names:
        made(there.admin, there.folder, name, canary())
    monkeypatch.setattr("conclave_client.client._PAGE", 2)
    found = list(carol.find("many"))
    assert [one.name for one in found] == names
    assert {one.folder for one in found} == {"\\Servers"}
    within = [one.id for one in carol.find("web-1", folder_id=there.folder)]
    assert there.secret in within
    assert list(carol.find("no such thing")) == []


def test_a_session_that_ended_is_renewed_and_told(there: There) -> None:
    told: list[Tokens] = []
    client = Client.log_in(there.url, there.name, there.password, on_tokens=told.append)
    broken = Client(Http(there.url), Tokens("ended", told[0].refresh), told.append)
    assert broken.whoami() == there.name
    assert len(told) == 2
    assert told[0].access not in repr(told)
    broken.log_out()
    with pytest.raises(NotLoggedIn):
        broken.whoami()
    with pytest.raises(NotLoggedIn, match="log in again"):
        Client(Http(there.url), Tokens("ended")).whoami()
    client.log_out()  # another's end is no error


def test_what_goes_wrong_is_told_apart(there: There, carol: Client) -> None:
    with pytest.raises(NotLoggedIn):
        Client.log_in(there.url, there.name, canary())
    with pytest.raises(NotFound):
        carol.secret("Servers/nothing")
    with pytest.raises(Refused, match="no template"):
        carol.create("mine", "no such template", {})
    hidden = made(there.admin, -1, "hidden", canary())
    with pytest.raises((Denied, NotFound)):
        carol.secret(hidden)
    with pytest.raises(Unreachable):
        Client.log_in(f"http://127.0.0.1:{free_port()}/SecretServer", "a", canary())


def test_a_password_does_not_travel_in_clear() -> None:
    with pytest.raises(ValueError, match="https only"):
        Http("http://vault.example/SecretServer")
