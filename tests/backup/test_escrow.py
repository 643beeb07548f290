"""Restoring under another KMS key: by the escrow's key, and else it says what is missing."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chalicelib import wiring
from chalicelib.aws import keyring, keyring_changes
from chalicelib.aws.commit import Put
from chalicelib.aws.connection import connection
from chalicelib.backup.store import wrapped_keys
from chalicelib.core import sealing
from infra import escrow
from infra import restore as restoring
from infra.aws import client
from infra.backup_keys import Means, keyring_row
from infra.backups import open_backup
from infra.verify_audit import verify
from tests.conftest import forget
from tests.moto_keys import destroy

from .conftest import Kept, all_rows
from .test_refusals import refusal, rewrite


@dataclass
class Asker:
    user_id: int = 7
    address: str = ""


@dataclass
class Pair:
    file: Path
    public: bytes

    @property
    def short(self) -> str:
        return sealing.short(self.public)

    @property
    def means(self) -> Means:
        return Means(escrow.read(self.file))


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    file = tmp_path / "escrow.pem"
    return Pair(file, escrow.make(file))


def set_escrow(public: bytes) -> None:
    wiring.keys().escrow(Asker(), public, wiring.clock()())
    wiring.keys().tend()


def add_key() -> None:
    """As a rotation does: one more data key, the primary one."""
    wiring.committer()([Put(keyring_changes.with_new_key(wiring.clock()()).row)])
    wiring.keyring().forget()


def another_kms_key() -> str:
    """The cluster's connection names a fresh KMS key; its ARN."""
    other: str = client("kms").create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    name = "/conclave/test/connection"
    text = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    changed = json.dumps(json.loads(text) | {"key_arn": other})
    client("ssm").put_parameter(Name=name, Value=changed, Overwrite=True)
    forget()
    return other


def lose_all(kept: Kept) -> tuple[str, str]:
    """Backed up, lost, and the cluster has another KMS key: the backup, and the key of then."""
    id, was = kept.back_up().id, connection().key_arn
    kept.wipe()
    another_kms_key()
    return id, was


def actions() -> Iterator[tuple[str, str]]:
    for row in all_rows("conclave-test-audit"):
        yield row.get("action", {}).get("S", ""), row.get("detail", {}).get("S", "")


def test_with_the_private_key_everything_comes_back_under_the_other_kms_key(
    kept: Kept, pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.store(3)
    summed = kept.sum_trail(2)
    set_escrow(pair.public)
    add_key()
    kept.store(3)
    id, was = lose_all(kept)
    named = ["--cluster", "test", "--from", id]
    assert restoring.main(named) == 1
    assert f"the private key of escrow key {pair.short}" in capsys.readouterr().err
    assert restoring.main([*named, "--escrow", str(pair.file)]) == 0
    forget()
    destroy(was)  # nothing needs it any more
    assert kept.opened() == kept.values
    found = verify("test")
    assert (found.faults, found.lost, found.summed) == ((), {}, summed)
    [told] = [detail for action, detail in actions() if action == "ESCROW RESTORE"]
    assert pair.short in told
    assert was in told
    assert connection().key_arn in told
    add_key()  # the restored keyring is one that goes on: boxed to the same escrow key
    assert all(one.box for one in keyring.stored().keys)


def test_without_escrow_it_says_that_none_was_set(kept: Kept, pair: Pair) -> None:
    kept.store(1)
    id, was = lose_all(kept)
    said = refusal(id)
    for word in ("No escrow was set", was, connection().key_arn, "OLD_KEY=1"):
        assert word in said
    said = refusal(id, means=pair.means)
    assert f"of escrow key {pair.short}, but no escrow was set" in said


def test_another_private_key_is_refused_and_both_are_named(
    kept: Kept, pair: Pair, tmp_path: Path
) -> None:
    kept.store(1)
    set_escrow(pair.public)
    id, _ = lose_all(kept)
    file = tmp_path / "other.pem"
    other = Pair(file, escrow.make(file))
    said = refusal(id, means=other.means)
    assert f"is of escrow key {other.short}. Missing: that of escrow key {pair.short}" in said


def test_boxes_that_were_taken_out_or_exchanged_are_found(kept: Kept, pair: Pair) -> None:
    kept.store(1)
    set_escrow(pair.public)
    add_key()
    id, _ = lose_all(kept)

    def exchange(read: dict[str, dict[str, list[dict[str, str]]]]) -> None:
        first, second = read["keys"]["keys"]
        first["box"], second["box"] = second["box"], first["box"]

    rewrite(id, exchange)
    assert "the box of data key 1" in refusal(id, means=pair.means)
    rewrite(id, lambda read: read["keys"]["keys"][1].pop("box"))
    assert "data keys 2 have no box" in refusal(id, means=pair.means)


def test_the_old_kms_key_will_do_if_it_is_asked_for(kept: Kept) -> None:
    kept.store(2)
    id, was = lose_all(kept)
    assert restoring.main(["--cluster", "test", "--from", id, "--old-key"]) == 0
    forget()
    destroy(was)
    assert kept.opened() == kept.values
    assert "REWRAP RESTORE" in {action for action, _ in actions()}


def test_what_the_new_key_does_not_wrap_changes_nothing(kept: Kept, pair: Pair) -> None:
    kept.store(1)
    set_escrow(pair.public)
    id, _ = lose_all(kept)
    destroy(connection().key_arn)
    assert "kms:Encrypt" in refusal(id, means=pair.means)


def test_a_key_made_while_the_backup_ran_is_put_back_from_the_manifest(kept: Kept) -> None:
    """Rows were read before the rotation, the manifest was written after it."""
    kept.store(2)
    id = kept.back_up().id
    backup = open_backup(connection().bucket, id, connection().key_arn)
    add_key()
    [row] = [one for one in all_rows("conclave-test-data") if one["pk"]["S"] == "keyring"]
    before = {**row, "keys": {"L": row["keys"]["L"][:1]}, "primary": {"N": "1"}}
    assert keyring_row(before, backup.manifest.keys) == before
    assert keyring_row(before, wrapped_keys()) == row


def test_the_tool_makes_a_private_file_and_never_overwrites_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "escrow.pem"
    assert escrow.main([str(file)]) == 0
    told = capsys.readouterr().out
    public = escrow.read(file).public()
    assert base64.b64encode(public).decode() in told
    assert sealing.short(public) in told
    assert "PRIVATE" not in told
    assert file.stat().st_mode & 0o777 == 0o600
    assert escrow.main([str(file), "--show"]) == 0
    assert base64.b64encode(public).decode() in capsys.readouterr().out
    assert escrow.main([str(file)]) == 1
    assert "never overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (b"rubbish", 0o600, "no private key"),
        (None, 0o640, "chmod 600"),
    ],
)
def test_a_file_that_is_no_private_key_of_ones_own_is_refused(
    tmp_path: Path, text: bytes | None, mode: int, why: str
) -> None:
    file = tmp_path / "escrow.pem"
    escrow.make(file)
    if text is not None:
        file.write_bytes(text)
    file.chmod(mode)
    with pytest.raises(escrow.EscrowKeyError, match=why):
        escrow.read(file)


def test_a_refused_key_file_changes_nothing(kept: Kept, tmp_path: Path) -> None:
    with pytest.raises(escrow.EscrowKeyError, match="cannot be read"):
        escrow.read(tmp_path / "none.pem")
    asked = ["--cluster", "test", "--from", "x", "--escrow", str(tmp_path / "none.pem")]
    assert restoring.main(asked) == 1
