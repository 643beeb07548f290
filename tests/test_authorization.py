"""Every route x every role x every state: what the table says, and nothing else.

The table (`tests/authorization`) is written by hand. A route without a row fails here, and so does
a row without a route. `make test` asks on both sides of each line that the table draws; `make
prove` asks everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from chalicelib.web.areas import all_endpoints
from tests import canary
from tests.authorization import own_calls
from tests.authorization.row import Outcome, Role, Row, State, expected
from tests.authorization.table import ANONYMOUS, AREAS, PAGES, ROWS
from tests.authorization.world import NO_SUCH, Places, World, world
from tests.client import Answer
from tests.conftest import a_cluster
from tests.counts import FULL
from tests.operations.call import Call, asked, words
from tests.operations.table import STEPS

ROLES = list(Role)
EVERYBODY = [(role, state) for role in ROLES for state in State]
VALUES = {"slug": "password", "version": "1", "itemType": "Secret"}
"""What the variables of a path stand for; ids are of the row's thing, or of nothing."""

BY_CODE = {one.value: one for one in Outcome}
NOTHING_THERE = re.compile(r"The (?!file|field|upload|hook)[\w ]+ was not found\b")
NOT_HERE = {
    "POST /api/v1/configuration/security/cancel-rotate-secret-keys": "no rotation is under way",
    "POST /api/v1/disaster-recovery/data-replication/run-now": "it is no replica",
    "PATCH /api/v1/disaster-recovery/incoming-configuration": "it is no replica",
    "POST /api/v1/users/delete-pii/{id}": "the user is enabled",
}
"""Requests of the walk that do not succeed in the world of the matrix."""
Cell = tuple[Row, Role, State]
PATTERNS = {row.route: re.compile(re.sub(r"\{\w+\}", "[^/]+", row.route)) for row in ROWS}


def test_every_route_has_one_row_and_every_row_a_route() -> None:
    listed = [row.route for row in ROWS] + [*PAGES, *ANONYMOUS]
    assert sorted(listed) == sorted(one.name for one in all_endpoints())


def test_what_asks_for_no_token_is_what_the_table_says() -> None:
    anonymous = {one.name for one in all_endpoints() if one.anonymous}
    assert anonymous == {*PAGES, *ANONYMOUS}


def test_the_role_permission_that_a_route_declares_is_that_of_the_table() -> None:
    asked = {row.route: row.asked for row in ROWS}
    declared = {one.name: one.permissions for one in all_endpoints() if one.permission}
    assert declared == {name: asked[name][: len(said)] for name, said in declared.items()}


def test_maintenance_mode_stops_what_the_table_says() -> None:
    stopped = {one.name for one in all_endpoints() if one.writes == "vault"}
    assert {row.route for row in ROWS if row.frozen} == stopped


@cache
def calls() -> Mapping[str, list[Call]]:
    """The requests of the walk by their routes."""
    found: dict[str, list[Call]] = {}
    for one in (*STEPS, *own_calls.CALLS):
        if isinstance(one, Call) and not one.by and not one.form:
            found.setdefault(route_of(one), []).append(one)
    return found


@pytest.mark.parametrize("area", AREAS)
def test_who_may_what(area: str) -> None:
    with a_cluster():
        wrong = [*wrongs(cells(AREAS[area]))]
    assert not wrong, "\n".join(wrong)


def cells(rows: Sequence[Row]) -> list[Cell]:
    """What is asked: those in maintenance mode last, as they need a cluster of their own."""
    found = [(row, *met) for row in rows for met in (EVERYBODY if FULL else edges(row))]
    return sorted(found, key=lambda cell: cell[2] is State.MAINTENANCE)


def edges(row: Row) -> Iterable[tuple[Role, State]]:
    """Both sides of each line: the least that is allowed, the most that meets anything else.

    Whom a row asks for nothing else meets the same in every state. What shows values is asked by
    users in all of them.
    """
    met: dict[Outcome, list[tuple[Role, State]]] = {}
    for role, state in EVERYBODY:
        if row.need or state is State.OWNER:
            met.setdefault(expected(row, role, state), []).append((role, state))
    chosen = {(Role.USER, state) for state in State if row.shows}
    for outcome, them in met.items():
        farthest = min if outcome is Outcome.ALLOWED else max
        chosen |= {farthest(them, key=by_role), farthest(them, key=by_grant)}
    return sorted(chosen, key=EVERYBODY.index)


