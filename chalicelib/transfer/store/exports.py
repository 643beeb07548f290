"""The rows of exports: one says what was asked for and holds its keys sealed, one each copy.

The copies are sealed under a key of that export alone: once that is removed they are noise.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pynamodb.attributes import BinaryAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.access.principal import Behalf
from chalicelib.aws.commit import Put, Update, Write
from chalicelib.aws.ends import ending
from chalicelib.aws.envelope import Place
from chalicelib.aws.table import DataRow, Key, fetch, index, partition, read
from chalicelib.core.clock import parse_stamp, stamp
from chalicelib.core.plain import Plain
from chalicelib.transfer.export import COPIES_KEPT, SHOWN_FOR, Export, Stage, packed, unpacked
from chalicelib.vault import chunks

KIND, WAITING = "export", "export-waiting"
MOST_WAITING = 100


class ExportRow(DataRow, discriminator="export"):
    """index1 finds those that wait for a second person."""

    id = UnicodeAttribute()
    user_id = NumberAttribute()
    generation = NumberAttribute()
    address = UnicodeAttribute(null=True)
    token = UnicodeAttribute(null=True)
    asked_at = UnicodeAttribute()
    note = UnicodeAttribute()
    scope = JSONAttribute()
    stage = UnicodeAttribute()
    operation = UnicodeAttribute(null=True)
    decided_by = NumberAttribute(default=0)
    finished_at = UnicodeAttribute(null=True)
    sealed = BinaryAttribute(legacy_encoding=False, null=True)


class CopyRow(DataRow, discriminator="export-copy"):
    size = NumberAttribute()
    box = BinaryAttribute(legacy_encoding=False)


class Keyring(Protocol):
    def seal_bytes(self, raw: bytes, place: Place) -> bytes: ...

    def open_bytes(self, blob: bytes, place: Place) -> bytes: ...


@dataclass(frozen=True, slots=True)
class ExportStore:
    keyring: Keyring

    def find(self, id: str) -> Export | None:
        """One GetItem."""
        row = fetch(ExportRow, *_key(id))
        return self._export(row) if row else None

    def waiting(self) -> list[Export]:
        """Those that wait for a second person, the oldest first."""
        keys = [(hit.pk, hit.sk) for hit in index(1, WAITING, limit=MOST_WAITING)]
        rows = read(keys) if keys else {}
        return [self._export(row) for row in rows.values() if isinstance(row, ExportRow)]

    def copies(self, one: Export) -> list[bytes]:
        """All copies in the clear. A Query for each MB."""
        rows = partition(CopyRow, _key(one.id)[0], begins="copy#")
        return [
            b"".join(chunks.opened(one.key, f"{row.pk}/{row.sk}", int(row.size), [row.box]))
            for row in rows
        ]

    def put(self, one: Export) -> Write:
        row = ExportRow(
            *_key(one.id),
            id=one.id,
            user_id=one.asker.user_id,
            generation=one.asker.generation,
            address=one.asker.address or None,
            token=one.asker.token or None,
            asked_at=stamp(one.asked_at),
            note=one.note,
            scope=dict(packed(one.scope)),
            stage=one.stage.value,
            operation=one.operation or None,
            sealed=self.keyring.seal_bytes(_secrets(one), _place(one.id)),
        )
        if one.stage is Stage.WAITING:
            row.i1pk, row.i1sk = WAITING, f"{stamp(one.asked_at)}#{one.id}"
        return Put(ending(row, KIND, one.asked_at + SHOWN_FOR), ExportRow.pk.does_not_exist())

    def decided(self, one: Export) -> Write:
        """Let or denied by a second person. Holds once."""
        actions = [
            ExportRow.stage.set(one.stage.value),
            ExportRow.decided_by.set(one.decided_by),
            ExportRow.i1pk.remove(),
            ExportRow.i1sk.remove(),
        ]
        if one.operation:
            actions.append(ExportRow.operation.set(one.operation))
        if one.stage is Stage.DENIED:
            actions.append(ExportRow.sealed.remove())
        was = ExportRow.stage == Stage.WAITING.value
        return Update(ExportRow(*_key(one.id)), actions, was)

    def finished(self, id: str, stage: Stage, now: datetime) -> Write:
        """All had their turn, or it came to another end. Holds once."""
        actions = [ExportRow.stage.set(stage.value), ExportRow.finished_at.set(stamp(now))]
        if stage is not Stage.READY:
            actions.append(ExportRow.sealed.remove())
        was = ExportRow.stage == Stage.RUNNING.value
        return Update(ExportRow(*_key(id)), actions, was)

    def fetched(self, id: str) -> Write:
        """It is given away, and what opens its copies is gone. Holds once."""
        actions = [ExportRow.stage.set(Stage.FETCHED.value), ExportRow.sealed.remove()]
        return Update(ExportRow(*_key(id)), actions, ExportRow.stage == Stage.READY.value)

    def copy(self, one: Export, secret_id: int, raw: bytes, now: datetime) -> Write:
        pk, sk = _key(one.id, secret_id)
        row = CopyRow(pk, sk, size=len(raw), box=chunks.seal(one.key, f"{pk}/{sk}", raw))
        ended = ending(row, KIND, now + COPIES_KEPT)
        ended.i3sk = f"{ended.i3sk}#{secret_id}"
        return Put(ended)

    def _export(self, row: ExportRow) -> Export:
        key, password = b"", ""
        if row.sealed:
            held = json.loads(self.keyring.open_bytes(row.sealed, _place(row.id)))
            key, password = b64decode(held["key"]), held["password"]
        return Export(
            row.id,
            Behalf(int(row.user_id), int(row.generation), row.address or "", row.token or ""),
            parse_stamp(row.asked_at),
            row.note,
            unpacked(row.scope),
            Stage(row.stage),
            row.operation or "",
            int(row.decided_by),
            parse_stamp(row.finished_at) if row.finished_at else None,
            key,
            Plain(password),
        )


def _secrets(one: Export) -> bytes:
    held = {"key": b64encode(one.key).decode(), "password": one.password.reveal()}
    return json.dumps(held).encode()


def _key(id: str, secret_id: int = 0) -> Key:
    return (f"export#{id}", f"copy#{secret_id:010d}" if secret_id else "export")


def _place(id: str) -> Place:
    return Place("export", id, "keys")
