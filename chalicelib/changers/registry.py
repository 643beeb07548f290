"""The table of changers: every kind of target, named as templates and claims name it.

The class is a string, resolved when work of that kind comes: an SSH or database library loads only
where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import cast

from chalicelib.core.errors import Invalid

from .target import USUAL, Changer, Limits


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of target. `home` is "module:Class"; `port` its usual one, 0 if it has none."""

    name: str
    home: str
    port: int
    sentence: str


KINDS: tuple[Kind, ...] = (
    Kind(
        "unix_ssh",
        "chalicelib.changers.unix_ssh:UnixSsh",
        22,
        "Unix accounts over SSH: passwd by the account itself, or by root or sudo.",
    ),
    Kind(
        "postgresql",
        "chalicelib.changers.postgresql:Postgresql",
        5432,
        "PostgreSQL roles: ALTER ROLE with a SCRAM verifier made here, never the plain password.",
    ),
    Kind(
        "memory",
        "chalicelib.changers.memory:Memory",
        0,
        "Targets inside the process, with faults on demand: for tests and demonstrations.",
    ),
)


@cache
def find(name: str, limits: Limits = USUAL) -> Changer:
    """The changer of that kind, with so much patience. Raises Invalid when there is none."""
    for kind in KINDS:
        if kind.name == name:
            module, _, attribute = kind.home.partition(":")
            return cast("Changer", getattr(import_module(module), attribute)(limits=limits))
    raise Invalid(f"there is no changer named {name[:40]!r}")
