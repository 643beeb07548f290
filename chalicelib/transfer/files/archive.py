"""The ZIP that an export leaves in: AES-256 under its asker's password, by pyzipper."""

from __future__ import annotations

import io
from collections.abc import Mapping

from chalicelib.core.plain import Plain


def zipped(files: Mapping[str, bytes], password: Plain) -> bytes:
    import pyzipper

    out = io.BytesIO()
    with pyzipper.AESZipFile(
        out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.reveal().encode())
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
