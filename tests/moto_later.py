"""moto's parameters, without all of EC2: they ask it about instances, which nobody has here.

To import moto's EC2 takes longer than everything else that the tests need of moto.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _Later:
    """What `moto.ec2` would have given, imported when somebody asks."""

    def __getitem__(self, account: str) -> Any:
        return importlib.import_module("moto.ec2.models").ec2_backends[account]


def _parameters() -> Any:
    if "moto.ec2" in sys.modules:
        return importlib.import_module("moto.ssm.models")
    stand_in: Any = ModuleType("moto.ec2")
    stand_in.ec2_backends = _Later()
    sys.modules["moto.ec2"] = stand_in
    try:
        return importlib.import_module("moto.ssm.models")
    finally:
        del sys.modules["moto.ec2"]


ssm_models = _parameters()
