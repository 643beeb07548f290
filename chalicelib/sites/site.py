"""A site: a network zone, and the pair of queues that carries work out to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.core.errors import Invalid, StillUsed

LOCAL_ID = 1
DEFAULT_CALLBACK = timedelta(seconds=60)
LEAST_CALLBACK, MOST_CALLBACK = timedelta(seconds=5), timedelta(hours=1)
MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class Site:
    """One site. `callback` is how often its engines call; Local has none: nodes do its work."""

    id: int
    name: str
    active: bool = True
    callback: timedelta = DEFAULT_CALLBACK

    @property
    def local(self) -> bool:
        return self.id == LOCAL_ID


LOCAL = Site(LOCAL_ID, "Local")
"""Always there, never changed: the cluster's own network."""


def queues(site_id: int) -> tuple[str, str]:
    """The short names of a site's queues: for work that waits, and for work a person waits for."""
    return (f"site-{site_id}", f"site-{site_id}-now")


def named(name: str) -> str:
    """A site's name as kept. Raises Invalid for an empty or overlong one."""
    kept = " ".join(name.split())
    if not kept or len(kept) > MOST_NAME:
        raise Invalid(f"a site needs a name of at most {MOST_NAME} characters")
    return kept


def every(seconds: int) -> timedelta:
    """How often engines call. Raises Invalid, however large the number."""
    if not LEAST_CALLBACK.total_seconds() <= seconds <= MOST_CALLBACK.total_seconds():
        raise Invalid("engines call every 5 to 3600 seconds")
    return timedelta(seconds=seconds)


def changed(site: Site, name: str, callback: timedelta, *, active: bool) -> Site:
    """The site with those properties. Raises StillUsed for Local, Invalid for bad values."""
    if site.local:
        raise StillUsed("the site Local belongs to the cluster and cannot be changed")
    kept = every(int(callback.total_seconds()))
    return replace(site, name=named(name), callback=kept, active=active)
