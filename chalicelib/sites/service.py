"""Use cases of sites: list, create and change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import NotFound

from .site import DEFAULT_CALLBACK, LOCAL, Site, changed, named, queues

Writes = Sequence[Any]


class Who(Protocol):
    """Who asks: access's Principal fits."""

    @property
    def user_id(self) -> int: ...
    @property
    def address(self) -> str: ...


class Commit(Protocol):
    def __call__(self, writes: Writes, audit: Sequence[AuditRecord] = ()) -> None: ...


class SiteStore(Protocol):
    def site(self, site_id: int) -> Site | None: ...
    def sites(self) -> list[Site]: ...
    def put(self, site: Site) -> Writes: ...


@dataclass(frozen=True)
class SitesThereAre:
    """Which sites there are, for whoever names one: none is ever taken away."""

    store: SiteStore
    seen: set[int] = field(default_factory=set)

    def has(self, site_id: int) -> bool:
        """Whether there is a site of that id. One read, until it was seen; none for Local."""
        if site_id not in self.seen and self.store.site(site_id):
            self.seen.add(site_id)
        return site_id in self.seen


@dataclass(frozen=True)
class SiteService:
    """`prepare` has a node's agent make the queues of a new site at once."""

    store: SiteStore
    commit: Commit
    next_id: Callable[[str], int]
    prepare: Callable[[], None]

    def site(self, site_id: int) -> Site:
        """One site. Raises NotFound."""
        found = self.store.site(site_id)
        if found is None:
            raise NotFound(f"site {site_id} was not found")
        return found

    def sites(self) -> list[Site]:
        """Every site, Local first. One call."""
        return self.store.sites()

    def queue_names(self) -> list[str]:
        """The queues that agents keep for sites other than Local, whose queues the stack has."""
        return [name for site in self.sites() if not site.local for name in queues(site.id)]

    def create(
        self, who: Who, name: str, now: datetime, callback: timedelta = DEFAULT_CALLBACK
    ) -> Site:
        """A new site. Its queues are there as soon as an agent has run. Raises Invalid."""
        blank = Site(self._fresh_id(), named(name))
        site = changed(blank, name, callback, active=True)
        self.commit(self.store.put(site), [_audit(who, "CREATE", site, now)])
        self.prepare()
        return site

    def _fresh_id(self) -> int:
        found = self.next_id("site")
        return found if found != LOCAL.id else self.next_id("site")

    def change(self, who: Who, site: Site, now: datetime) -> Site:
        """Keep a changed site. Raises NotFound, StillUsed for Local, Invalid."""
        known = self.site(site.id)
        kept = changed(known, site.name, site.callback, active=site.active)
        self.commit(self.store.put(kept), [_audit(who, "UPDATE", kept, now)])
        return kept


def _audit(who: Who, action: str, site: Site, now: datetime) -> AuditRecord:
    return AuditRecord(who.user_id, action, "Site", str(site.id), now, site.name, who.address)
