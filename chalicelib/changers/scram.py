"""The SCRAM-SHA-256 verifier of a password (RFC 5802, RFC 7677), as PostgreSQL stores it. Pure.

Sent in place of the password, it keeps plain text out of the server's memory and log.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from chalicelib.core.plain import Plain

from .target import Refused

ITERATIONS = 4096
SALT_BYTES = 16


def verifier(password: Plain, salt: bytes) -> str:
    """`SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`.

    Raises Refused (policy) when the password holds what no client may send.
    """
    salted = hashlib.pbkdf2_hmac("sha256", _prepared(password), salt, ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    return f"SCRAM-SHA-256${ITERATIONS}:{_text(salt)}${_text(stored_key)}:{_text(server_key)}"


def _prepared(password: Plain) -> bytes:
    """The password after SASLprep (RFC 4013), as every client will send it."""
    from scramp import ScramException  # type: ignore[import-untyped]
    from scramp.utils import saslprep  # type: ignore[import-untyped]

    try:
        return str(saslprep(password.reveal())).encode()
    except ScramException:
        raise Refused("a password may not hold control characters", policy=True) from None


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
