"""Files that fields of secrets hold: what is known of one, and what may be one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.core.errors import Invalid, TooLarge

PLACEHOLDER = "*** Not Valid For Display ***"
"""What a secret shows as the value of a field that holds a file."""

INLINE = 16 * 1024
"""Up to so many bytes a file lies sealed in its secret's row, as keys and certificates do."""

THROUGH_API = 4 * 1024 * 1024
"""Up to so many it is carried by the API: Lambda takes and answers 6 MB, of base64."""

MOST = 100 * 1024 * 1024
"""Up to so many it goes straight to the bucket and from there, sealed by who sends it."""

ADDRESS_LASTS = timedelta(minutes=15)
"""How long the address of an upload or a download is good."""

UPLOAD_KEPT = timedelta(days=1)
"""What nobody has finished by then is removed."""

REMOVED_AFTER = timedelta(hours=1)
"""Who was given the address of a file may still fetch it when it is replaced."""

MAX_NAME = 255
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f]")
_FOLDERS = re.compile(r".*[\\/]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """size:   of the file, in bytes
    object: the id of the object in the bucket that holds it; "" when the row does
    """

    name: str
    size: int
    object: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A file in the clear. Its showing is in the trail already."""

    name: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Upload:
    """An object that is being sent, for one field of one secret, sealed under its own key."""

    id: str
    secret_id: int
    slug: str
    name: str
    size: int
    key: bytes = field(repr=False)


def file_name(given: str, otherwise: str) -> str:
    """The name a file is kept under: without folders. Invalid for what is no name."""
    name = _FOLDERS.sub("", given).strip() or otherwise
    if len(name) > MAX_NAME or _FORBIDDEN.search(name) or name in (".", ".."):
        raise Invalid(f"A file's name has 1 to {MAX_NAME} characters, none of control.")
    return name


def demand_size(size: int, most: int) -> None:
    """Raise TooLarge, saying what to do instead."""
    if size < 0:
        raise Invalid("size must be 0 or more.")
    if size > MOST:
        raise TooLarge(f"A file has at most {MOST // 1024**2} MB.")
    if size > most:
        raise TooLarge(
            f"The file is larger than {most // 1024**2} MB: it goes straight to the bucket and from"
            " there (POST .../fields/{slug}/upload and /download)."
        )
