"""What administrators want of the keyring besides rotation, and how the keyring is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.core.sealing import seal

PUBLIC_BYTES = 32


@dataclass(frozen=True, slots=True)
class Wishes:
    """Asked for through the API, done by the rotation function.

    escrow:    the public key to box data keys to; b"" for none
    rewrap_at: when wrapping all data keys anew was last asked for
    version:   of the stored row, 0 for none
    """

    escrow: bytes = b""
    escrow_by: int = 0
    rewrap_at: datetime | None = None
    rewrap_by: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class KeySeen:
    """One data key, of which nothing secret is told."""

    id: int
    made_at: datetime
    escrowed: bool


@dataclass(frozen=True, slots=True)
class KeysSeen:
    """The keyring as people are shown it.

    next_arn: the KMS key that replaces the cluster's, "" unless that goes on
    """

    key_arn: str
    fingerprint: str
    primary: int
    keys: Sequence[KeySeen]
    next_arn: str = ""
    escrow: bytes = b""
    escrow_at: datetime | None = None
    rewrapped_at: datetime | None = None


def checked(public: bytes) -> bytes:
    """An escrow key. Raises Invalid for what cannot be one: boxes to it would open
    for all; a box is made to try it."""
    if len(public) != PUBLIC_BYTES:
        raise Invalid(
            f"an escrow key is {PUBLIC_BYTES} bytes in base64: `make escrow-key` prints one"
        )
    seal(Plain(""), public, b"trial")
    return public


def is_rewrap_due(wishes: Wishes, seen: KeysSeen) -> bool:
    """Whether wrapping anew was asked for since it was last done."""
    asked, done = wishes.rewrap_at, seen.rewrapped_at
    return asked is not None and (done is None or done < asked)
