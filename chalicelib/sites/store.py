"""Sites, engines and the nonces of their calls in the data table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    NumberAttribute,
    UnicodeAttribute,
    VersionAttribute,
)

from chalicelib.aws.commit import Check, Put, Update, Write
from chalicelib.aws.ends import ending
from chalicelib.aws.table import DataRow, Key, fetch, index, partition, read, typed
from chalicelib.core.clock import parse_stamp, stamp

from .engine import Activation, Engine
from .site import LOCAL, LOCAL_ID, Site

NONCES_KEPT = timedelta(minutes=5)  # longer than a call's window on both sides
MOST_ENGINES = 1000


class SiteRow(DataRow, discriminator="site"):
    version = VersionAttribute()
    name = UnicodeAttribute()
    active = BooleanAttribute()
    callback_seconds = NumberAttribute()


class EngineRow(DataRow, discriminator="engine"):
    """index1 lists all engines; index2 the activated ones by when they were last heard of."""

    name = UnicodeAttribute()
    host = UnicodeAttribute()
    signing_key = BinaryAttribute(legacy_encoding=False)
    sealing_key = BinaryAttribute(legacy_encoding=False)
    activation = UnicodeAttribute()
    site_id = NumberAttribute(null=True)
    engine_version = UnicodeAttribute()
    address = UnicodeAttribute()
    registered_at = UnicodeAttribute()
    seen_at = UnicodeAttribute(null=True)
    skew_ms = NumberAttribute(default=0)
    change = NumberAttribute(default=1)  # counts an admin's changes, not the callbacks


class EngineKeyRow(DataRow, discriminator="engine-key"):
    """Which engine a signing key belongs to: the same key again is the same engine."""

    engine_id = NumberAttribute()


class NonceRow(DataRow, discriminator="nonce"):
    """A call that was made; the same one again is a replay."""


class SiteStore:
    def site(self, site_id: int) -> Site | None:
        if site_id == LOCAL_ID:
            return LOCAL
        row = fetch(SiteRow, *site_key(site_id))
        return None if row is None else _site(row)

    def sites(self) -> list[Site]:
        """Every site, Local first. One Query."""
        return [LOCAL, *map(_site, partition(SiteRow, "site"))]

    def put(self, site: Site) -> list[Write]:
        """The write of a new site, or of a changed one that was just read."""
        known = fetch(SiteRow, *site_key(site.id))
        row = SiteRow(*site_key(site.id)) if known is None else known
        row.name, row.active = site.name, site.active
        row.callback_seconds = int(site.callback.total_seconds())
        return [Put(row)]


class EngineStore:
    def engine(self, engine_id: int) -> Engine | None:
        """One engine, consistently read: an admin's change counts at once."""
        row = fetch(EngineRow, *engine_key(engine_id))
        return None if row is None else _engine(row)

    def engines(self) -> list[Engine]:
        """Every engine that is not deleted, by id. One Query and one batched read a hundred."""
        hits = index(1, "engines", limit=MOST_ENGINES)
        return self._read([(hit.pk, hit.sk) for hit in hits])

    def silent(self, since: datetime, most: int = 100) -> list[Engine]:
        """Engines marked online that were last heard of before `since`. One Query; then a read."""
        hits = index(2, "engines-online", until=stamp(since), limit=most)
        return self._read([(hit.pk, hit.sk) for hit in hits])

    def by_key(self, fingerprint: str) -> int | None:
        """The engine that a pair of keys belongs to."""
        row = fetch(EngineKeyRow, *_engine_key_key(fingerprint))
        return None if row is None else int(row.engine_id)

    def created(self, engine: Engine) -> list[Write]:
        """The writes of a new engine. Their condition fails if its keys are registered already."""
        key = EngineKeyRow(*_engine_key_key(engine.fingerprint), engine_id=engine.id)
        return [
            Put(_engine_row(engine), EngineRow.pk.does_not_exist()),
            Put(key, EngineKeyRow.pk.does_not_exist()),
        ]

    def changed(self, before: Engine, after: Engine) -> list[Write]:
        """The write of an admin's change; fails if another admin's came between."""
        row = EngineRow(*engine_key(after.id))
        listed = after.activation is not Activation.DELETED
        place = EngineRow.site_id
        actions = [
            EngineRow.activation.set(after.activation),
            place.remove() if after.site_id is None else place.set(after.site_id),
            EngineRow.change.add(1),
            EngineRow.i1pk.set("engines") if listed else EngineRow.i1pk.remove(),
        ]
        if not after.active:
            actions += [EngineRow.i2pk.remove(), EngineRow.i2sk.remove()]
        return [Update(row, actions, EngineRow.activation == before.activation)]

    def called(self, engine: Engine, now: datetime, skew: timedelta, version: str) -> list[Write]:
        """The write of a callback: heard of now. Fails if the engine was deactivated meanwhile."""
        actions = [
            EngineRow.seen_at.set(stamp(now)),
            EngineRow.skew_ms.set(int(skew.total_seconds() * 1000)),
            EngineRow.engine_version.set(version),
        ]
        if engine.active:
            actions += [EngineRow.i2pk.set("engines-online"), EngineRow.i2sk.set(stamp(now))]
        unchanged = EngineRow.activation == engine.activation
        return [Update(EngineRow(*engine_key(engine.id)), actions, unchanged)]

    def went_silent(self, engine: Engine) -> list[Write]:
        """The write that marks an engine offline; fails if it was heard of meanwhile."""
        actions = [EngineRow.i2pk.remove(), EngineRow.i2sk.remove()]
        seen = stamp(engine.seen_at) if engine.seen_at else ""
        return [Update(EngineRow(*engine_key(engine.id)), actions, EngineRow.seen_at == seen)]

    def used(self, engine_id: int, nonce: str, now: datetime) -> list[Write]:
        """The write that keeps a nonce; it fails for one that was used."""
        row = NonceRow(f"nonce#{engine_id}#{nonce}", "nonce")
        return [Put(ending(row, "nonce", now + NONCES_KEPT), NonceRow.pk.does_not_exist())]

    def still(self, engine: Engine) -> list[Write]:
        """Fails the commit if the engine was deactivated or put elsewhere since it was read."""
        same = (EngineRow.activation == engine.activation) & (EngineRow.site_id == engine.site_id)
        return [Check(EngineRow, *engine_key(engine.id), same)]

    def _read(self, keys: Sequence[Key]) -> list[Engine]:
        found: dict[Key, DataRow] = {}
        for start in range(0, len(keys), 100):
            found |= read(keys[start : start + 100])
        rows = (typed(found, EngineRow, key) for key in keys)
        return [_engine(row) for row in rows if row is not None]


