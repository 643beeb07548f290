"""Where a secret value may be in the clear: the few places that call `reveal()`, and no others."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.sources import parsed

pytestmark = pytest.mark.xdist_group("sources")

ROOT = Path(__file__).parent.parent / "chalicelib"

PLACES = {
    "access/factor.py": "a code is freed of spaces and dashes, told apart, and hashed",
    "access/hashing.py": "argon2 hashes and checks a user's password",
    "access/oidc.py": "code and client secret go to the provider",
    "access/password.py": "the password policy measures it",
    "access/routes/api_tokens.py": "an API token, shown once",
    "access/routes/two_factor.py": "the seed and the recovery codes, shown once",
    "access/routes/cookie.py": "what a browser keeps while its user is at his provider",
    "access/routes/security_keys.py": "the recovery codes of security keys, shown once",
    "access/routes/sdk_clients.py": "an onboarding key and a client's secret, shown",
    "access/routes/tokens.py": "whether a refresh token came in the form or in the cookie",
    "access/sdk.py": "an application's secret is hashed",
    "access/service/factors.py": "the seed goes into what a QR code holds",
    "access/service/mail_codes.py": "a mailed code is hashed",
    "access/service/openid_login.py": "what tells a browser again is hashed",
    "access/service/proof.py": "a code is compared with those of the seed",
    "access/service/setup.py": "the set-up code is hashed",
    "access/service/tokens.py": "a token is hashed; the user's name is looked up",
    "aws/keyring.py": "a value is sealed",
    "aws/mail.py": "a letter is written; the SMTP server is logged in to",
    "bulk/routes/operations.py": "the length of a password for many is measured",
    "changers/pg_session.py": "PostgreSQL's log-in",
    "changers/postgresql.py": "PostgreSQL's verifier",
    "changers/scram.py": "the verifier is derived",
    "changers/ssh_session.py": "SSH's log-in; a hook's script",
    "changers/unix_ssh.py": "the passwd dialogue",
    "changers/memory.py": "the stand-in target compares",
    "changers/work.py": "a claim is written for its engine, and read by it",
    "core/sealing.py": "a box is sealed to an engine",
    "mail/mail.py": "a code goes into its letter",
    "rotation/service/accounts.py": "machine, port and user name of a target",
    "transfer/export.py": "the length of a ZIP's password is measured",
    "transfer/files/archive.py": "a ZIP is encrypted",
    "transfer/files/csv_file.py": "what is exported is written",
    "transfer/files/kdbx_file.py": "a KeePass database is opened",
    "transfer/files/xml_file.py": "what is exported is written",
    "transfer/pack.py": "what is imported or exported is packed to be sealed",
    "transfer/plan.py": "values of no field are put into the notes",
    "transfer/store/exports.py": "a ZIP's password is packed to be sealed",
    "vault/change.py": "machines are compared",
    "vault/hook.py": "fields that are no secrets become arguments of a script",
    "vault/one_time.py": "a one-time-password key makes codes",
    "vault/passwords.py": "a password is measured against its requirement",
    "vault/routes/secret_answers.py": "a secret's JSON answer",
    "vault/service/field_value.py": "a value's length is measured",
    "vault/service/indexing.py": "searchable fields are hashed, and looked at",
    "vault/store/lock_keys.py": "a DoubleLock's key comes out of its box",
    "vault/store/values.py": "a value is sealed under a DoubleLock",
    "vault/service/ssh_keys.py": "a private key is sealed as a file",
    "vault/ssh_key.py": "a private key is encrypted under its passphrase",
}
"""Module: why."""


def test_values_are_revealed_in_listed_places_only() -> None:
    found = {
        str(path.relative_to(ROOT)): count
        for path in ROOT.rglob("*.py")
        if (count := _reveals(path)) and path.name != "plain.py"
    }
    assert sorted(found) == sorted(PLACES)


def test_no_value_goes_into_a_text_where_it_is_revealed() -> None:
    for module in PLACES:
        tree = parsed(ROOT / module)
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                assert not _calls(node), f"{module}:{node.lineno} puts a value into a text"
            if isinstance(node, ast.Raise):
                assert not _calls(node), f"{module}:{node.lineno} raises with a value"


def _reveals(path: Path) -> int:
    return Counter(type(node) for node in _calls(parsed(path)))[ast.Call]


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "reveal"
    ]
