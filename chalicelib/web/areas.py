"""Fills the table of endpoints: imports the `routes` of every area that has some."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import chalicelib

from .endpoint import ENDPOINTS, Table


def all_endpoints() -> Table:
    """The whole table. Fails, at import, if an area declares an operation wrongly or twice."""
    for name in areas_with_routes():
        importlib.import_module(f"chalicelib.{name}.routes")
    return ENDPOINTS


def areas_with_routes() -> Iterator[str]:
    """The areas that answer requests, by their name."""
    for place in chalicelib.__path__:
        for area in pkgutil.iter_modules([place]):
            folder = Path(place) / area.name
            if (folder / "routes.py").exists() or (folder / "routes" / "__init__.py").exists():
                yield area.name
