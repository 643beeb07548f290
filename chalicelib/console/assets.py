"""The console's static files: read once, and known to the browser by a hash of them all.

The hash is part of their path. So a browser may keep them for ever, and the modules of one version
never import those of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
TYPES: Mapping[str, str] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file by its name below the folder, such as `lib/preact.js`."""

    name: str
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All of them, and the hash that stands for all of them."""

    version: str
    files: Mapping[str, Asset] = field(repr=False)

    @property
    def modules(self) -> list[str]:
        """The names of the scripts, for the browser to load at once."""
        return [name for name in self.files if name.endswith(".js")]


@cache
def assets() -> Assets:
    """The static files as this version of the code has them."""
    return load(FOLDER)


def load(folder: Path) -> Assets:
    """The files of a folder that have a type to be served with; licences stay where they are."""
    files = {}
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in TYPES):
        name, content = path.relative_to(folder).as_posix(), path.read_bytes()
        files[name] = Asset(name, content, TYPES[path.suffix])
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return Assets(digest.hexdigest()[:16], files)
