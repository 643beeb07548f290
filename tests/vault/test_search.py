"""Search finds what looking at every secret finds, at a cost that secrets do not raise."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.principal import Principal
from chalicelib.aws import keyring
from chalicelib.aws.clients import client
from chalicelib.aws.connection import connection
from chalicelib.cluster.gate import Gate
from chalicelib.cluster.store import Gates
from chalicelib.core.errors import Invalid
from chalicelib.core.paging import Paging, Sort
from chalicelib.core.tick import Tally
from chalicelib.keys.store import RingTable
from chalicelib.settings.settings import DEFAULTS
from chalicelib.vault.change import Change
from chalicelib.vault.checkout import CheckoutTerms
from chalicelib.vault.folder import NO_FOLDER
from chalicelib.vault.grants import Deed, Grantee, Role, Verdict, Who, decide
from chalicelib.vault.search_index import IndexMode
from chalicelib.vault.secret import Secret
from chalicelib.vault.service import At, FolderChange, Query, RebuildService
from chalicelib.vault.service import hits as lookups
from chalicelib.vault.service import search as searching
from chalicelib.vault.service.asking import NEEDS
from chalicelib.vault.store import search as table
from chalicelib.vault.tokens import folded
from chalicelib.vault.visit import Visit
from tests import moto_cluster
from tests.calls import recording
from tests.canary import canary
from tests.conftest import a_cluster, forget
from tests.counts import full_or
from tests.house import House, open_house
from tests.reaper import Reaper

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
    shared: set[int] = field(default_factory=set)
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
        for id, (secret, values) in self.known.items():
            role = secret.role_for(visit.them, tree)

            def may(deed: Deed, role: Role | None = role, secret: Secret = secret) -> bool:
                verdict = decide(deed, who.permissions, role, deleted=not secret.is_active)
                return verdict is Verdict.ALLOWED

            if (
                may(NEEDS[query.needs])
                and (query.active if secret.is_active else query.inactive)
                and query.folder_id in (None, secret.folder_id)
                and (query.restricted or not secret.checkout.required)
                and (not query.only_shared or (role is not Role.OWNER and self._shared(who, id)))
                and self._holds(secret.name, values if may(Deed.REVEAL) else {}, query)
            ):
                found.append((folded(secret.name), secret.id))
        return [id for _, id in sorted(found)]

    def _shared(self, who: Principal, id: int) -> bool:
        return who is BEN and id in self.shared

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
            only_shared=chance.random() < 0.2,
            restricted=chance.random() < 0.8,
        )

    def _some_texts(self) -> list[str]:
        secret, values = self.known[self.chance.choice(self.ids)]
        return [secret.name, values.get("machine", "none")]


@pytest.fixture
def crowd(aws: None) -> Crowd:
    known = moto_cluster.kept("crowd", gathered)
    forget()
    chance = random.Random(5)  # noqa: S311 - made-up questions
    crowd = Crowd(Vault(), known.ids, known.folders, chance, known.shared)
    crowd.look()
    return crowd


def gathered() -> Crowd:
    keyring.make_if_absent("c" * 32, wiring.clock())
    wiring.committer()([Gates().found(Gate("c" * 32))])
    vault = Vault()
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
    for id, stored in wiring.secret_store().fetch(crowd.ids).items():
        if not stored.secret.inherits_permissions:
            ben = {Grantee(Who.USER, BEN.user_id): Role.VIEW}
            wiring.secret_permissions().give_each(vault.visit(), id, ben)
            crowd.shared.add(id)
    for id in crowd.ids[::9]:
        wiring.vault().delete(vault.visit(), At(id))
    return crowd


def demand_all_found(crowd: Crowd, times: int) -> None:
    for _ in range(times):
        query, who = crowd.question(), crowd.chance.choice(EVERYONE)
        assert crowd.found(who, query, crowd.chance.choice((3, 50))) == crowd.naive(who, query), (
            who.user_id,
            query,
        )


def test_search_finds_exactly_what_its_reader_may_see_and_looking_finds(crowd: Crowd) -> None:
    demand_all_found(crowd, full_or(1_000, 20))


def test_orders_that_entries_tell_are_kept_and_others_refused(crowd: Crowd) -> None:
    visit, service = crowd.visit(ANN), wiring.vault_search()
    tree = wiring.folder_store().tree(visit.epoch)
    keys: dict[str, Callable[[Secret], Any]] = {
        "id": lambda one: one.id,
        "folderPath": lambda one: tree.path(one.folder_id).lower(),
        "secretTemplateName": lambda one: one.template.name.lower(),
    }
    for name, key in keys.items():
        sort = (Sort(name, descending=name == "id"), Sort("name", priority=1))
        found = [one.secret for one in service.search(visit, Query(), Paging(0, 999, sort)).records]
        assert len(found) > 5
        named = sorted(found, key=lambda one: (folded(one.name), one.id))
        assert found == sorted(named, key=key, reverse=name == "id")
    for other in ("createDate", "lastHeartBeatStatus", "daysUntilExpiration", "password"):
        with recording() as made, pytest.raises(Invalid, match="sorted by name"):
            service.search(visit, Query(), Paging(sort=(Sort("id"), Sort(other))))
        assert not made.seen


@pytest.mark.parametrize("most", [1, 4])
def test_the_same_where_more_hold_a_text_than_are_read_at_once(
    crowd: Crowd, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "MOST", most)
    monkeypatch.setattr(searching, "COUNTED", 2)
    monkeypatch.setattr(searching, "TOGETHER", 3)
    monkeypatch.setattr(table, "FIRST", 5)
    demand_all_found(crowd, full_or(300, 8))


def test_a_rebuild_misses_nothing_at_any_moment(crowd: Crowd) -> None:
    rebuilding, time = monitor(crowd.vault)
    rebuilding.request(ANN, time())
    for page in range(4):
        time.pages = 1
        rebuilding.run(time.now, time.now + timedelta(seconds=1))
        demand_all_found(crowd, full_or(50, 2))
        time.now += timedelta(minutes=1 + page)
    index = rebuilding.status()
    assert (index.coming, index.live.number) == (None, 2)
    demand_all_found(crowd, full_or(50, 2))


def test_in_extended_mode_any_part_of_a_field_is_found(crowd: Crowd) -> None:
    crowd.mode = IndexMode.EXTENDED
    wiring.settings().change(1, {"search_mode": "extended"})
    rebuild(crowd.vault)
    demand_all_found(crowd, full_or(300, 8))


@dataclass
class Time:
    """Stands still; `pages`: after so many questions it is past every deadline of a moment."""

    now: datetime
    pages: int = 1_000

    def __call__(self) -> datetime:
        self.pages -= 1
        return self.now if self.pages > -3 else self.now + timedelta(seconds=2)


def monitor(vault: Vault) -> tuple[RebuildService, Time]:
    time = Time(vault.now.replace(minute=1))
    return replace(wiring.search_rebuilding(), clock=time), time


def rebuild(vault: Vault) -> None:
    """What the settings or the keys ask for, from its beginning to its end."""
    rebuilding, time = monitor(vault)
    rebuilding.follow(ANN, time.now)
    for _ in range(3):
        rebuilding.run(time.now, time.now + timedelta(minutes=1))
        time.now += timedelta(minutes=2)
    assert rebuilding.status().coming is None


def ids_found(vault: Vault, text: str, who: Principal = ANN, **more: Any) -> list[int]:
    page = wiring.vault_search().search(vault.visit(who), Query(text, **more), Paging(take=100))
    assert (page.is_exact, page.total) == (True, len(page.records))
    return [one.secret.id for one in page.records]


def test_what_is_changed_is_found_as_it_is_now_and_no_more_as_it_was(vault: Vault) -> None:
    folder = vault.folder(granted(BEN, Role.VIEW))
    id = vault.unix(name="Alpha one", folder=folder, values={"machine": "first.example"})
    assert ids_found(vault, "pha o", BEN) == ids_found(vault, "FIRST", BEN) == [id]
    vault.edit(id, Change(name="Beta", items=items({"machine": "second.example"})))
    assert ids_found(vault, "alpha") == ids_found(vault, "first") == []
    assert ids_found(vault, "beta", BEN) == ids_found(vault, "second", BEN) == [id]
    vault.edit(id, Change(folder_id=vault.folder()))
    assert (ids_found(vault, "beta", BEN), ids_found(vault, "beta")) == ([], [id])
    wiring.vault().delete(vault.visit(), At(id))
    assert (ids_found(vault, "beta"), ids_found(vault, "beta", inactive=True)) == ([], [id])


def test_a_moved_folder_takes_its_secrets_under_its_new_grants_at_once(vault: Vault) -> None:
    """Entries name the folder, never a grant of its: no subtree has to be written again."""
    old, new = vault.folder(granted(BEN, Role.VIEW)), vault.folder(granted(EVE, Role.VIEW))
    below = vault.folder(parent=old)
    id = vault.unix(folder=below)
    assert (ids_found(vault, "db1", BEN), ids_found(vault, "db1", EVE)) == ([id], [])
    with recording() as made:
        wiring.folders().change(vault.visit(), below, FolderChange(parent_id=new))
    assert made.count(operation="TransactWriteItems") == 1
    assert (ids_found(vault, "db1", BEN), ids_found(vault, "db1", EVE)) == ([], [id])


def test_own_grants_are_found_and_lost_with_the_grant(vault: Vault) -> None:
    id = vault.unix()
    permissions = wiring.secret_permissions()
    for who, role in ((BEN, Role.LIST), (EVE, Role.VIEW)):
        wanted = granted(who, role)
        secret = vault.stored(id).secret
        shared = replace(secret, grants=(*secret.grants, wanted))
        found = wiring.search_indexing().writes(vault.visit(), secret, shared)
        wiring.committer()(
            [wiring.secret_store().put(shared), wiring.secret_store().point_grant(wanted.id, id)]
            + found
        )
    assert (ids_found(vault, "db1 root", BEN), ids_found(vault, "db1 root", EVE)) == ([id], [id])
    assert (ids_found(vault, "example", BEN), ids_found(vault, "example", EVE)) == ([], [id])
    permissions.take(vault.visit(), granted(EVE, Role.VIEW).id)
    assert ids_found(vault, "db1 root", EVE) == []


def test_passwords_notes_and_what_must_be_checked_out_are_never_indexed(vault: Vault) -> None:
    secret, held = canary(), CheckoutTerms(required=True)
    values = {"machine": secret, "username": secret, "password": secret, "notes": secret}
    vault.unix(values=values, checkout=held)
    for mode in ("Standard", "Extended"):
        wiring.settings().change(1, {"search_mode": mode})
        rebuild(vault)
        assert ids_found(vault, secret) == ids_found(vault, secret, field="password") == []
    open_one = vault.unix(values={"machine": secret})
    rebuild(vault)
    assert ids_found(vault, secret) == [open_one]


def test_a_name_too_long_for_one_change_is_found_whole_a_minute_later(vault: Vault) -> None:
    rebuilding, time = monitor(vault)
    name = "".join(chr(0x4E00 + n) for n in range(190)) + " the end"
    id = vault.unix(name=name)
    assert ids_found(vault, name[:9]) == [id]
    assert rebuilding.run(time.now, time.now + timedelta(minutes=1)).done == 1
    assert ids_found(vault, "the end") == ids_found(vault, name[80:100]) == [id]
    vault.edit(id, Change(name="short"))
    assert rebuilding.run(time.now, time.now + timedelta(minutes=1)).done == 1
    assert (ids_found(vault, "the end"), ids_found(vault, "short")) == ([], [id])
    with recording() as made:
        assert rebuilding.run(time.now, time.now) == Tally()
    assert [one.operation for one in made.seen] == ["Query"]


def test_another_primary_key_has_everything_hashed_anew(vault: Vault) -> None:
    id = vault.unix()
    committed = RingTable(wiring.keyring()).add_key(vault.now)[0]
    wiring.committer()([committed])
    wiring.keyring().forget()
    assert ids_found(vault, "db1") == [id]
    rebuilding, time = monitor(vault)
    assert rebuilding.run(time.now, time.now + timedelta(minutes=1)) == Tally()
    rebuild(vault)
    assert wiring.search_rebuilding().status().live.wish.key_id == 2
    assert ids_found(vault, "db1") == ids_found(vault, "example") == [id]


def test_a_total_is_exact_up_to_a_number_and_then_says_so(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "COUNTED", 3)
    for n in range(5):
        vault.unix(name=f"host {n}")
    service = wiring.vault_search()

    def said(query: Query, paging: Paging) -> tuple[int, int, bool]:
        page = service.search(vault.visit(), query, paging)
        return len(page.records), page.total, page.is_exact

    for text in ("host", ""):
        assert said(Query(text), Paging(0, 2)) == (2, 4, False)
        assert said(Query(text), Paging(2, 2)) == (2, 5, False)
        assert said(Query(text), Paging(4, 2)) == (1, 5, True)
        assert said(Query(text, counts=False), Paging(0, 2)) == (2, 3, False)
        assert service.total(vault.visit(), Query(text)) == 4
    assert service.total(vault.visit(), Query("host 1")) == 1


def test_pages_go_on_where_they_were_while_others_come_and_go(vault: Vault) -> None:
    """In order of (name, id) a page begins where the one before it ended."""
    ids = [vault.unix(name=name) for name in ("b", "a", "b", "c", "a b")]
    by_name = [ids[1], ids[4], ids[0], ids[2], ids[3]]
    service = wiring.vault_search()

    def paged(skip: int, *sort: Sort) -> list[int]:
        page = service.search(vault.visit(), Query(), Paging(skip, 2, sort))
        return [one.secret.id for one in page.records]

    assert paged(0) + paged(2) + paged(4) == by_name
    down = Sort("name", descending=True)
    assert paged(0, down) + paged(2, down) + paged(4, down) == by_name[::-1]
    assert paged(0, Sort("id", descending=True)) == [ids[4], ids[3]]


def test_a_first_page_is_four_calls_with_the_sessions_and_changes_stay_within_four(
    vault: Vault,
) -> None:
    folder = vault.folder()
    ids = [vault.unix(folder=folder) for _ in range(3)]
    ids_found(vault, "db1")
    visit = vault.visit()
    for query in (Query("db1"), Query("example"), Query(), Query("root", field="username")):
        with recording() as made:
            wiring.vault_search().search(visit, query, Paging())
        assert len(made.seen) <= 3, query
    visit = vault.visit(reads=ids[0])
    with recording() as made:
        wiring.vault_edits().change(visit, At(ids[0]), Change(name="another name"))
    assert [one.operation for one in made.seen] == ["TransactWriteItems"]


def test_the_table_shows_no_value_that_is_searched_in(vault: Vault) -> None:
    value = canary()
    vault.unix(values={"machine": f"{value}.example", "username": value})
    rows = client("dynamodb").scan(TableName=connection().data_table)["Items"]
    assert [one for one in rows if one["kind"]["S"] == "secret-find"]
    assert value.lower() not in str(rows).lower()


def test_killed_at_any_call_a_rebuild_is_finished_by_whoever_comes() -> None:
    reaper = Reaper(full_or(1, 4))
    with reaper.copying(), a_cluster():
        keyring.make_if_absent("c" * 32, wiring.clock())
        wiring.committer()([Gates().found(Gate("c" * 32))])
        vault = Vault()
        ids = [vault.unix(name=f"host {n}") for n in range(2)]
        wiring.settings().change(1, {"search_mode": "Extended"})
        with reaper.at_work():
            rebuild(vault)
        if reaper.has_killed:
            rebuild(vault)
        assert ids_found(vault, "host") == ids
        assert ids_found(vault, "b1.exa") == ids
        assert wiring.search_rebuilding().status().live.number == 2
    assert reaper.acts >= 5


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def test_the_configuration_shows_and_changes_how_secrets_are_indexed(house: House) -> None:
    path, admin = "/api/v1/configuration/secret-search-indexer", house.admin
    known = admin.get(path).json
    assert (known["status"], known["indexMode"], known["indexPercentComplete"]) == (
        "Idle",
        "Standard",
        100,
    )
    assert known["lastIndexDate"] is None
    change = {"indexMode": {"dirty": True, "value": "Extended"}}
    change["indexingSeparators"] = {"dirty": True, "value": ["-", "/"]}
    after = admin.patch(path, {"data": change}).json
    assert (after["status"], after["indexMode"]) == ("Indexing", "Extended")
    assert after["indexingSeparators"] == ["-", "/"]
    assert admin.post(f"{path}/rebuild-index").json is True
    for wrong in ("Other", 7, None):
        body = {"data": {"indexMode": {"dirty": True, "value": wrong}}}
        assert admin.patch(path, body).status == 400
    assert house.nobody.get(path).status == 400
