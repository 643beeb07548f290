"""The table of changers resolves, and reading it costs no library."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chalicelib.changers.registry import KINDS, Kind, find
from chalicelib.core.errors import Invalid


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_resolves_to_a_changer(kind: Kind) -> None:
    changer = find(kind.name)
    assert callable(changer.verify)
    assert callable(changer.change)
    assert kind.sentence.endswith(".")


def test_names_are_unique() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(Invalid):
        find("abacus")


def test_reading_the_table_and_the_changers_loads_no_library() -> None:
    code = (
        "import sys; import chalicelib.changers.work;"
        "from chalicelib.changers.registry import KINDS, find;"
        "[find(kind.name) for kind in KINDS];"
        "sys.exit(sorted({'asyncssh', 'pg8000', 'cryptography'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
