"""Rows of rotations and wishes, changes of the keyring, and all rows that hold sealed values."""

from .ring import RingTable
from .rows import RotationTable, WishTable
from .sealed_rows import SealedRows

__all__ = ["RingTable", "RotationTable", "SealedRows", "WishTable"]
