"""Search finds what looking at every secret finds, at a cost that secrets do not raise."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.principal import Principal
from chalicelib.core.paging import Paging, Sort
from chalicelib.settings.settings import DEFAULTS
from chalicelib.vault.change import Change
from chalicelib.vault.checkout import CheckoutTerms
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import Deed, Role, Verdict, decide
from chalicelib.vault.search_index import IndexMode
from chalicelib.vault.secret import Secret
from chalicelib.vault.service import At, Query, RebuildService
from chalicelib.vault.service import hits as lookups
from chalicelib.vault.service import search as searching
from chalicelib.vault.store import search as table
from chalicelib.vault.tokens import folded
from chalicelib.vault.visit import Visit
from tests.calls import Calls, recording
from tests.counts import full_or

from .conftest import ADMIN, ANN, BEN, EVE, Vault, granted, items

EVERYONE = (ANN, BEN, EVE, replace(ADMIN, groups=frozenset()))
PARTS = ("db", "web", "Straße", "étage", "prod", "x", "01", "host", "a")
MANY = full_or(150, 16)


def made_up(chance: random.Random, most: int = 4) -> str:
    words = (chance.choice(PARTS) for _ in range(chance.randint(1, most)))
    return chance.choice(" -.").join(words)


@dataclass
class Crowd:
    """A vault with many secrets, and who may see which."""

    vault: Vault
    ids: list[int]
    folders: list[int]
    chance: random.Random
    known: dict[int, tuple[Secret, dict[str, str]]] = field(default_factory=dict)
    mode: IndexMode = IndexMode.STANDARD

    def look(self) -> None:
        """Read every secret, and open what of it may be searched in."""
        for id, stored in wiring.secret_store().fetch(self.ids).items():
            slugs = () if stored.secret.checkout.required else ("machine", "username")
            values = {slug: folded(self.vault.value(id, slug)) for slug in slugs}
            self.known[id] = (stored.secret, values)

    def naive(self, who: Principal, query: Query) -> list[int]:
        """Every secret looked at, one by one, by its own row."""
        visit = self.visit(who)
        tree = wiring.folder_store().tree(visit.epoch)
        found = []
        for secret, values in self.known.values():
            role = secret.role_for(visit.them, tree)

            def may(deed: Deed, role: Role | None = role, secret: Secret = secret) -> bool:
                verdict = decide(deed, who.permissions, role, deleted=not secret.is_active)
                return verdict is Verdict.ALLOWED

            if (
                may(searching.NEEDS[query.needs])
                and (query.active if secret.is_active else query.inactive)
                and query.folder_id in (None, secret.folder_id)
                and self._holds(secret.name, values if may(Deed.REVEAL) else {}, query)
            ):
                found.append((folded(secret.name), secret.id))
        return [id for _, id in sorted(found)]

    def _holds(self, name: str, values: dict[str, str], query: Query) -> bool:
        text, name = folded(query.text), folded(name)
        if not text:
            return True
        if not query.field and (name == text if query.is_exact else text in name):
            return True
        if query.only_names:
            return False
        asked = [value for slug, value in values.items() if query.field in ("", slug)]
        return any(self._in_field(value, text, exact=query.is_exact) for value in asked)

    def _in_field(self, value: str, text: str, *, exact: bool) -> bool:
        if exact:
            return value == text
        if self.mode is IndexMode.EXTENDED:
            return len(text) >= 3 and text in value
        separated = str.maketrans(dict.fromkeys(DEFAULTS.search_separators, " "))
        wanted = set(text.translate(separated).split())
        return bool(wanted) and wanted <= set(value.translate(separated).split())

    def found(self, who: Principal, query: Query, take: int = 7) -> list[int]:
        """The same through search, page by page."""
        service, found, skip = wiring.vault_search(), [], 0
        while True:
            page = service.search(self.visit(who), query, Paging(skip, take))
            found += [one.secret.id for one in page.records]
            skip += take
            if page.total <= skip:
                assert (page.is_exact, page.total) == (True, len(found))
                return found

    def visit(self, who: Principal) -> Visit:
        return self.vault.visit(who)

    def question(self) -> Query:
        chance = self.chance
        source = chance.choice([made_up(chance), *self._some_texts()])
        begin = chance.randrange(len(source))
        text = source[begin : begin + chance.choice((1, 2, 3, 4, 6, 9, 14, 40))]
        return Query(
            text=chance.choice((text, text.upper(), source, "")),
            is_exact=chance.random() < 0.15,
            field=chance.choice(("", "", "", "machine", "username", "password")),
            only_names=chance.random() < 0.1,
            folder_id=chance.choice((None, None, None, NO_FOLDER, *self.folders)),
            inactive=chance.random() < 0.3,
            needs=chance.choice(("list", "list", "view", "owner")),
        )

    def _some_texts(self) -> list[str]:
        secret, values = self.known[self.chance.choice(self.ids)]
        return [secret.name, values.get("machine", "none")]


@pytest.fixture
def crowd(vault: Vault) -> Crowd:
    chance = random.Random(4)  # noqa: S311 - made-up secrets
    folders = [
        vault.folder(granted(BEN, Role.LIST)),
        vault.folder(granted(BEN, Role.VIEW), granted(EVE, Role.LIST)),
        vault.folder(),
    ]
    crowd = Crowd(vault, [], folders, chance)
    for _ in range(MANY):
        values = {"machine": made_up(chance), "username": chance.choice(PARTS)}
        checkout = CheckoutTerms(required=chance.random() < 0.1)
        where = chance.choice((NO_FOLDER, *folders))
        crowd.ids.append(
            vault.unix(name=made_up(chance), folder=where, values=values, checkout=checkout)
        )
    for id in crowd.ids[::9]:
        wiring.vault().delete(vault.visit(), At(id))
    crowd.look()
    return crowd


def demand_all_found(crowd: Crowd, times: int) -> None:
    for _ in range(times):
        query, who = crowd.question(), crowd.chance.choice(EVERYONE)
        assert crowd.found(who, query, crowd.chance.choice((3, 50))) == crowd.naive(who, query), (
            who.user_id,
            query,
        )


def test_search_finds_exactly_what_its_reader_may_see_and_looking_finds(crowd: Crowd) -> None:
    demand_all_found(crowd, full_or(1_000, 25))
