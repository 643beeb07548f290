"""How one-time-password codes are made: as a template says, or the key's own address. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.errors import Invalid

HASHES = ("SHA1", "SHA256", "SHA512")
"""The contract's PasswordHashType."""


@dataclass(frozen=True, slots=True)
class OneTimeTerms:
    """length: digits of a code; duration: seconds for which it counts"""

    length: int = 6
    duration: int = 30
    hash: str = "SHA1"

    def __post_init__(self) -> None:
        if not 6 <= self.length <= 8:
            raise Invalid("oneTimePasswordLength must be 6 to 8.")
        if not 15 <= self.duration <= 300:
            raise Invalid("oneTimePasswordDuration must be 15 to 300 seconds.")
        if self.hash not in HASHES:
            raise Invalid("oneTimePasswordHash must be SHA1, SHA256 or SHA512.")


USUAL = OneTimeTerms()
