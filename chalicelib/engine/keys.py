"""The engine's two keys: made once, kept in a file that only its owner reads."""

from __future__ import annotations

import base64
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chalicelib.core.errors import Invalid
from chalicelib.core.sealing import Opener
from chalicelib.core.signing import Signer, fingerprint

FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class Keys:
    """Who this engine is."""

    signer: Signer
    opener: Opener

    @property
    def fingerprint(self) -> str:
        """What the person who approves the engine compares."""
        return fingerprint(self.signer.public(), self.opener.public())


def load_or_make(folder: Path) -> Keys:
    """The keys in the folder, made there if there are none.

    Raises Invalid when the file is damaged or open to others: neither is repaired by itself.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / FILE
    with suppress(FileExistsError):
        _make(file)
    if file.stat().st_mode & 0o077:
        raise Invalid(f"{file} is open to others than its owner: chmod 600, or make new keys")
    try:
        row = json.loads(file.read_text())
        return Keys(
            Signer(base64.b64decode(row["signing"])), Opener(base64.b64decode(row["sealing"]))
        )
    except (ValueError, KeyError, TypeError):
        raise Invalid(f"{file} does not hold an engine's keys") from None


def _make(file: Path) -> None:
    """Complete or not at all, and never over what is there."""
    if file.exists():
        return
    row = {
        "signing": base64.b64encode(Signer.fresh().seed()).decode(),
        "sealing": base64.b64encode(Opener.fresh().seed()).decode(),
    }
    draft = file.with_suffix(f".{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(json.dumps(row))
        out.flush()
        os.fsync(handle)
    try:
        os.link(draft, file)
    finally:
        draft.unlink()
