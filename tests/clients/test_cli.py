"""The command line `conclave`, as people and scripts use it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
import pytest
import pyzipper
from click.testing import CliRunner, Result
from conclave_client import kept, references
from conclave_client.cli import main
from conclave_client.client import Client
from conclave_client.http import Body
from conclave_client.models import Tokens

from chalicelib import wiring
from chalicelib.core import totp
from infra.localrun.settings import ROOT
from tests.canary import canary

from .conftest import There, key_secret, made

SHOW = "import os; print(os.environ['WEB'], os.environ['TOO'])"


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


def told(*words: str, given: str = "", code: int = 0) -> Result:
    result = CliRunner().invoke(main, words, input=given)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def session(there: There) -> Iterator[There]:
    told("login", "--url", there.url, "-u", there.name, "--password-stdin", given=there.password)
    yield there
    told("logout")


def test_who_logs_in_keeps_a_session_and_no_password(session: There, own: Path) -> None:
    file = own / "conclave" / "session.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(file.read_text())) == {"base_url", "access_token", "refresh_token"}
    assert session.password not in file.read_text()


def test_who_logs_out_has_none(there: There, own: Path) -> None:
    told("login", "--url", there.url, "-u", there.name, "--password-stdin", given=there.password)
    before = kept.load()
    told("logout")
    assert "nobody is logged in" in told("get", "1", code=1).output
    kept.store(before)
    told("get", str(there.secret), code=1)  # the server knows as well


def test_a_value_comes_out_alone(session: There) -> None:
    assert told("get", "Servers/web-1").stdout == session.value
    assert told("get", str(session.secret), "username").stdout == "root"
    whole = json.loads(told("get", "Servers/web-1", "--json").stdout)
    assert whole["fields"]["password"] == session.value


def test_secrets_are_found_by_name(session: There) -> None:
    assert "web-1  (Web Password)" in told("find", "web-").stdout
    line = json.loads(told("find", "web-1", "--json").stdout)
    assert (line["id"], line["folder"]) == (session.secret, "\\Servers")


def test_a_value_goes_in_by_standard_input(session: There) -> None:
    secret, value = made(session.admin, session.folder, "web-put", canary()), canary()
    told("put", str(secret), given=value + "\n")
    assert told("get", str(secret)).stdout == value


def test_what_is_under_a_doublelock_is_asked_for_with_the_second_password(session: There) -> None:
    admin, value, later = session.admin, canary(), canary()
    secret, second = locked(session, value)
    refused = told("get", str(secret), code=1)
    assert "doubleLockPassword" in refused.output
    assert told("get", str(secret), "--double-lock", given=second + "\n").stdout == value
    told("put", str(secret), "--double-lock", given=f"{second}\n{later}\n")
    whole = told("get", str(secret), "--json", "--double-lock", given=second + "\n")
    assert json.loads(whole.stdout)["fields"]["password"] == later
    assert admin.get(f"/api/v1/secrets/{secret}").json["errorCode"].endswith("DoubleLockPassword")


def locked(there: There, value: str) -> tuple[int, str]:
    """A secret under a DoubleLock that the session's user holds, and his second password."""
    admin, (hers, his) = there.admin, (canary(), canary())
    mine = "/api/v1/users/doublelock-password"
    assert admin.put(mine, {"newPassword": hers}).status == 200
    with Client.log_in(there.url, there.name, there.password) as carol:
        carol._ask("PUT", mine, body=Body.json({"newPassword": his}))
        carols_id = carol._ask("GET", "/api/v1/users/current")["id"]
    lock = admin.post("/api/v1/double-locks", {"name": "Board"}).json["id"]
    by_her = {"doubleLockPassword": hers}
    holders = f"/api/v1/double-locks/{lock}/holders"
    assert admin.post(holders, {"userId": carols_id, **by_her}).status == 200
    secret = made(admin, there.folder, "web-locked", value)
    under = {"enableDoubleLock": {"dirty": True, "value": True}}
    body = {"data": {**under, "doubleLockId": {"dirty": True, "value": lock}}, **by_her}
    assert admin.patch(f"/api/v2/secrets/{secret}/security-general", body).status == 200
    return secret, his


def test_a_file_goes_in_and_comes_out(session: There, tmp_path: Path) -> None:
    secret, content = key_secret(session), canary().encode() + bytes(range(256))
    file = tmp_path / "id_rsa"
    file.write_bytes(content)
    told("put", str(secret), "private-key", "--file", str(file))
    assert told("get", str(secret), "--field", "private-key").stdout_bytes == content


def test_a_program_runs_with_values_in_its_environment(session: There) -> None:
    command = [sys.executable, "-c", "from conclave_client.cli import main; main()", "run"]
    words = [*command, "-e", f"WEB={session.secret}/password", "--", sys.executable, "-c", SHOW]
    environment = {
        **os.environ,
        "TOO": "conclave://Servers/web-1/username",
        "PYTHONPATH": str(ROOT / "clients" / "python"),
    }
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == f"{session.value} root\n", done.stderr
    failing = [*words[:-3], sys.executable, "-c", "raise SystemExit(7)"]
    assert subprocess.run(failing, env=environment, check=False, timeout=60).returncode == 7


