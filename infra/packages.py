"""Installs the Debian packages that tests use; where it may not, says so: those tests are skipped.

In CI nothing may be skipped, so there a package that cannot be had is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = {
    "nginx": "/usr/sbin/nginx",
    "openssh-server": "/usr/sbin/sshd",
    "sudo": "/usr/bin/sudo",
    "postgresql": "/usr/lib/postgresql/*/bin/initdb",
    "chromium-headless-shell": "/usr/bin/chromium-headless-shell",
    "fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
}
"""Package: a file of it that tests need."""

NO_START = Path("/usr/sbin/policy-rc.d")  # Debian asks it before a package starts its server


def main() -> int:
    """Install what is missing. Exit code 1 only in CI, when something stays missing."""
    missing = absent()
    if not missing:
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {', '.join(missing)}", flush=True)
        with servers_left_alone():
            install(missing)
    still = absent()
    if still:
        print(f"not installed, their tests are skipped: {', '.join(still)} (install them as root)")
    return 1 if still and os.environ.get("CI") else 0


def absent() -> list[str]:
    """The packages whose file is not there."""
    return [name for name, file in PACKAGES.items() if not any(Path("/").glob(file.lstrip("/")))]


def install(names: list[str]) -> None:
    apt("update", "-qq")
    apt("install", "-y", "-qq", "--no-install-recommends", *names)


def apt(*words: str) -> None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", *words], check=False, stdout=subprocess.DEVNULL, env=quiet)


@contextmanager
def servers_left_alone() -> Iterator[None]:
    """Packages start no server of their own meanwhile: tests start theirs, on loopback."""
    if NO_START.exists():
        yield
        return
    NO_START.write_text("#!/bin/sh\nexit 101\n")
    NO_START.chmod(0o755)
    try:
        yield
    finally:
        NO_START.unlink()


if __name__ == "__main__":
    sys.exit(main())
