"""What a cold start loads: the modules of `import app`, and their time by the least there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .budget import Measured

ROOT = Path(__file__).parents[1]

ALLOWED = frozenset({"chalice", "msgspec", "typing_extensions"})
"""What `import app` may load besides the standard library and ourselves."""

OURS = frozenset({"app", "chalicelib"})
OF_THE_MACHINE = frozenset({"__main__", "_distutils_hack", "__mp_main__", "sitecustomize"})

APP = "import app"
FLOOR = """
import chalice
from botocore.session import get_session
session = get_session()
for name in ("dynamodb", "kms", "sqs"):
    session.create_client(name, region_name="us-east-1")
"""
RUNS = 5


def packages(_: Path) -> Measured:
    """How far the packages that `import app` loads differ from the list, either way."""
    found = loaded()
    return Measured(len(found ^ ALLOWED), ", ".join(sorted(found)))


def modules(_: Path) -> Measured:
    """How many modules `import app` loads in all."""
    found = _said("import sys, app; print(*sys.modules)")
    ours = [name for name in found if name.partition(".")[0] in OURS]
    return Measured(len(found), f"{len(ours)} of them ours")


def ratio(_: Path) -> Measured:
    """CPU time of `import app` by that of the floor, each the best of several processes."""
    pairs = [(_seconds(APP), _seconds(FLOOR)) for _ in range(RUNS)]
    app, floor = map(min, zip(*pairs, strict=True))
    return Measured(app / floor, f"{app * 1000:.0f} ms, the floor {floor * 1000:.0f} ms")


def loaded() -> set[str]:
    """The packages that `import app` loads, by name."""
    found = {name.partition(".")[0] for name in _said("import sys, app; print(*sys.modules)")}
    return found - set(sys.stdlib_module_names) - OURS - OF_THE_MACHINE


def _seconds(text: str) -> float:
    timed = f"import time; begun = time.process_time()\n{text}\nprint(time.process_time() - begun)"
    return float(_said(timed)[0])


def _said(text: str) -> list[str]:
    """The words that a fresh process says; its path has us and what is installed, no more."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, '.')\n{text}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return done.stdout.split()