def test_a_key_is_loaded_into_the_agent(
    session: There, agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", agent)
    key = asyncssh.generate_private_key("ssh-ed25519")
    secret = made(session.admin, session.folder, "key", key.export_private_key().decode())
    told("ssh-add", str(secret), "--key", "password", "-t", "60")
    listed = subprocess.run(["ssh-add", "-l"], capture_output=True, text=True, check=True)
    assert key.get_fingerprint() in listed.stdout
    assert "no key" in told("ssh-add", str(secret), "--key", "notes", code=1).output
    told("ssh-add", str(session.secret), "--key", "username", code=1)


@pytest.fixture
def agent() -> Iterator[str]:
    """A running ssh-agent; its socket."""
    started = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True)
    socket, pid = re.findall(r"(?:SOCK|PID)=([^;]+);", started.stdout)
    yield socket
    os.kill(int(pid), signal.SIGTERM)


def test_what_goes_wrong_is_one_line(there: There) -> None:
    words = ("login", "--url", there.url, "-u", there.name, "--password-stdin")
    output = told(*words, given=canary(), code=1).output
    assert output.startswith("Error: ")
    assert output.count("\n") == 1
    assert (
        "https only"
        in told("login", "--url", "http://vault", "-u", "a", given="b\n", code=1).output
    )


def test_who_has_a_second_factor_gives_a_code_as_well(there: There) -> None:
    password = canary()
    body = {"userName": "dave", "displayName": "Dave", "password": password}
    there.admin.post("/api/v1/users", body)
    dave = there.admin.login("dave", password)
    factor = "/api/v1/users/current/two-factor"
    seed = totp.from_text(dave.post(factor, {"password": password}).json["secret"])
    now = totp.step_of(datetime.now(UTC))
    assert dave.post(f"{factor}/confirm", {"code": totp.code_of(seed, now - 1)}).status == 200
    words = ("login", "--url", there.url, "-u", "dave", "--password-stdin")
    told(*words, given=password, code=1)
    told(*words, "--otp", given=f"{password}\n{totp.code_of(seed, now)}\n")
    told("logout")


def test_what_others_may_read_is_not_used(there: There) -> None:
    kept.store(kept.Kept(there.url, Tokens("a", "b")))
    kept.place().chmod(0o644)
    assert "others may read" in told("get", "1", code=1).output


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("7/password", ("7", "password")),
        ("conclave://Servers/web-1/password", ("Servers\\web-1", "password")),
        ("a%2Fb/c%20d", ("a/b", "c d")),
    ],
)
def test_a_reference_names_a_secret_and_a_field(text: str, named: tuple[str, str]) -> None:
    assert references.parse(text) == named


@pytest.mark.parametrize("text", ["", "7", "/password", "7/"])
def test_half_a_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no reference"):
        references.parse(text)


def test_each_value_is_read_once() -> None:
    asked: list[tuple[str, str]] = []

    def read(secret: str, slug: str) -> str:
        asked.append((secret, slug))
        return "value"

    given = {"A": "conclave://7/password", "B": "conclave://7/password", "C": "plain"}
    assert references.resolved(given, read) == {"A": "value", "B": "value", "C": "plain"}
    assert asked == [("7", "password")]


def test_secrets_come_from_a_file_and_leave_in_an_encrypted_one(
    session: There, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks has rights to it; the cluster's worker does its part between two looks."""
    rows, out, word = own / "new.csv", own / "out.zip", canary()
    header = "Secret Name,UserName,Password,Secret Template"
    rows.write_text(f"{header}\nnew-1,root,{word},Web Password\nnew-2,root,x,None\n")
    into = ("--into", "Servers")
    tried = told("import", str(rows), "--dry-run", *into, code=1).output
    assert "1 secrets, 0 new folders" in tried and "2: new-2: No active template" in tried
    assert word not in tried
    carols(session, "Administrator")
    monkeypatch.setattr("time.sleep", lambda _: work())
    assert "Finished: 1 of 2 done, 1 failed." in told("import", str(rows), *into, code=1).output
    assert told("get", "Servers/new-1").stdout == word
    asked = ("export", "--notes", "a copy", "--out", str(out), "--password-stdin")
    told(*asked, "--folder", str(session.folder), given=word)
    with pyzipper.AESZipFile(out) as archive:
        archive.setpassword(word.encode())
        assert word in archive.read("secrets.csv").decode()
    assert out.stat().st_mode & 0o777 == 0o600
    assert "there is such a file" in told(*asked, given=word, code=1).output
    assert "say --format" in told("import", __file__, code=1).output


def carols(there: There, role: str) -> None:
    """Give her a role."""
    found = there.admin.get("/api/v1/roles", query={"take": 100}).json["records"]
    (id,) = [one["id"] for one in found if one["name"] == role]
    users = there.admin.get("/api/v1/users", query={"filter.searchText": there.name}).json
    path = f"/api/v1/users/{users['records'][0]['id']}/roles"
    assert there.admin.post(path, {"roleIds": [id]}).status == 200


def work() -> None:
    """What the `web` queue's worker does."""
    for one in wiring.bulk_worker().store.open():
        wiring.bulk_worker().run(one.id, datetime.now(UTC) + timedelta(seconds=40))
