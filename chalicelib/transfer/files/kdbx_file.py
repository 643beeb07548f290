"""KeePass databases (KDBX 3 and 4) by pykeepass, which is loaded only here.

What such a file may ask for is looked at before: the cost of its key, how much it unpacks to, and
that its XML defines nothing.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.core.errors import ConclaveError, Invalid, TooLarge
from chalicelib.core.plain import Plain
from chalicelib.transfer.record import Record, demand_few, most_expanded

from .kdbx_header import cost_of, demand_cheap
from .xml_file import parsed

TEMPLATE, WITH_TOTP, TOTP = "Web Password", "Web Password with TOTP", "TOTP Key"
MOST_KEY_FILE = 64 * 1024
_OTHER_NAMES = {"TimeOtp-Secret-Base32": TOTP, "otp": TOTP}
_AT_ONCE = 1024 * 1024


def read(content: bytes, password: Plain | None, key_file: bytes = b"") -> list[Record]:
    """The entries, but those of the recycle bin. Raises Invalid, TooLarge.

    Takes seconds, and up to 256 MB, to derive the key.
    """
    if len(key_file) > MOST_KEY_FILE:
        raise TooLarge("A key file has at most 64 KB.")
    cost = cost_of(content)
    demand_cheap(cost)
    root = _tree(content, password, key_file, cost.rounds, cost.seed)
    bin_id = root.findtext("Meta/RecycleBinUUID") or ""
    top = root.find("Root/Group")
    found: list[Record] = []
    for record in [] if top is None else _below(top, (), bin_id):
        found.append(record)
        demand_few(found)
    if not found:
        raise Invalid("The database has no entries.")
    return found


def aes_derived(seed: bytes, rounds: int, composite: bytes) -> bytes:
    """The key that so many rounds of AES make: each encrypts what the one before gave.

    That is CBC over zeros, so the rounds are one call, not one each.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    halves = []
    for half in (composite[:16], composite[16:]):
        cipher = Cipher(algorithms.AES(seed), modes.CBC(half)).encryptor()
        left, last = rounds, half
        while left:
            some = min(left, _AT_ONCE)
            last = cipher.update(bytes(16 * some))[-16:]
            left -= some
        halves.append(last)
    return sha256(b"".join(halves)).digest()


def _tree(content: bytes, password: Plain | None, key_file: bytes, rounds: int, seed: bytes) -> Any:
    from pykeepass.exceptions import CredentialsError

    library, word = _library(), password.reveal() if password else None
    try:
        key = None
        if rounds:
            opening = library.compute_key_composite(
                word, io.BytesIO(key_file) if key_file else None
            )
            key = aes_derived(seed, rounds, opening)
        found = library.PyKeePass(
            io.BytesIO(content),
            password=word,
            keyfile=io.BytesIO(key_file) if key_file else None,
            transformed_key=key,
        )
        return found.tree.getroot()
    except CredentialsError:
        raise Invalid("The database does not open with this password and key file.") from None
    except ConclaveError:
        raise
    except Exception:  # whatever a strange file makes of the library
        raise Invalid("The file is no whole KeePass database (KDBX).") from None


class _Library:
    """What is used of pykeepass, with bounds that it has none of."""

    def __init__(self) -> None:
        from pykeepass import PyKeePass
        from pykeepass.kdbx_parsing import common

        self.PyKeePass = PyKeePass
        self.compute_key_composite = common.compute_key_composite
        decode = common.XML._decode

        def decode_parsed(one: Any, data: bytes, *more: Any) -> Any:
            parsed(data)
            return decode(one, data, *more)

        common.Decompressed._decode = lambda _, data, *__: unpacked(data)
        common.XML._decode = decode_parsed


@cache
def _library() -> _Library:
    return _Library()


def unpacked(data: bytes) -> bytes:
    """What gzip packed. TooLarge for more than a file of that size may hold."""
    most = most_expanded(len(data))
    machine = zlib.decompressobj(16 + zlib.MAX_WBITS)
    found = machine.decompress(data, most)
    if machine.unconsumed_tail:
        raise TooLarge("The database unpacks to more than is imported at once.")
    return found


def _below(group: Any, folder: tuple[str, ...], bin_id: str) -> Iterator[Record]:
    """Entries of a group and of those in it; not the history that lies inside entries."""
    if bin_id and group.findtext("UUID") == bin_id:
        return
    for entry in group.findall("Entry"):
        yield _record(entry, folder)
    for one in group.findall("Group"):
        name = (one.findtext("Name") or "").replace("\\", "-").replace("/", "-").strip()
        yield from _below(one, (*folder, name or "Group"), bin_id)


def _record(entry: Any, folder: tuple[str, ...]) -> Record:
    strings = [
        (one.findtext("Key") or "", one.findtext("Value") or "") for one in entry.findall("String")
    ]
    name = next((text for key, text in strings if key == "Title"), "")
    named = [(_OTHER_NAMES.get(key, key), text) for key, text in strings if text and key != "Title"]
    values = tuple((key, Plain(_totp(text) if key == TOTP else text)) for key, text in named)
    has_totp = any(key == TOTP for key, _ in values)
    return Record(name.strip(), values, WITH_TOTP if has_totp else TEMPLATE, folder)


def _totp(text: str) -> str:
    """The key in an address such as `otpauth://totp/x?secret=...`; else the text itself."""
    if "://" not in text:
        return text
    try:
        return parse_qs(urlsplit(text).query).get("secret", [text])[0]
    except ValueError:
        return text
