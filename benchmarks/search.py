"""What the first page of a search costs, among few secrets and among many.

The rows are put below every service: a secret's first slot with the entries that the questions
meet, and for those on a first page what is read of them. Every name is found by its part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib import wiring
from chalicelib.aws.table import DataRow
from chalicelib.core.plain import Plain
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.change import first_state
from chalicelib.vault.entry import entry_of, slots_of
from chalicelib.vault.grants import Grant, Grantee, Role, Who
from chalicelib.vault.search_index import Generation
from chalicelib.vault.secret import Secret
from chalicelib.vault.store import nouns, states
from chalicelib.vault.store.rows import slot_key
from chalicelib.vault.tokens import Text, Token, ask_fields, ask_names, tag
from tests.calls import AwsCall, recording
from tests.client import Answer

from .budget import Measure, Measured, calls
from .cluster import UNIX_ACCOUNT, Cluster, cluster, put

MANY = 10_000
SHOWN = 100
"""So many secrets can be read whole: a first page is among the first of them."""

QUESTIONS = {
    "everything": "",
    "one": "server 00042",
    "what all names hold": "server",
    "what all fields hold": "root",
}
COMMON = frozenset({"what all names hold", "what all fields hold"})
"""Questions that many entries answer: moto takes seconds for each."""


def page(question: str, stored: int) -> Measure:
    """The calls of the first page of that question among so many secrets."""

    def measure(_: Path) -> Measured:
        return calls(_pages(stored, question in COMMON)[question])

    return measure


@cache
def _pages(stored: int, common: bool) -> Mapping[str, Sequence[AwsCall]]:
    with cluster() as ours:
        me = int(ours.admin.get("/api/v1/users/current").json["id"])
        _store(stored, me)
        ours.admin.get("/api/v2/secrets?filter.searchText=nothing")
        ours.admin.get("/api/v1/secret-templates/2")  # a process that knows the templates
        found = {}
        for question, text in QUESTIONS.items():
            if (question in COMMON) is not common:
                continue
            path = f"/api/v2/secrets?take=10&filter.searchText={text.replace(' ', '+')}"
            answer, seen = _asked(ours, path)
            if any(one.operation == "UpdateItem" for one in seen):  # once a minute a token slides
                answer, seen = _asked(ours, path)
            wanted = 1 if question == "one" else 10
            assert len(answer.json["records"]) == wanted, answer.body
            assert answer.json["total"] == min(stored if wanted > 1 else 1, 1_001)
            found[question] = seen
        return found


def _asked(ours: Cluster, path: str) -> tuple[Answer, Sequence[AwsCall]]:
    with recording() as made:
        answer = ours.admin.get(path)
    return answer, made.seen


def _store(number: int, owner: int) -> None:
    """So many secrets, one person's own."""
    now = wiring.clock()()
    root = wiring.secret_values().seal(1, "username", 1, Plain("root"), now)
    grant = Grant(1, Grantee(Who.USER, owner), Role.OWNER)
    model = Secret(
        1, "", BUILT_IN[UNIX_ACCOUNT], now, inherits_permissions=False, grants=(grant,), values={}
    )
    hashed = wiring.search_store().hashed(Generation())
    tokens = _tokens(hashed)
    slots = []
    for id in range(1, number + 1):
        secret = replace(model, id=id, name=f"server {id:05d}")
        slots += _slots(secret, tokens if id != 42 else [*tokens, _rare(hashed)])
        if id <= SHOWN:
            value = wiring.secret_values().seal(id, "username", 1, Plain("root"), now)
            _shown(replace(secret, values={"username": replace(root, sealed=value.sealed)}))
    put(slots)


def _tokens(hashed: Any) -> list[Token]:
    everyone = ask_names(Text("server"), Generation(), hashed).tokens[0]
    word = ask_fields(Text("root"), Generation(), hashed).tokens[0]
    return [everyone, replace(word, tag=tag(hashed, "username"))]


def _rare(hashed: Any) -> Token:
    return ask_names(Text("server 00042"), Generation(), hashed).tokens[0]


def _slots(secret: Secret, tokens: Sequence[Token]) -> list[dict[str, Any]]:
    rows = []
    for number, places in enumerate(slots_of(entry_of(secret), tokens).places):
        pk, sk = slot_key(secret.id, number)
        texts = {"pk": pk, "sk": sk, "kind": "secret-find"}
        for index, place in enumerate(places, 1):
            if place is not None:
                texts |= {f"i{index}pk": place[0], f"i{index}sk": place[1]}
        rows.append({name: {"S": text} for name, text in texts.items()})
    return rows


def _shown(secret: Secret) -> None:
    rows: list[DataRow] = [
        nouns.row_of(secret),
        states.state_row(first_state(secret, secret.created_at)),
    ]
    with DataRow.batch_write() as batch:
        for row in rows:
            row.version = 1  # type: ignore[attr-defined]
            batch.save(row)
