"""Makes a signer of licences, signs licences, and says what a key is: `make licence ARGS="--help"`.

  pair   --key signer.pem        make a pair: the private key into a new file that only you may read
  public --key signer.pem        print its public key again, which clusters are told
  sign   --key signer.pem ...    print a licence key, which people paste
  show   KEY --signer PUBLIC     what a licence key says, and whether that signer signed it

Keep the private key offline, and more than once: who has it can make licences, and without it
nobody can. Nothing here talks to AWS or to a cluster.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from chalicelib.cluster.licence import (
    AddOn,
    Edition,
    Licence,
    fingerprint,
    key_of,
    opened,
    signed_bytes,
    written,
)
from chalicelib.cluster.licences import words
from chalicelib.core.errors import Invalid

PRIVATE = 0o600


class RefusedError(Exception):
    """Nothing was made. The text says why."""


def make_pair(file: Path) -> str:
    """A new private key in a new file of mode 0600; its public key. Never writes over a file."""
    private = Ed25519PrivateKey.generate()
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except OSError as error:
        raise RefusedError(f"{file} was not made: {error.strerror}") from error
    with os.fdopen(handle, "wb") as out:
        out.write(text)
        out.flush()
        os.fsync(handle)
    return public_of(private)


def read_private(file: Path) -> Ed25519PrivateKey:
    """The private key in a file. Raises RefusedError; says nothing of what the file holds."""
    try:
        mode, text = file.stat().st_mode, file.read_bytes()
    except OSError as error:
        raise RefusedError(f"{file} cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise RefusedError(f"{file} may be read by others: chmod 600 {file}, if none of them did")
    try:
        found = load_pem_private_key(text, password=None)
    except (ValueError, TypeError) as error:
        raise RefusedError(
            f"{file} holds no private key that {Path(__file__).name} made"
        ) from error
    if not isinstance(found, Ed25519PrivateKey):
        raise RefusedError(f"{file} holds another kind of key than Ed25519")
    return found


def public_of(private: Ed25519PrivateKey) -> str:
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def sign(private: Ed25519PrivateKey, licence: Licence) -> str:
    """The key of a licence. Raises RefusedError for a licence that no cluster would take."""
    if not licence.edition and not licence.add_ons:
        raise RefusedError("a licence needs an edition or an add-on")
    if licence.edition and not licence.seats:
        raise RefusedError("a licence with an edition needs seats")
    payload = written(licence)
    key = key_of(payload, private.sign(signed_bytes(payload)))
    try:
        opened(key, public_of(private))
    except Invalid as error:
        raise RefusedError(str(error)) from error
    return key


def _pair(given: argparse.Namespace) -> int:
    public = make_pair(given.key)
    print(f"private key: {given.key} (mode 0600); keep it offline, with a copy elsewhere")
    print(f"public key:  {public} (signer {fingerprint(public)})")
    print(f"next:        make deploy STAGE=<node> CLUSTER=<cluster> LICENCE_SIGNER={public}")
    return 0


def _public(given: argparse.Namespace) -> int:
    print(public_of(read_private(given.key)))
    return 0


def _sign(given: argparse.Namespace) -> int:
    issued = datetime.now(UTC).date()
    licence = Licence(
        id=given.id or f"L-{secrets.token_hex(4)}",
        company=given.company,
        edition=Edition(given.edition),
        add_ons=tuple(AddOn(one) for one in given.add_on),
        seats=given.seats,
        issued=issued,
        expires=_end(given, issued),
    )
    print(sign(read_private(given.key), licence))
    return 0


def _end(given: argparse.Namespace, issued: date) -> date | None:
    if given.for_ever:
        return None
    found: date = given.expires or issued + timedelta(days=given.days)
    if found < issued:
        raise RefusedError(f"{found} lies before today, {issued} UTC")
    return found


def _show(given: argparse.Namespace) -> int:
    text = sys.stdin.read() if given.licence == "-" else given.licence
    try:
        licence = opened(text, given.signer)
    except Invalid as error:
        raise RefusedError(str(error)) from error
    for name, value in msgspec.to_builtins(licence).items():
        print(f"{name:<8} {', '.join(value) if isinstance(value, list) else value}")
    print(f"{'state':<8} {words(licence, datetime.now(UTC).date())}")
    return 0


COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "pair": _pair,
    "public": _public,
    "sign": _sign,
    "show": _show,
}


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        return COMMANDS[given.command](given)
    except RefusedError as error:
        print(f"licence: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m infra.licence", description=__doc__, formatter_class=plain
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (("pair", "the file to make"), ("public", "the signer's file")):
        commands.add_parser(name).add_argument("--key", type=Path, required=True, help=what)
    _sign_arguments(commands.add_parser("sign", help="print a licence key"))
    show = commands.add_parser("show", help="what a licence key says")
    show.add_argument("licence", help="the key; - reads it from the standard input")
    show.add_argument("--signer", required=True, help="the public key of its signer")
    return parser


def _sign_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--key", type=Path, required=True, help="the signer's private key, as pair made it")
    add("--company", required=True, help="whom it is for")
    add("--edition", choices=[str(one) for one in Edition], default="", help="none: add-ons only")
    add("--add-on", choices=[str(one) for one in AddOn], action="append", default=[])
    add("--seats", type=int, default=0, help="named users that it adds")
    add("--id", default="", help="default: a new one. The same id, issued later, replaces")
    ends = parser.add_mutually_exclusive_group(required=True)
    ends.add_argument("--expires", type=date.fromisoformat, help="its last day, UTC: 2027-12-31")
    ends.add_argument("--days", type=int, help="its last day is so many days from today")
    ends.add_argument("--for-ever", action="store_true", help="it does not end")


if __name__ == "__main__":
    sys.exit(main())
