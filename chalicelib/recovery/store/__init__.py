"""The row of a replication, the source's backups, and the tables that they are copied into."""

from .copies import Copies
from .files import OwnFiles
from .rows import ReplicationTable
from .source import Source

__all__ = ["Copies", "OwnFiles", "ReplicationTable", "Source"]
