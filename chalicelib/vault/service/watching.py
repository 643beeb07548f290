"""Mails about a secret for who asked for them: written with what they tell of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from chalicelib.core.audit import SYSTEM
from chalicelib.core.errors import Unavailable
from chalicelib.mail.service import Posted
from chalicelib.vault import watching as rules
from chalicelib.vault.folder import Tree
from chalicelib.vault.grants import Deed, Grantee, Role, Who
from chalicelib.vault.ports import Commit, Secrets
from chalicelib.vault.secret import Secret
from chalicelib.vault.visit import Visit
from chalicelib.vault.watching import Happening

if TYPE_CHECKING:
    from .finding import At, Finder, Found

KINDS: Mapping[Happening, str] = {
    Happening.VIEWED: "secret-viewed",
    Happening.CHANGED: "secret-changed",
    Happening.HEARTBEAT_FAILED: "secret-heartbeat-failed",
}
NOTHING = Posted()


class Desk(Protocol):
    def post(
        self,
        kind: str,
        now: datetime,
        *,
        facts: Mapping[str, str] = ...,
        to: Mapping[int, Mapping[str, str]] | None = ...,
        about: str = ...,
    ) -> Posted: ...


class Mailed(Protocol):
    """A mail that is about to be sent."""

    @property
    def to(self) -> Mapping[int, Mapping[str, str]]: ...
    @property
    def about(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Watching:
    """What to write, and to send once it is written. No call where nobody asked for mails."""

    desk: Desk

    def viewed(self, visit: Visit, secret: Secret) -> Posted:
        return self._by(visit, secret, Happening.VIEWED, "")

    def changed(self, visit: Visit, secret: Secret, what: str) -> Posted:
        """what: the names of what differs, never a value"""
        return self._by(visit, secret, Happening.CHANGED, what)

    def by_itself(self, secret: Secret, happening: Happening, what: str, now: datetime) -> Posted:
        """Of what the cluster found or did."""
        return self._posted(secret, happening, SYSTEM, "Conclave", what, now)

    def _by(self, visit: Visit, secret: Secret, happening: Happening, what: str) -> Posted:
        name = visit.who.display_name or visit.who.name
        return self._posted(secret, happening, visit.who.user_id, name, what, visit.now)

    def _posted(  # noqa: PLR0913 - all that the mail says
        self, secret: Secret, happening: Happening, by: int, name: str, what: str, now: datetime
    ) -> Posted:
        whom = rules.waiting_for(secret.watchers, happening, by)
        if not whom:
            return NOTHING
        facts = {
            "secret": secret.name,
            "who": name,
            "at": f"{now:%Y-%m-%d %H:%M}",
            "what": what[:500],
        }
        to: dict[int, dict[str, str]] = {id: {} for id in whom}
        kind, about = KINDS[happening], str(secret.id)
        return self.desk.post(kind, now, facts=facts, to=to, about=about)


@dataclass(frozen=True, slots=True)
class WatchService:
    finder: Finder
    secrets: Secrets
    commit: Commit

    def switch(self, visit: Visit, at: At, wanted: Mapping[Happening, bool]) -> Found:
        """Switch the visitor's own mails about a secret on and off. May be repeated.

        Unavailable during an upgrade: a node of the version before would forget it.
        """
        found = self.finder.secret(visit, at, Deed.VIEW)
        before = found.secret
        watchers = rules.switched(before.watchers, visit.who.user_id, wanted)
        if watchers == before.watchers:
            return found
        if visit.upgrading:
            raise Unavailable("Mails can be switched once the upgrade in progress is finished.")
        after = replace(before, watchers=watchers)
        wishes = ", ".join(sorted(watchers.get(visit.who.user_id, ()))) or "none"
        line = visit.audit("MAILS", "Secret", before.id, f"to oneself: {wishes}")
        self.commit([self.secrets.put(after)], [line])
        return replace(found, secret=after)


@dataclass(frozen=True, slots=True)
class WatcherDesk:
    """Who of those who asked for a mail may still know of the secret. tree: as of now"""

    secrets: Secrets
    tree: Callable[[], Tree]
    members: Callable[[int], frozenset[int]]

    def entitled(self, mail: Mailed) -> list[int]:
        """Those who may view the secret now. A read, and a Query for each group that may."""
        id = int(mail.about)
        stored = self.secrets.fetch([id]).get(id)
        if stored is None or not stored.secret.is_active:
            return []
        viewing = [
            one.to
            for one in stored.secret.grants_in(self.tree())
            if one.role and one.role >= Role.VIEW
        ]
        people = {one.id for one in viewing if one.who is Who.USER}
        for one in viewing:
            people |= self._in(one)
        return [one for one in mail.to if one in people]

    def _in(self, grantee: Grantee) -> frozenset[int]:
        return self.members(grantee.id) if grantee.who is Who.GROUP else frozenset()
