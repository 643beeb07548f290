"""SSH keys and passphrases that are made here, for new secrets and for those that there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core.errors import Invalid, Unavailable
from chalicelib.core.plain import Plain
from chalicelib.vault.attachment import FileFacts, file_name
from chalicelib.vault.change import Change, Item, field_named, given
from chalicelib.vault.grants import Deed
from chalicelib.vault.passwords import Chance, generate
from chalicelib.vault.ports import FileValues, Values
from chalicelib.vault.requirement import DEFAULT
from chalicelib.vault.secret import FieldValue, Secret
from chalicelib.vault.ssh_key import (
    NOTHING,
    KeyFields,
    KeyMaterial,
    KeyWish,
    demand_fields,
    material,
    new_pair,
)
from chalicelib.vault.templates import Template
from chalicelib.vault.visit import Visit

from .finding import At, Finder


@dataclass(frozen=True, slots=True)
class KeyService:
    finder: Finder
    texts: Values
    files: FileValues
    chance: Chance

    def made(
        self, visit: Visit, kind: Template, wish: KeyWish, sent: Mapping[str, Plain]
    ) -> KeyMaterial:
        """What a new secret is to hold. A passphrase that was sent counts, unless one is made.

        Invalid for a template without the fields. Unavailable during an upgrade: the version
        before would forget the names of files.
        """
        if not wish:
            return NOTHING
        fields = demand_fields(kind, wish)
        present = sent.get(fields.passphrase.slug) if fields.passphrase else None
        return self._material(visit, fields, wish, present or Plain(""))

    def sealed(
        self, secret: Secret, made: KeyMaterial, items: Iterable[Item], now: datetime
    ) -> dict[str, FieldValue]:
        """The files that were made, sealed for the next versions of their fields. No call."""
        named = {field_named(secret.template, secret.id, one).slug: one.filename for one in items}
        sealed = {}
        for slug, content in made.files.items():
            one = secret.template.by_slug(slug)
            raw = content.reveal().encode()
            file = FileFacts(file_name(named.get(slug, ""), slug), len(raw))
            version = secret.next_version(slug)
            sealed[slug] = self.files.seal_raw(secret.id, one.stored_as, version, raw, now, file)
        return sealed

    def change(self, visit: Visit, at: At, wanted: Change, wish: KeyWish) -> Change:
        """The change with what is to be made. Invalid for another passphrase without another key.

        A new key is kept under the passphrase that the change brings, that is made, or that the
        secret has.
        """
        if not wish:
            return wanted
        secret = self.finder.secret(visit, at, Deed.EDIT).secret
        fields = demand_fields(secret.template, wish)
        if not wish.pair and secret.value_of(fields.private.slug):
            raise Invalid("The secret's key is kept under its passphrase: make another key too.")
        made = self._material(visit, fields, wish, self._passphrase(secret, fields, wanted))
        items = tuple(Item(value, slug=slug) for slug, value in made.texts.items())
        files = self.sealed(secret, made, wanted.items, visit.now)
        sent = tuple(one for one in wanted.items if not _is_about(secret, one, files))
        return replace(
            wanted,
            items=(*sent, *items),
            files={**wanted.files, **files},
            version=secret.version,
        )

    def _material(
        self, visit: Visit, fields: KeyFields, wish: KeyWish, present: Plain
    ) -> KeyMaterial:
        if visit.upgrading:
            raise Unavailable("Keys can be made once the upgrade in progress is finished.")
        passphrase = None
        if wish.passphrase and fields.passphrase:
            passphrase = generate(fields.passphrase.rules or DEFAULT, self.chance)
        pair = None
        if wish.pair:
            pair = new_pair(wish.algorithm, passphrase or present, "conclave")
        return material(fields, pair, passphrase)

    def _passphrase(self, secret: Secret, fields: KeyFields, wanted: Change) -> Plain:
        if fields.passphrase is None:
            return Plain("")
        slug = fields.passphrase.slug
        sent = given(secret.template, secret.id, wanted.items)
        return sent[slug] if slug in sent else self.texts.open(secret.id, secret.value_of(slug))


def _is_about(secret: Secret, item: Item, files: Mapping[str, FieldValue]) -> bool:
    """Whether an item of a request is about a file that is made here."""
    return field_named(secret.template, secret.id, item).slug in files
