"""Rows of plan, state and log; sealed objects in the bucket; and how tables are read."""

from .copies import FileCopies
from .depot import Depot
from .keys import wrapped_keys
from .pages import Pages
from .point_in_time import PointInTime
from .rows import BackupTable

__all__ = ["BackupTable", "Depot", "FileCopies", "Pages", "PointInTime", "wrapped_keys"]
