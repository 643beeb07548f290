"""Applications that sign in by themselves: rules, onboarding, revocation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from chalicelib.access import sdk as rules
from chalicelib.access.principal import Principal
from chalicelib.access.reach import require_reach_over
from chalicelib.access.sdk import ClientAccount, Rule
from chalicelib.access.user import User, folded, named, short
from chalicelib.core.again import settled
from chalicelib.core.audit import SYSTEM, AuditRecord
from chalicelib.core.errors import (
    AccessDenied,
    Conflict,
    Invalid,
    NotFound,
    StillUsed,
    Throttled,
)
from chalicelib.core.paging import Page, Paging, page
from chalicelib.core.plain import Plain

from .ports import Clients, Commit, Groups, Ids, Random, Throttle, Users
from .standings import Standings

REFUSED = "The rule or its onboarding key is wrong, or the client's id is taken."


@dataclass(frozen=True, slots=True)
class NewClient:
    """An application that asks for an account."""

    client_id: str
    name: str
    details: str
    rule_name: str
    key: Plain


@dataclass(frozen=True)
class SdkService:
    clients: Clients
    users: Users
    standings: Standings
    groups: Groups
    throttle: Throttle
    commit: Commit
    ids: Ids
    random: Random

    def rules(self, text: str, user_id: int | None, paging: Paging) -> Page[Rule]:
        """Rules with that text in name or details, of that user if one is given."""
        found = [
            one
            for one in self.clients.rules()
            if rules.finds(text, one.name, one.details) and user_id in (None, one.user_id)
        ]
        return page(found, paging, _property)

    def accounts(self, text: str, user_id: int | None, paging: Paging) -> Page[ClientAccount]:
        """The same of accounts."""
        found = [
            one
            for one in self.clients.accounts()
            if rules.finds(text, one.name, one.details) and user_id in (None, one.user_id)
        ]
        return page(found, paging, _property)

    def named(self, ids: Sequence[int]) -> Mapping[int, User]:
        """Those of these users that exist, by id."""
        return self.users.by_ids(ids)

    def make_rule(
        self, who: Principal, name: str, details: str, user_id: int, now: datetime
    ) -> Rule:
        """A rule with a fresh onboarding key.

        Raises NotFound for the user, AccessDenied when he has rights that the caller has not,
        StillUsed when the name is taken.
        """
        self._require_reach(who, user_id)
        id = self.ids.next("sdk-rule")
        key = Plain(self.random())
        rule = Rule(
            id,
            named(name, "The name of a rule"),
            user_id,
            now,
            short(details, "The details"),
            self.clients.seal(id, key),
        )
        writes = [self.clients.rule_made(rule), *self.groups.named("sdk-rule", id, rule.name)]
        try:
            self.commit(writes, [_record(who, "CREATE", "SdkClientRule", id, now)])
        except Conflict:
            raise StillUsed("A rule of that name exists already.") from None
        return rule

    def key(self, who: Principal, id: int, now: datetime) -> Plain:
        """A rule's onboarding key, once that is on the trail. Raises as `make_rule` does."""
        rule = self._rule(id)
        self._require_reach(who, rule.user_id)
        self.commit([], [_record(who, "VIEW", "SdkClientRule", id, now)])
        return self.clients.key(rule)

    def remove_rule(self, who: Principal, id: int, now: datetime) -> None:
        """Nobody is let in by it any more; accounts that were stay. Raises NotFound."""
        rule = self._rule(id)
        gone = self.clients.rule_removed(rule)
        free = self.groups.unnamed("sdk-rule", rule.name)
        self.commit([gone, free], [_record(who, "DELETE", "SdkClientRule", id, now)])

    def onboard(self, new: NewClient, address: str, now: datetime) -> tuple[ClientAccount, Plain]:
        """An account for whoever shows a rule's key, and its secret, in the clear once.

        Raises AccessDenied, in the same words whatever is wrong, and Throttled.
        """
        allowance = rules.onboarding_allowance(address)
        if not self.throttle.take(allowance, now):
            raise Throttled(wait=allowance.window)
        name, details = named(new.name, "The name"), short(new.details, "The description")
        client = rules.client_id(new.client_id) if new.client_id else _uuid(self.random())
        rule = next(
            (one for one in self.clients.rules() if folded(one.name) == folded(new.rule_name)),
            None,
        )
        if rule is None or not self.clients.key(rule).same(new.key):
            raise self._refused(address, now)
        secret = Plain(self.random())
        account = ClientAccount(
            self.ids.next("sdk-client"),
            client,
            name,
            rule.user_id,
            now,
            rules.hashed(secret),
            details,
            rule.id,
            address,
        )
        settled(partial(self._onboard, account, address, now))
        return account, secret

    def _onboard(self, account: ClientAccount, address: str, now: datetime) -> None:
        person = self.users.find(account.user_id)
        if person is None or not person.standing.enabled:
            raise self._refused(address, now)
        if self.clients.find(account.client_id) is not None:
            raise self._refused(address, now)
        before = person.standing
        if len(before.clients) >= rules.MOST_CLIENTS:
            raise StillUsed(f"This rule's user has {rules.MOST_CLIENTS} clients: revoke some.")
        after = replace(before, clients=before.clients | {account.id})
        record = AuditRecord(
            account.user_id, "CREATE", "SdkClient", str(account.id), now, account.name, address
        )
        writes = [self.clients.made(account), *self.standings.saved(before, after)]
        self.commit(writes, [record])

    def revoke(self, who: Principal, id: int, now: datetime) -> None:
        """End an account, and its sessions with it, at once. Raises NotFound."""
        settled(partial(self._revoke, who, id, now))

    def _revoke(self, who: Principal, id: int, now: datetime) -> None:
        account = next((one for one in self.clients.accounts() if one.id == id), None)
        if account is None:
            raise NotFound(f"The SDK client account {id} was not found.")
        writes = [self.clients.removed(account)]
        before = self.users.standings([account.user_id]).get(account.user_id)
        if before is not None:
            after = replace(before, clients=before.clients - {id})
            writes += self.standings.saved(before, after)
        self.commit(writes, [_record(who, "REVOKE", "SdkClient", id, now, account.name)])

    def _require_reach(self, who: Principal, user_id: int) -> None:
        standing = self.users.standings([user_id]).get(user_id)
        if standing is None:
            raise NotFound(f"The user {user_id} was not found.")
        if not standing.enabled:
            raise Invalid("The user of a rule must be enabled.")
        require_reach_over(who, standing, self.groups.definitions())

    def _rule(self, id: int) -> Rule:
        rule = next((one for one in self.clients.rules() if one.id == id), None)
        if rule is None:
            raise NotFound(f"The SDK client rule {id} was not found.")
        return rule

    def _refused(self, address: str, now: datetime) -> AccessDenied:
        """The refusal, once it is on the trail."""
        record = AuditRecord(SYSTEM, "ONBOARDING FAILED", "SdkClient", "", now, "", address)
        self.commit([], [record])
        return AccessDenied(f"Access denied: {REFUSED}")


def _uuid(random: str) -> str:
    return str(UUID(random[:32], version=4))


def _property(one: Rule | ClientAccount, name: str) -> object:
    return {"name": folded(one.name), "id": one.id}.get(name)


def _record(  # noqa: PLR0913 - the parts of an audit line
    who: Principal, action: str, kind: str, id: int, now: datetime, detail: str = ""
) -> AuditRecord:
    return AuditRecord(who.user_id, action, kind, str(id), now, detail, who.address)