def site_key(site_id: int) -> Key:
    return ("site", f"{site_id:010}")


def engine_key(engine_id: int) -> Key:
    return (f"engine#{engine_id}", "engine")


def _engine_key_key(fingerprint: str) -> Key:
    return (f"engine-key#{fingerprint}", "engine-key")


def _site(row: SiteRow) -> Site:
    callback = timedelta(seconds=int(row.callback_seconds))
    return Site(int(row.sk), row.name, bool(row.active), callback)


def _engine(row: EngineRow) -> Engine:
    return Engine(
        id=int(row.pk.removeprefix("engine#")),
        name=row.name,
        host=row.host,
        signing_key=row.signing_key,
        sealing_key=row.sealing_key,
        activation=Activation(row.activation),
        site_id=None if row.site_id is None else int(row.site_id),
        version=row.engine_version,
        address=row.address,
        registered_at=parse_stamp(row.registered_at),
        seen_at=parse_stamp(row.seen_at) if row.seen_at else None,
        skew=timedelta(milliseconds=int(row.skew_ms)),
    )


def _engine_row(engine: Engine) -> EngineRow:
    assert engine.registered_at is not None  # noqa: S101 - the service sets it
    return EngineRow(
        *engine_key(engine.id),
        i1pk="engines",
        i1sk=f"{engine.id:010}",
        name=engine.name,
        host=engine.host,
        signing_key=engine.signing_key,
        sealing_key=engine.sealing_key,
        activation=engine.activation,
        site_id=engine.site_id,
        engine_version=engine.version,
        address=engine.address,
        registered_at=stamp(engine.registered_at),
    )
