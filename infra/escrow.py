"""Makes the operator's escrow key: `make escrow-key FILE=<path>`, on a machine that can be offline.

The private key goes to a file that only you can read, and never into the cluster. The public key is
printed: an administrator sets it (PUT /api/v1/key-management). Exit code 0: done; 1: refused.
"""

from __future__ import annotations

import argparse
import base64
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from chalicelib.core import sealing
from chalicelib.core.sealing import Opener


class EscrowKeyError(Exception):
    """The file is no escrow key, or not a private one. The text says what to do."""


def make(path: Path) -> bytes:
    """A new private key in a new file of mode 0600; its public key."""
    private = X25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise EscrowKeyError(f"{path} exists: an escrow key is never overwritten") from error
    except OSError as error:
        raise EscrowKeyError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return private.public_key().public_bytes_raw()


def read(path: Path) -> Opener:
    """The private key in a file, which nobody else may read."""
    try:
        if path.stat().st_mode & 0o077:
            raise EscrowKeyError(f"{path} can be read by others: chmod 600 {path}")
        found = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise EscrowKeyError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise EscrowKeyError(f"{path} is no private key in PEM without a password") from error
    if not isinstance(found, X25519PrivateKey):
        raise EscrowKeyError(f"{path} is a private key of another kind than X25519")
    return Opener(found.private_bytes_raw())


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    path = Path(given.file)
    try:
        public = read(path).public() if given.show else make(path)
    except EscrowKeyError as error:
        print(f"no escrow key: {error}", file=sys.stderr)
        return 1
    print(f"escrow key {sealing.short(public)}")
    print(f"public key, to set as escrowPublicKey: {base64.b64encode(public).decode()}")
    if not given.show:
        print(f"private key: in {path}; move it off this machine, and keep two copies of it")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.escrow", description=__doc__)
    parser.add_argument("file", help="the file of the private key")
    parser.add_argument("--show", action="store_true", help="print the public key of that file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
