"""A vault on moto with three people in it, for tests of its services."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.access.permissions import ADMINISTRATOR, SHIPPED, USER
from chalicelib.access.principal import Principal
from chalicelib.aws import keyring
from chalicelib.cluster.gate import GATE_KEY, Gate
from chalicelib.cluster.store import Gates
from chalicelib.core.plain import Plain
from chalicelib.sites.site import Site
from chalicelib.vault import templates
from chalicelib.vault.change import Change, Draft, Item
from chalicelib.vault.folder import NO_FOLDER, Folder
from chalicelib.vault.grants import FolderRole, Grant, Grantee, Role, Who
from chalicelib.vault.secret import Stored
from chalicelib.vault.service import At, Found
from chalicelib.vault.visit import Visit
from tests import moto_cluster
from tests.canary import canary
from tests.conftest import forget

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
SITE = 7
"""One besides Local."""


def person(id: int, role: int = USER, *groups: int, without: str = "") -> Principal:
    permissions = SHIPPED[role][1] | {"Create Root Folders", "View Deleted Secrets"}
    return Principal(
        id,
        f"user{id}",
        f"User {id}",
        permissions - {without},
        frozenset(groups),
        address="10.0.0.9",
    )


ANN, BEN, EVE = person(11), person(12), person(13)
ADMIN = person(1, ADMINISTRATOR)


@dataclass
class Vault:
    """What tests do with a vault, in few words. Every visit is a request of its own."""

    now: datetime = NOON

    def visit(self, who: Principal = ANN, reads: int = 0) -> Visit:
        """A request by somebody; with `reads`, that secret's rows came with the session."""
        self.now += timedelta(seconds=1)
        store = wiring.secret_store()
        from chalicelib.aws.table import read

        keys = [(pk, sk) for _, pk, sk in store.keys(reads)] if reads else []
        rows = read([*keys, GATE_KEY])
        gate = wiring.gate().parse(rows.get(GATE_KEY))
        found = gate.epoch("search")
        return Visit(who, self.now, gate.epoch("folders"), rows, search_epoch=found)

    def folder(self, *grants: Grant, name: str = "", parent: int = NO_FOLDER) -> int:
        """A folder that Ann owns, shared by those grants besides."""
        name = name or secrets.token_hex(4)
        made = wiring.folders().create(self.visit(), Folder(0, name, parent))
        if grants:
            store = wiring.folder_store()
            tree = store.tree(self.visit().epoch)
            all_of_them = tree.grants_on(made.folder.id) + grants
            folder = tree.folder(made.folder.id)
            shared = replace(folder, grants=all_of_them, inherits_permissions=False)
            wiring.committer()([store.put(shared), wiring.gate().bump("folders")])
        return made.folder.id

    def unix(self, who: Principal = ANN, folder: int = NO_FOLDER, **more: Any) -> int:
        """The id of a new Unix account's secret."""
        values = {"machine": "db1.example", "username": "root", "password": canary()}
        values |= more.pop("values", {})
        draft = Draft(
            more.pop("name", "db1 root"),
            templates.UNIX_ACCOUNT_SSH,
            folder,
            items=items(values),
            **more,
        )
        return wiring.vault().create(self.visit(who), draft).secret.id

    def stored(self, id: int) -> Stored:
        return wiring.secret_store().fetch([id])[id]

    def value(self, id: int, slug: str) -> str:
        """A value as it is stored, by no right at all."""
        secret = self.stored(id).secret
        return wiring.secret_values().open(id, secret.value_of(slug)).reveal()

    def edit(self, id: int, change: Change, who: Principal = ANN) -> Found:
        return wiring.vault_edits().change(self.visit(who, reads=id), At(id), change)

    def trail(self, id: int, kind: str = "Secret") -> list[str]:
        """The actions of the trail about a thing, in order of the alphabet."""
        from chalicelib.core.paging import Paging

        lines = wiring.trail().of(kind, id, Paging(take=100)).records
        assert all(line.is_genuine for line in lines)
        return sorted(line.record.action for line in lines)


def items(values: dict[str, str]) -> tuple[Item, ...]:
    return tuple(Item(Plain(value), slug=slug) for slug, value in values.items())


def granted(to: Principal, role: Role | None, folder_role: FolderRole = FolderRole.VIEW) -> Grant:
    id = 1_000_000 + to.user_id
    return Grant(id, Grantee(Who.USER, to.user_id), role, folder_role)


@pytest.fixture
def vault(aws: None) -> Vault:
    moto_cluster.kept("vault", _found)
    forget()
    return Vault()


def _found() -> None:
    keyring.make_if_absent("c" * 32, wiring.clock())
    site = wiring.sites().store.put(Site(SITE, "Seven"))
    wiring.committer()([Gates().found(Gate("c" * 32)), *site])
