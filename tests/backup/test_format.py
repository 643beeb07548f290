"""What a backup is written as is read back as it was; what is no backup is refused."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from chalicelib.backup import manifest as manifests
from chalicelib.backup.manifest import Keys, Manifest, Part, Progress, Wrapped
from chalicelib.backup.rows import packed, unpacked
from chalicelib.core.errors import Invalid

KEYS = Keys("c" * 32, "arn:aws:kms:us-east-1:1:key/mrk-1", "f" * 16, 1, (Wrapped(1, "AA==", "x"),))
PARTS = (Part("000001-a", "data", 3, 100, "0" * 64), Part("000002-b", "audit", 2, 90, "1" * 64))
ONE = Manifest("20260115", "demo", "11.7.0", 1, "pages", "then", "later", KEYS, PARTS)


def test_rows_of_every_type_come_back_as_they_were() -> None:
    blob = os.urandom(40)
    row = {
        "pk": {"S": "secret#1 \u00e9\n"},
        "n": {"N": "1.50"},
        "sealed": {"B": blob},
        "set": {"SS": ["a", "b"]},
        "blobs": {"BS": [blob, b""]},
        "list": {"L": [{"M": {"sealed": {"B": blob}, "none": {"NULL": True}}}, {"BOOL": False}]},
    }
    assert unpacked(packed([row, row])) == [row, row]
    assert unpacked(packed([])) == []


def test_a_manifest_comes_back_as_it_was() -> None:
    assert manifests.decode(ONE.encoded()) == ONE
    assert ONE.rows == {"data": 3, "audit": 2}
    old = replace(ONE, format=1)  # as code wrote it that knew no files: its MAC is over just that
    assert b"files" not in old.encoded()
    assert manifests.decode(old.encoded()) == old
    lists = (Part("000001-c", "files", 4, 50, "2" * 64),)
    progress = Progress("cursor", PARTS, named=lists, files=lists, at=(1, 2), missing=3)
    assert manifests.decode_progress(progress.encoded()) == progress


def test_a_backup_that_earlier_code_went_on_with_names_no_files() -> None:
    """It keeps what it knows of the progress, and lists would be of a part of the rows."""
    earlier = json.loads(Progress("cursor", PARTS).encoded())
    kept = {name: earlier[name] for name in ("cursor", "parts", "schema")}
    assert manifests.decode_progress(json.dumps(kept).encode()).format == 1


def test_a_manifest_of_a_newer_format_says_so() -> None:
    newer = json.loads(ONE.encoded()) | {"format": 3, "more": []}
    with pytest.raises(Invalid, match="newer"):
        manifests.decode(json.dumps(newer).encode())


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"\xff", b'{"format": 1, "keys": 7}', b"null"])
def test_what_is_no_manifest_is_refused(raw: bytes) -> None:
    with pytest.raises(Invalid, match="damaged"):
        manifests.decode(raw)
