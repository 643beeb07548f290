"""A secret value in the clear, for as short a time as possible."""

from __future__ import annotations

from typing import NoReturn


class Plain:
    """A value that does not print, compare, hash, pickle, copy or JSON-encode.

    Not a dataclass: `dataclasses.asdict` walks into those and copies the value out.
    `reveal()` is called in few places, which a test lists.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        return self.__value

    def __repr__(self) -> str:
        return "Plain(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("a Plain is never compared: use `same`")

    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Plain is never pickled or copied")

    def same(self, other: Plain) -> bool:
        """Whether both hold the same value, in constant time."""
        from hmac import compare_digest

        return compare_digest(self.__value.encode(), other.__value.encode())
