"""The API of sites and engines: the contract's for admins, and our own for engines."""

from . import configuration, connectors, download, engine_calls, engines, sites

__all__ = ["configuration", "connectors", "download", "engine_calls", "engines", "sites"]