def by_role(one: tuple[Role, State]) -> tuple[int, int]:
    return -ROLES.index(one[0]), one[1].grant


def by_grant(one: tuple[Role, State]) -> tuple[int, int]:
    return one[1].grant, -ROLES.index(one[0])


def wrongs(asked: Iterable[Cell]) -> Iterator[str]:
    """The cells that are not as the table says. What has written leaves nothing behind."""
    known: World | None = None
    was_in_maintenance = False
    for row, role, state in asked:
        in_maintenance = state is State.MAINTENANCE
        if known is None or in_maintenance is not was_in_maintenance:
            known, was_in_maintenance = world(maintenance=in_maintenance), in_maintenance
        answer = ask(known, row, role, state)
        wanted, met = expected(row, role, state), outcome(row, answer)
        cell = f"{row.route} as {role.name}, {state.name}"
        if canary.is_in(answer.body.decode(errors="replace")):
            if not row.shows or wanted is not Outcome.ALLOWED:
                yield f"{cell}: shows a secret value"
        elif wanted is met is Outcome.ALLOWED and fails(row, known.places[state], answer):
            yield f"{cell}: may, and does not succeed: {answer.status} {answer.message}"
        elif wanted is not met or answer.status == 500:
            yield f"{cell}: {wanted.name}, not {met.name}: {answer.status} {answer.body[:200]!r}"
        if row.writes and (answer.status < 400 or wanted is not met):
            known = None


def ask(known: World, row: Row, role: Role, state: State) -> Answer:
    """What the walk over all operations asks, if it does; or else what the row says."""
    method, path = row.route.split(" ")
    places = known.places[state]
    if call := walked(row, places):
        return asked(known.people[role], call, places)
    body = None if method == "GET" else filled(row.body or {}, places)
    there = path_of(path, str(places[row.of]))
    return known.people[role].request(method, there, json=body, query=filled(row.query, places))


def fails(row: Row, places: Places, answer: Answer) -> bool:
    """Whether that is no success, where the walk asks for one."""
    return answer.status != 200 and row.route not in NOT_HERE and walked(row, places) is not None


def walked(row: Row, places: Places) -> Call | None:
    """The walk's request for a row that says no more than the role permission it asks for."""
    if not row.asks or row.need or row.others or row.body or row.query or row.of != "<none>":
        return None
    of_route = calls().get(row.route, ())
    return next((one for one in of_route if words(one) <= places.keys()), None)


def route_of(call: Call) -> str:
    """The row whose route the request meets: one without variables before one with."""
    met = [row.route for row in ROWS if PATTERNS[row.route].fullmatch(call.asks)]
    return min(met, key=lambda route: route.count("{"), default="")


def path_of(path: str, id: str) -> str:
    """The path with its first id as that one, others as a thing that is not there."""
    for name, value in VALUES.items():
        path = path.replace(f"{{{name}}}", value)
    path = re.sub(r"\{\w+\}", id, path, count=1)
    return re.sub(r"\{\w+\}", str(NO_SUCH), path)


def filled(value: Any, places: Places) -> Any:
    """The same, with ids where "<secret>" and the like stand."""
    if isinstance(value, Mapping):
        return {name: filled(one, places) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, places) for one in value]
    return places.get(value, value) if isinstance(value, str) else value


def outcome(row: Row, answer: Answer) -> Outcome:
    """What an answer means; that a part of a thing is not there, is no refusal."""
    if answer.status < 400:
        return Outcome.ALLOWED
    said = json.loads(answer.body)
    if answer.status == 404:
        is_hidden = (row.need or row.others) and NOTHING_THERE.match(str(said.get("message")))
        return Outcome.HIDDEN if is_hidden else Outcome.ALLOWED
    return BY_CODE.get(str(said.get("errorCode")), Outcome.ALLOWED)
