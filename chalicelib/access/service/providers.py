"""Providers of OpenID Connect, and whose their subjects are: kept by administrators and users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.access.openid import (
    LONGEST,
    USUAL_SCOPES,
    Link,
    Provider,
    https_address,
    scopes_of,
    subject_of,
)
from chalicelib.access.principal import Principal
from chalicelib.access.reach import require_reach_over
from chalicelib.access.user import Person, named
from chalicelib.core.audit import AuditRecord
from chalicelib.core.errors import AccessDenied, Conflict, Invalid, NotFound, StillUsed
from chalicelib.core.plain import Plain

from .ports import Commit, Groups, Ids, OpenIds, Users

MOST_PROVIDERS = 20


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """What a provider is to be; None leaves what there is. secret: empty for a public client."""

    name: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    secret: Plain | None = None
    scopes: Sequence[str] | None = None
    enabled: bool | None = None


@dataclass(frozen=True)
class ProviderService:
    openids: OpenIds
    users: Users
    groups: Groups
    commit: Commit
    ids: Ids

    def all(self) -> list[Provider]:
        """All providers, by id. One AWS call."""
        return self.openids.providers()

    def get(self, id: int) -> Provider:
        """Raises NotFound."""
        found = self.openids.provider(id)
        if found is None:
            raise NotFound(f"The provider {id} was not found.")
        return found

    def make(self, who: Principal, wanted: ProviderChange, now: datetime) -> Provider:
        """A new provider. Raises Invalid."""
        if len(self.all()) >= MOST_PROVIDERS:
            raise Invalid(f"There are at most {MOST_PROVIDERS} providers.")
        before = Provider(self.ids.next("openid-provider"), "", "", "", USUAL_SCOPES)
        return self._saved(who, "CREATE", before, wanted, now)

    def change(self, who: Principal, id: int, wanted: ProviderChange, now: datetime) -> Provider:
        """The provider as changed. Raises NotFound, and Invalid.

        The secret is asked for again when issuer or client change: it was given to those of before.
        """
        before = self.get(id)
        moves = (wanted.issuer or before.issuer, wanted.client_id or before.client_id)
        if moves != (before.issuer, before.client_id) and before.sealed and wanted.secret is None:
            raise Invalid("Another issuer or client takes its client secret as well.")
        return self._saved(who, "UPDATE", before, wanted, now)

    def remove(self, who: Principal, id: int, now: datetime) -> None:
        """Nobody signs in by it any more; links stay, by issuer. Raises NotFound."""
        self.commit([self.openids.removed(self.get(id))], [_line(who, "DELETE", id, now)])

    def links(self, user_id: int) -> list[Link]:
        """Who the user is at issuers. Raises NotFound for the user."""
        self._person(user_id)
        return self.openids.links(user_id)

    def link(self, who: Principal, user_id: int, issuer: str, subject: str, now: datetime) -> Link:
        """Have a subject come in as that user.

        Raises StillUsed when it is somebody already, AccessDenied when the user has rights that
        the caller has not, or is the caller: a stolen session must not be able to.
        """
        person = self._person(user_id)
        require_reach_over(who, person.standing, self.groups.definitions())
        if user_id == who.user_id:
            raise AccessDenied("Access denied: link your own by signing in at the provider.")
        return self.made(who, user_id, https_address(issuer, "issuer"), subject, now)

    def made(self, who: Principal, user_id: int, issuer: str, subject: str, now: datetime) -> Link:
        """The link, once all has been asked. Raises StillUsed."""
        link = Link(self.ids.next("openid-link"), issuer, subject_of(subject), user_id, now)
        line = _of_user(who, "OPENID LINKED", link, now)
        try:
            self.commit([self.openids.linked(link)], [line])
        except Conflict:
            raise StillUsed("This subject of that issuer is linked to a user already.") from None
        return link

    def unlink(self, who: Principal, user_id: int, id: int, now: datetime) -> None:
        """It comes in as him no more. Raises NotFound, and AccessDenied as `link` does."""
        if user_id != who.user_id:
            require_reach_over(who, self._person(user_id).standing, self.groups.definitions())
        link = next((one for one in self.openids.links(user_id) if one.id == id), None)
        if link is None:
            raise NotFound(f"The link {id} was not found.")
        line = _of_user(who, "OPENID UNLINKED", link, now)
        self.commit([self.openids.unlinked(link)], [line])

    def _saved(
        self, who: Principal, action: str, before: Provider, wanted: ProviderChange, now: datetime
    ) -> Provider:
        after = replace(
            before,
            name=named(_or(wanted.name, before.name), "name"),
            issuer=https_address(_or(wanted.issuer, before.issuer), "issuer"),
            client_id=_client(_or(wanted.client_id, before.client_id)),
            scopes=before.scopes if wanted.scopes is None else scopes_of(wanted.scopes),
            enabled=before.enabled if wanted.enabled is None else wanted.enabled,
        )
        if wanted.secret is not None:
            sealed = self.openids.seal(before.id, wanted.secret) if wanted.secret else b""
            after = replace(after, sealed=sealed)
        changed = ("name", "issuer", "client_id", "scopes", "enabled", "sealed")
        told = ", ".join(one for one in changed if getattr(before, one) != getattr(after, one))
        self.commit([self.openids.saved(after)], [_line(who, action, after.id, now, told)])
        return after

    def _person(self, id: int) -> Person:
        person = self.users.find(id)
        if person is None:
            raise NotFound(f"The user {id} was not found.")
        return person


def _or(wanted: str | None, there: str) -> str:
    return there if wanted is None else wanted


def _client(text: str) -> str:
    client = text.strip()
    if not 0 < len(client) <= LONGEST or not client.isprintable():
        raise Invalid(f"clientId must have 1 to {LONGEST} printable characters.")
    return client


def _line(who: Principal, action: str, id: int, now: datetime, detail: str = "") -> AuditRecord:
    kind = "OpenIdProvider"
    return AuditRecord(who.user_id, action, kind, str(id), now, detail, who.address)


def _of_user(who: Principal, action: str, link: Link, now: datetime) -> AuditRecord:
    detail = f"{link.id}: {link.issuer}"  # no subject: who somebody is stays in the data table
    return AuditRecord(who.user_id, action, "User", str(link.user_id), now, detail, who.address)
