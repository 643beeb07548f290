"""The audit table, read; and its digests, which are added to it."""

from __future__ import annotations

from .digests import DigestRows
from .trail import TrailStore

__all__ = ["DigestRows", "TrailStore"]
