"""moto cuts the ids of multi-region keys in its ciphertexts short, and then cannot decrypt them."""

from __future__ import annotations

import moto.kms.utils as kms
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

LENGTH = len("mrk-") + 36


def lengthen() -> None:
    """Make room for whole `mrk-` ids in ciphertexts: no other keys encrypt here."""
    kms.KEY_ID_LEN = LENGTH
    kms.HEADER_LEN = LENGTH + kms.IV_LEN + kms.TAG_LEN
    kms.CIPHERTEXT_HEADER_FORMAT = f">{LENGTH}s{kms.IV_LEN}s{kms.TAG_LEN}s"


def destroy(arn: str) -> None:
    """The key is gone, as on AWS after its deletion: moto uses disabled and deleted keys."""
    region, id = arn.split(":")[3], arn.rpartition("/")[2]
    del get_backend("kms")[DEFAULT_ACCOUNT_ID][region].keys[id]
