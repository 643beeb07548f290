"""SSH keys and passphrases that Conclave makes: for new secrets, and for those that there are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.rotation import routes as rotation_routes
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.ssh_key import (
    Algorithm,
    KeyWish,
    demand_fields,
    key_fields,
    material,
    new_pair,
)
from tests.canary import canary
from tests.client import Client
from tests.vault.api import ada, bare, bob, cluster, made_secret, routes, time

__all__ = ["ada", "bare", "bob", "cluster", "rotation_routes", "routes", "time"]

SSH_KEY, ROTATED = 6026, 6032


def created(ada: Client, template: int = SSH_KEY, *items: Any, **args: Any) -> dict[str, Any]:
    body = {"name": "key", "secretTemplateId": template, "folderId": -1, "siteId": 1}
    answer = ada.post("/api/v1/secrets", {**body, "items": items, "sshKeyArgs": args})
    assert answer.status == 200, answer.message
    found: dict[str, Any] = answer.json
    return found


def held(ada: Client, id: int) -> tuple[bytes, bytes, str]:
    """The files and the passphrase of a secret."""
    path = f"/api/v1/secrets/{id}/fields"
    private, public = (ada.get(f"{path}/{slug}").body for slug in ("private-key", "public-key"))
    return private, public, str(ada.get(f"{path}/private-key-passphrase").json)


def opens(private: bytes, public: bytes, passphrase: str) -> bool:
    """Whether the private key opens with that passphrase alone, and is the public key's."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = load_ssh_private_key(private, passphrase.encode() or None)
    own = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return public.startswith(own)


def test_a_new_secret_gets_a_key_under_a_new_passphrase(ada: Client) -> None:
    named = {"slug": "private-key", "filename": "id_db1"}
    secret = created(ada, SSH_KEY, named, generateSshKeys=True, generatePassphrase=True)
    files = {one["slug"]: one["filename"] for one in secret["items"] if one["isFile"]}
    assert files == {"private-key": "id_db1", "public-key": "public-key"}
    private, public, passphrase = held(ada, secret["id"])
    assert len(passphrase) >= 12
    assert public.startswith(b"ssh-ed25519 ")
    assert opens(private, public, passphrase)
    with pytest.raises(ValueError, match="checksum"):
        load_ssh_private_key(private, b"another")
    general = ada.get(f"/api/v1/secrets/secret-detail/{secret['id']}/general").json
    told = [general[x] for x in ("canGenerateSshKey", "slugPrivateKey", "slugPublicKey")]
    assert told == [True, "private-key", "public-key"]


def test_another_key_is_kept_under_the_passphrase_that_counts(ada: Client) -> None:
    """That which came, that which there is, a new one; never a passphrase that opens no key."""
    mine = canary()
    phrase = {"slug": "private-key-passphrase", "itemValue": mine}
    accounts = [{"slug": "machine", "itemValue": "m"}, {"slug": "username", "itemValue": "u"}]
    id = created(ada, ROTATED, phrase, *accounts, generateSshKeys=True)["id"]
    first = held(ada, id)
    assert opens(*first)
    assert first[2] == mine
    general = f"/api/v1/secrets/{id}/general"
    assert ada.patch(general, {"data": {"generateSshKeys": True}}).status == 200
    second = held(ada, id)
    assert (opens(*second), second[2], second[0] != first[0]) == (True, mine, True)
    args = {"generateSshKeys": True, "generatePassphrase": True}
    body = {"name": "key", "items": [], "sshKeyArgs": args}
    assert ada.put(f"/api/v1/secrets/{id}", body).status == 200
    third = held(ada, id)
    assert (opens(*third), third[2] != mine) == (True, True)
    refused = ada.put(f"/api/v1/secrets/{id}", {**body, "sshKeyArgs": {"generatePassphrase": True}})
    assert "make another key too" in refused.message
    assert held(ada, id) == third
    change = ada.post(f"/api/v1/secrets/{id}/change-password", {"sshKeyArgs": args})
    assert "not changed in this release" in change.message


def test_what_holds_no_key_gets_none(ada: Client) -> None:
    id = made_secret(ada)["id"]
    answer = ada.patch(f"/api/v1/secrets/{id}/general", {"data": {"generateSshKeys": True}})
    assert "holds no SSH key" in answer.message
    assert key_fields(BUILT_IN[2]) is None
    with pytest.raises(Invalid):
        demand_fields(BUILT_IN[2], KeyWish(pair=True))


def test_ssh_itself_reads_the_keys(tmp_path: Path) -> None:
    """As ssh-keygen tells the public half of a private one."""
    program = shutil.which("ssh-keygen")
    if program is None:
        pytest.skip("there is no ssh-keygen here")
    for algorithm in Algorithm:
        pair = new_pair(algorithm, Plain(""), "mine")
        path = tmp_path / algorithm
        path.write_text(pair.private.reveal())
        path.chmod(0o600)
        told = subprocess.run(  # noqa: S603
            [program, "-y", "-P", "", "-f", path], capture_output=True, check=True, text=True
        )
        assert told.stdout.split()[:2] == pair.public.split()[:2]
        assert pair.public.endswith(" mine\n")


def test_fields_of_text_hold_keys_as_texts() -> None:
    fields = key_fields(BUILT_IN[SSH_KEY])
    assert fields is not None
    pair = new_pair(Algorithm.ED25519, Plain(""), "mine")
    made = material(fields, pair, Plain("p"))
    assert set(made.files) == {"private-key", "public-key"}
    assert set(made.texts) == {"private-key-passphrase"}
    assert pair.private.reveal() not in repr((made, pair))
