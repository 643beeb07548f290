"""A client that was written for Secret Server does its work here: PyPI's python-tss-sdk."""

from __future__ import annotations

import pytest
from delinea.secrets.server import (  # type: ignore[import-untyped]
    PasswordGrantAuthorizer,
    SecretServer,
    SecretServerError,
    ServerSecret,
)

from tests.canary import canary

from .conftest import There, key_secret


@pytest.fixture
def server(there: There) -> SecretServer:
    return SecretServer(there.url, PasswordGrantAuthorizer(there.url, there.name, there.password))


def test_it_reads_a_secret_by_id_and_by_path(there: There, server: SecretServer) -> None:
    for found in (server.get_secret(there.secret), server.get_secret_by_path("\\Servers\\web-1")):
        secret = ServerSecret(**found)
        assert (secret.id, secret.name) == (there.secret, "web-1")
        assert secret.fields["password"].value == there.value


def test_it_searches_and_looks_up_folders(there: There, server: SecretServer) -> None:
    found = server.search_secrets({"filter.searchText": "web-1"})
    assert '"web-1"' in found
    assert there.secret in server.get_secret_ids_by_folderid(there.folder)
    assert server.get_folder(there.folder)["folderName"] == "Servers"
    assert server.get_folder_by_path("\\Servers")["id"] == there.folder
    assert '"Servers"' in server.lookup_folders({"filter.searchText": "Servers"})


def test_it_brings_the_files_of_a_secret(there: There, server: SecretServer) -> None:
    id = key_secret(there)
    content = f"-----BEGIN {canary()}-----\n"
    body = {"fileName": "id_rsa", "fileAttachment": list(content.encode())}
    put = there.admin.put(f"/api/v1/secrets/{id}/fields/private-key", body)
    assert put.status == 200, put.message
    key = ServerSecret(**server.get_secret(id)).fields["private-key"]
    assert (key.filename, key.is_file) == ("id_rsa", True)
    assert key.value.text == content


def test_it_is_told_what_is_not_there(server: SecretServer) -> None:
    with pytest.raises(SecretServerError):
        server.get_secret(999_999)
