"""The key file: made once, complete or not at all, for its owner alone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.engine.keys import FILE, load_or_make


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    first, second = load_or_make(folder), load_or_make(folder)
    assert first.fingerprint == second.fingerprint
    assert [file.name for file in folder.iterdir()] == [FILE]


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    load_or_make(tmp_path / "state")
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / FILE).stat().st_mode) == 0o600


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    load_or_make(tmp_path)
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(Invalid, match="chmod 600"):
        load_or_make(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"signing": "AA==", "sealing": "AA=="}'])
def test_damaged_keys_are_refused_and_left_as_they_are(tmp_path: Path, text: str) -> None:
    file = tmp_path / FILE
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(Invalid):
        load_or_make(tmp_path)
    assert file.read_text() == text


def test_two_first_starts_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        prints = {keys.fingerprint for keys in pool.map(load_or_make, [tmp_path] * 8)}
    assert len(prints) == 1


def test_keys_do_not_print(tmp_path: Path) -> None:
    assert repr(load_or_make(tmp_path)) == "Keys(signer=Signer(***), opener=Opener(***))"
