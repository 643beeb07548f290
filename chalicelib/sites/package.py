"""The engine as a file: the parts of this code that one runs, and how to start it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).parent.parent
PARTS = ("core", "changers", "engine")
"""What an engine loads of the product, and nothing else."""

PACKAGES = (
    "asn1crypto==1.5.1",
    "asyncssh==2.24.1",
    "botocore==1.43.106",
    "cffi==2.1.1",
    "cryptography==50.0.2",
    "jmespath==1.1.0",
    "pg8000==1.31.6",
    "pycparser==3.12",
    "python-dateutil==2.9.0.post0",
    "scramp==1.5.0",
    "six==1.17.0",
    "typing_extensions==4.16.0",
    "urllib3==2.8.0",
)
"""What it needs from the package index, as the product pins it."""

HOW = """A Conclave engine, for Python 3.11. In this folder:

    python3.11 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/python -m chalicelib.engine --url {url} --name <its name> --state <folder of its keys>

Then compare the fingerprint in its log with the one on the engines page, approve it there and give
it {site}. It holds no key and no password: who has this file has nothing.
"""


def packed(url: str, site: str = "") -> bytes:
    """A zip archive, the same for the same code. url: of the cluster, for its engines."""
    target = io.BytesIO()
    told = HOW.format(url=url, site=f"the site {site}" if site else "a site")
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in [*_code(), ("requirements.txt", "\n".join(PACKAGES) + "\n")]:
            archive.writestr(_entry(name), content)
        archive.writestr(_entry("README.txt"), told)
    return target.getvalue()


def _code() -> Iterator[tuple[str, str]]:
    parts = (path for part in PARTS for path in sorted((ROOT / part).rglob("*.py")))
    for path in (ROOT / "__init__.py", *parts):
        yield f"{ROOT.name}/{path.relative_to(ROOT).as_posix()}", path.read_text("utf-8")


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)  # of a fixed date
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
    return entry
