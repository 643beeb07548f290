"""SSH key pairs of secrets: which fields hold one, and how one is made. Pure but for the keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

from .templates import Template, TemplateField

PRIVATE, PUBLIC, PASSPHRASE = "private-key", "public-key", "private-key-passphrase"
"""The fields that hold them, by their slugs, in templates of people's own as well."""

RSA_BITS = 3072


class Algorithm(StrEnum):
    ED25519 = "ed25519"
    RSA = "rsa"


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What is to be made for a secret."""

    pair: bool = False
    passphrase: bool = False
    algorithm: Algorithm = Algorithm.ED25519

    def __bool__(self) -> bool:
        return self.pair or self.passphrase


@dataclass(frozen=True, slots=True)
class KeyFields:
    """Those of a template; `passphrase` is None where keys are kept without one."""

    private: TemplateField
    public: TemplateField
    passphrase: TemplateField | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A key pair in OpenSSH's forms."""

    private: Plain = field(repr=False)
    public: str


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """What was made, by slug: texts, and contents of files."""

    texts: Mapping[str, Plain] = field(default_factory=dict, repr=False)
    files: Mapping[str, Plain] = field(default_factory=dict, repr=False)


NOTHING = KeyMaterial()


def key_fields(kind: Template) -> KeyFields | None:
    """The fields of a template that hold a key pair; None when it has none."""
    known = {one.slug: one for one in kind.fields}
    if PRIVATE not in known or PUBLIC not in known:
        return None
    return KeyFields(known[PRIVATE], known[PUBLIC], known.get(PASSPHRASE))


def material(fields: KeyFields, pair: Pair | None, passphrase: Plain | None) -> KeyMaterial:
    """A pair and a passphrase, by the fields that are to hold them."""
    texts: dict[str, Plain] = {}
    files: dict[str, Plain] = {}
    if passphrase and fields.passphrase:
        texts[fields.passphrase.slug] = passphrase
    made = {fields.private: pair.private, fields.public: Plain(pair.public)} if pair else {}
    for one, value in made.items():
        (files if one.is_file else texts)[one.slug] = value
    return KeyMaterial(texts, files)


def demand_fields(kind: Template, wish: KeyWish) -> KeyFields:
    """The template's fields. Raises Invalid when it has none for what is wished for."""
    fields = key_fields(kind)
    if fields is None:
        raise Invalid(f"The template has no fields {PRIVATE} and {PUBLIC}: it holds no SSH key.")
    if wish.passphrase and fields.passphrase is None:
        raise Invalid(f"The template has no field {PASSPHRASE}.")
    return fields


def new_pair(algorithm: Algorithm, passphrase: Plain, comment: str) -> Pair:
    """A pair; the private key is encrypted under the passphrase unless that is empty.

    An RSA key takes about a quarter of a second to find, and encrypting a tenth.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = (
        Ed25519PrivateKey.generate()
        if algorithm is Algorithm.ED25519
        else generate_private_key(65537, RSA_BITS)
    )
    kept = BestAvailableEncryption(passphrase.reveal().encode()) if passphrase else NoEncryption()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, kept)
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return Pair(Plain(private.decode()), f"{public.decode()} {comment}\n")
