"""The licence tool: pairs, keys, and what it refuses; and the signer that a deployment sets."""

from __future__ import annotations

import io
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.aws import clients
from chalicelib.cluster.licence import opened
from infra import deploy, licence
from infra.node import Node, RefusedError

SIGN = ["sign", "--company", "Example", "--edition", "Enterprise Plus", "--seats", "10"]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "signer.pem"
    assert licence.main(["pair", "--key", str(file)]) == 0
    return file


def run(*arguments: str | Path) -> int:
    return licence.main([str(one) for one in arguments])


def test_a_pair_is_made_once_in_a_private_file_and_its_private_key_is_never_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "signer.pem"
    assert run("pair", "--key", key) == 0
    told, private = capsys.readouterr().out, key.read_text()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not any(line in told for line in private.splitlines())
    assert run("pair", "--key", key) == 1
    assert key.read_text() == private
    run("public", "--key", key)
    assert capsys.readouterr().out.strip() in told


def test_a_signed_licence_is_what_was_asked_for_and_opens_in_a_cluster(
    key: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("public", "--key", key)
    public = capsys.readouterr().out.split()[-1]
    assert run(*SIGN, "--key", key, "--days", "30", "--add-on", "Premium", "--id", "L-9") == 0
    text = capsys.readouterr().out.strip()
    found = opened(text, public)
    assert (found.id, found.seats, found.add_ons) == ("L-9", 10, ("Premium",))
    assert found.expires == datetime.now(UTC).date() + timedelta(days=30)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))
    assert run("show", "-", "--signer", public) == 0
    assert "Enterprise Plus" in capsys.readouterr().out
    assert run("show", text[:-8], "--signer", public) == 1
    assert "not signed by" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ["--seats", "0"],
        ["--seats", "-1"],
        ["--edition", ""],
        ["--company", ""],
        ["--id", "L/9"],
        ["--days", "-1"],
    ],
)
def test_what_no_cluster_would_take_is_not_signed(
    key: Path, capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    capsys.readouterr()
    assert run(*SIGN, "--key", key, "--days", "30", *wrong) == 1
    out, err = capsys.readouterr()
    assert (out, err.startswith("licence: ")) == ("", True)


def test_a_key_file_that_others_may_read_or_that_is_none_is_refused(
    key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key.chmod(0o644)
    assert run(*SIGN, "--key", key, "--for-ever") == 1
    assert "chmod 600" in capsys.readouterr().err
    other = tmp_path / "other"
    other.touch(mode=0o600)
    other.write_text("a private thing")
    assert run(*SIGN, "--key", other, "--for-ever") == 1
    assert "a private thing" not in "".join(capsys.readouterr())
    assert run(*SIGN, "--key", tmp_path / "none", "--for-ever") == 1


SMALL = """
Parameters:
  Cluster: {Type: String}
  LicenceSigner: {Type: String, Default: ""}
Resources:
  Connection:
    Type: AWS::SSM::Parameter
    Properties: {Name: /signer, Type: String, Value: !Sub "%s ${LicenceSigner}"}
"""


@pytest.mark.usefixtures("aws")
def test_a_deployment_sets_the_signer_and_later_ones_keep_it(key: Path, tmp_path: Path) -> None:
    """On a small page with the cluster's parameters, which newer code changes each time."""
    public, page = licence.public_of(licence.read_private(key)), tmp_path / "small.yaml"
    held = []
    for turn, signer in enumerate((None, public, None, "")):
        page.write_text(SMALL % turn)
        stack = Node("node-a", "main", licence_signer=signer).cluster_stack
        replace(stack, template=page).apply()
        found = clients.client("ssm").get_parameter(Name="/signer")["Parameter"]["Value"]
        held.append(found)
    assert held == ["0 ", f"1 {public}", f"2 {public}", "3 "]


def test_a_signer_that_is_no_public_key_is_refused_before_anything_is_done(key: Path) -> None:
    deploy.check_signer(licence.public_of(licence.read_private(key)))
    deploy.check_signer("")
    with pytest.raises(RefusedError, match="public key"):
        deploy.check_signer("a-word")
