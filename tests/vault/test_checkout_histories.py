"""Checkout is linearizable: histories of people who act at the same time, and a small checker."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest

from chalicelib import wiring
from chalicelib.access.permissions import ADMINISTRATOR
from chalicelib.access.principal import Principal
from chalicelib.core.errors import Conflict
from chalicelib.core.plain import Plain
from chalicelib.vault.change import Change, Item
from chalicelib.vault.checkout import CheckedOut, CheckoutTerms, RequiresCheckout
from chalicelib.vault.grants import Role
from chalicelib.vault.service import At, CheckoutService, SecretService
from tests.counts import full_or
from tests.linear import Done, is_linearizable
from tests.turns import interleaved
from tests.vault.conftest import Vault, granted, person

PEOPLE = [person(id, ADMINISTRATOR) for id in (11, 12, 13)]
TERMS = CheckoutTerms(required=True, minutes=24 * 60)
HISTORIES = full_or(400, 15)
ACTS_EACH = 4
ACTS = ("out", "out", "out", "in", "force", "read", "read", "read", "edit", "edit", "work", "over")
ASK_NO_HOLDER = ("force", "over", "work")
GAVE_UP = "gave up"

Act = tuple[str, int, str]  # what, who, and the note that he writes
State = tuple[int, str]  # who holds it, 0 for nobody; the note that is in it

FREE = (0, "")


def model(state: State, act: Act) -> tuple[State, Hashable]:
    """One secret with one note."""
    (holder, note), (what, who, text) = state, act
    if what in ASK_NO_HOLDER:
        return (state if what == "work" else (0, note)), "done"
    if holder not in (0, who):
        return state, "another's"
    if what == "read":
        return state, f"read {note}" if holder else "nobody's"
    return {"out": (who, note), "in": (0, note), "edit": (holder, text)}[what], "done"


@dataclass
class Recorder:
    """A secret, and the history of what is done with it."""

    vault: Vault
    id: int
    checkouts: CheckoutService = field(init=False)
    secrets: SecretService = field(init=False)
    moments: count[int] = field(default_factory=count)
    history: list[Done[Act]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.checkouts = replace(wiring.checkouts(), minutes=lambda: 30)
        self.secrets = replace(wiring.vault(), checkouts=self.checkouts)

    def program(self, who: Principal, acts: list[str]) -> Callable[[], None]:
        def run() -> None:
            for what in acts:
                begin = next(self.moments)
                result = self._result(what, who, f"note {begin}")
                end = next(self.moments)
                self.history.append(Done(begin, end, (what, who.user_id, f"note {begin}"), result))

        return run

    def _result(self, what: str, who: Principal, note: str) -> str:
        try:
            return self._do(what, who, note)
        except CheckedOut:
            return "another's"
        except RequiresCheckout:
            return "nobody's"
        except Conflict:
            return GAVE_UP

    def _do(self, what: str, who: Principal, note: str) -> str:
        if what == "over":  # CheckOutMonitor, on a clock that is two days ahead
            self.checkouts.check_in_what_is_over(self.vault.now + timedelta(days=2))
            return "done"
        if what == "work":  # a heartbeat, say: the state moves, and its holder stays
            state = self.vault.stored(self.id).state
            wiring.committer()([wiring.secret_store().put_state(state)])
            return "done"
        visit, at = self.vault.visit(who, reads=self.id), At(self.id)
        match what:
            case "out":
                self.checkouts.check_out(visit, at)
            case "in" | "force":
                self.checkouts.check_in(visit, at, force=what == "force")
            case "read":
                values = self.secrets.read(visit, at).values
                return f"read {values['notes'].reveal() if 'notes' in values else ''}"
            case "edit":
                change = Change(items=(Item(Plain(note), slug="notes"),))
                wiring.vault_edits().change(visit, at, change)
        return "done"


@pytest.fixture
def folder(vault: Vault) -> int:
    return vault.folder(*(granted(one, Role.OWNER) for one in PEOPLE))


def test_histories_of_three_people_who_act_at_the_same_time(vault: Vault, folder: int) -> None:
    results: set[Hashable] = set()
    for seed in range(HISTORIES):
        chance = random.Random(seed)  # noqa: S311 - a simulation
        one = Recorder(vault, vault.unix(folder=folder, checkout=TERMS))
        one.checkouts.check_out(vault.visit(reads=one.id), At(one.id))  # warm
        one.checkouts.check_in(vault.visit(reads=one.id), At(one.id))
        programs = [one.program(who, chance.choices(ACTS, k=ACTS_EACH)) for who in PEOPLE]
        interleaved(programs, seed)
        assert is_linearizable(one.history, model, FREE, GAVE_UP), (seed, one.history)
        results |= {f"{done.act[0]}: {done.result}" for done in one.history}
    assert {"read: read ", "read: another's", "out: another's", "edit: another's"} <= results


def test_the_checker_takes_an_order_that_fits() -> None:
    history = [
        Done(0, 3, ("out", 1, ""), "done"),
        Done(1, 2, ("read", 2, ""), "nobody's"),  # before the check-out took effect
        Done(4, 9, ("in", 1, ""), "done"),
        Done(5, 6, ("read", 1, ""), "read "),
        Done(7, 8, ("out", 2, ""), "done"),
    ]
    assert is_linearizable(history, model, FREE)


@pytest.mark.parametrize(
    "history",
    [
        [Done(0, 3, ("out", 1, ""), "done"), Done(1, 2, ("out", 2, ""), "done")],
        [Done(0, 1, ("out", 1, ""), "done"), Done(2, 3, ("read", 2, ""), "read ")],
        [Done(0, 1, ("out", 1, ""), "done"), Done(2, 3, ("read", 1, ""), "nobody's")],
        [Done(0, 1, ("force", 2, ""), "done"), Done(2, 3, ("out", 1, ""), "another's")],
        [
            Done(0, 1, ("out", 1, ""), "done"),
            Done(2, 3, ("edit", 1, "x"), "done"),
            Done(4, 5, ("read", 1, ""), "read "),
        ],
    ],
    ids=[
        "two hold it",
        "another reads",
        "lost without a check-in",
        "held by nobody",
        "a note lost",
    ],
)
def test_the_checker_finds_what_does_not_fit(history: list[Done[Act]]) -> None:
    assert not is_linearizable(history, model, FREE)
