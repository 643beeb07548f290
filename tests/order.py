"""The order in which a parallel run takes groups: what takes long begins first.

Otherwise a story that waits for minutes would begin last, beside processors with nothing to do.
Groups that start many processes stand apart from each other.
"""

from __future__ import annotations

import pytest

FIRST = (
    "stories of one cluster",
    "deployed",
    "mirror",
    "console work",
    "run",
    "console care",
    "stories of death",
    "console settings",
    "console vault",
    "policies",
    "costs",
    "package",
    "stories of upgrades",
)
_PLACES = {name: place for place, name in enumerate(FIRST)}


def place(test: pytest.Item) -> int:
    """Where a test stands; those of one place keep the order of their files."""
    group = test.get_closest_marker("xdist_group")
    return _PLACES.get(group.args[0], len(FIRST)) if group else len(FIRST)
