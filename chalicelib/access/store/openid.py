"""Providers of OpenID Connect, and the links from their subjects to users."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.access.openid import Link, Provider
from chalicelib.aws.commit import Delete, Put, Write
from chalicelib.aws.envelope import Place
from chalicelib.aws.table import DataRow, Key, fetch, index, partition, read
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.plain import Plain

PROVIDERS = "openid-providers"
MOST_LISTED = 100


class ProviderRow(DataRow, discriminator="openid-provider"):
    """The client secret is sealed."""

    version = VersionAttribute()
    id = NumberAttribute()
    name = UnicodeAttribute()
    issuer = UnicodeAttribute()
    client_id = UnicodeAttribute()
    scopes = ListAttribute(of=UnicodeAttribute, default=list)
    enabled = BooleanAttribute(default=True)
    sealed = BinaryAttribute(legacy_encoding=False, null=True)


class LinkRow(DataRow, discriminator="openid-link"):
    """Its key is the hash of issuer and subject: one subject is one user. index1: his links."""

    id = NumberAttribute()
    issuer = UnicodeAttribute()
    subject = UnicodeAttribute()
    user_id = NumberAttribute()
    made_at = UnicodeAttribute()


class Keyring(Protocol):
    def seal(self, plain: Plain, place: Place) -> bytes: ...

    def open(self, blob: bytes, place: Place) -> Plain: ...


@dataclass(frozen=True, slots=True)
class OpenIds:
    keyring: Keyring

    def providers(self) -> list[Provider]:
        """All of them, by id. One Query."""
        return [_provider(row) for row in partition(ProviderRow, PROVIDERS)]

    def provider(self, id: int) -> Provider | None:
        """One GetItem."""
        row = fetch(ProviderRow, *_key(id))
        return None if row is None else _provider(row)

    def seal(self, id: int, secret: Plain) -> bytes:
        return self.keyring.seal(secret, _place(id))

    def secret(self, provider: Provider) -> Plain:
        """The client secret; empty for none. Raises Unsealable if it was moved or altered."""
        if not provider.sealed:
            return Plain("")
        return self.keyring.open(provider.sealed, _place(provider.id))

    def saved(self, provider: Provider) -> Write:
        row = ProviderRow(
            *_key(provider.id),
            id=provider.id,
            name=provider.name,
            issuer=provider.issuer,
            client_id=provider.client_id,
            scopes=list(provider.scopes),
            enabled=provider.enabled,
            sealed=provider.sealed or None,
        )
        if provider.version is not None:
            row.version = provider.version
        return Put(row)

    def removed(self, provider: Provider) -> Write:
        row = ProviderRow(*_key(provider.id))
        if provider.version is not None:
            row.version = provider.version
        return Delete(row)

    def link(self, issuer: str, subject: str) -> Link | None:
        """Whom it is here. One GetItem."""
        row = fetch(LinkRow, *_link_key(issuer, subject))
        return None if row is None else _link(row)

    def links(self, user_id: int) -> list[Link]:
        """A user's; found by an index, a moment late. A Query, and a BatchGetItem if any."""
        hits = index(1, _of_user(user_id), limit=MOST_LISTED)
        rows = read([(hit.pk, hit.sk) for hit in hits]).values() if hits else ()
        return sorted((_link(one) for one in rows if isinstance(one, LinkRow)), key=lambda x: x.id)

    def linked(self, link: Link) -> Write:
        """Fails when the subject is somebody already."""
        row = LinkRow(
            *_link_key(link.issuer, link.subject),
            i1pk=_of_user(link.user_id),
            i1sk=f"{link.id:010d}",
            id=link.id,
            issuer=link.issuer,
            subject=link.subject,
            user_id=link.user_id,
            made_at=stamp(link.made_at),
        )
        return Put(row, LinkRow.pk.does_not_exist())

    def unlinked(self, link: Link) -> Write:
        return Delete(LinkRow(*_link_key(link.issuer, link.subject)), LinkRow.id == link.id)


def _key(id: int) -> Key:
    return (PROVIDERS, f"provider#{id:010d}")


def _link_key(issuer: str, subject: str) -> Key:
    digest = hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()
    return (f"openid#{digest}", "link")


def _of_user(id: int) -> str:
    return f"openid-link#{id}"


def _place(id: int) -> Place:
    return Place("openid-provider", str(id), "client-secret")


def _provider(row: ProviderRow) -> Provider:
    return Provider(
        id=int(row.id),
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        scopes=tuple(map(str, row.scopes)),
        enabled=bool(row.enabled),
        sealed=bytes(row.sealed or b""),
        version=int(row.version),
    )


def _link(row: LinkRow) -> Link:
    made = parse_stamp(row.made_at)
    return Link(int(row.id), row.issuer, row.subject, int(row.user_id), made)
