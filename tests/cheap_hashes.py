"""Tests hash passwords cheaply: argon2id as the product has it, at the least of its cost."""

from __future__ import annotations

from chalicelib.access import hashing

REAL_COST = (hashing.MEMORY_KIB, hashing.PASSES, hashing.LANES)
REAL_NOBODY = hashing.NOBODY


def cheapen() -> None:
    """Before the first hash is made. What other processes hash is as dear as ever."""
    cost = f"m={hashing.MEMORY_KIB},t={hashing.PASSES},p={hashing.LANES}"
    hashing.MEMORY_KIB, hashing.PASSES = 8, 1
    hashing.NOBODY = hashing.NOBODY.replace(cost, "m=8,t=1,p=1")
