"""Where the command line keeps its session: a file of the user's own, never a password."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from conclave_client.errors import NotLoggedIn
from conclave_client.models import Tokens


@dataclass(frozen=True, slots=True)
class Kept:
    """A session and where it is good."""

    base_url: str
    tokens: Tokens = field(repr=False)


def place() -> Path:
    """`$XDG_CONFIG_HOME/conclave/session.json`, usually below ~/.config."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "conclave" / "session.json"


def load() -> Kept:
    """Raises NotLoggedIn where nothing is kept, or what others may read."""
    file = place()
    try:
        told = json.loads(file.read_text("utf-8"))
        if file.stat().st_mode & 0o077:
            raise NotLoggedIn(f"others may read {file}: remove it, then `conclave login`")
        tokens = Tokens(told["access_token"], told["refresh_token"])
        return Kept(told["base_url"], tokens)
    except (FileNotFoundError, ValueError, KeyError):
        raise NotLoggedIn("nobody is logged in here: `conclave login --url ...`") from None


def store(kept: Kept) -> None:
    """Replace what is kept; a reader sees the old or the new, never a half."""
    file = place()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(f".{os.getpid()}")
    told = {
        "base_url": kept.base_url,
        "access_token": kept.tokens.access,
        "refresh_token": kept.tokens.refresh,
    }
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(told, out)
    fresh.replace(file)


def forget() -> None:
    place().unlink(missing_ok=True)
