"""The API of sites and engines: the contract's for admins, and our own for engines."""

from . import engine_calls, engines, sites

__all__ = ["engine_calls", "engines", "sites"]
