"""A cluster with somebody of each role in it, and a secret in a folder for each state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib import wiring
from chalicelib.cluster.gate import FIRST
from chalicelib.cluster.store import Gates
from tests import moto_cluster
from tests.canary import canary
from tests.client import Answer, Client
from tests.conftest import forget
from tests.house import open_house
from tests.operations.call import Call, asked, keep
from tests.operations.meanwhile import engine_registers, node_is_seen
from tests.operations.table import STEPS
from tests.vault.api import made_folder, made_secret

from .row import Grant, Role, State

Places = Mapping[str, Any]
"""What "<secret>" and the like stand for."""

NO_SUCH = 900_007
ROLE_IDS = {Role.ADMINISTRATOR: 1, Role.USER: 2, Role.READER: 3}
THINGS = {
    "<bob>",
    "<cleo>",
    "<group>",
    "<member>",
    "<unused group>",
    "<role>",
    "<permission>",
    "<range>",
    "<rule>",
    "<node>",
    "<setting>",
    "<site>",
    "<template>",
    "<keeper>",
    "<shade>",
    "<type>",
    "<whole type>",
    "<set>",
    "<requirement>",
    "<policy>",
    "<list>",
    "<script>",
    "<old script>",
    "<workflow>",
}
"""What the walk makes that its requests need: the matrix asks them of whoever may."""
MEANWHILE = (engine_registers, node_is_seen)
GRANTS = {
    Grant.LISTER: ("View", "List"),
    Grant.VIEWER: ("Add Secret", "View"),
    Grant.EDITOR: ("Edit", "Edit"),
    Grant.OWNER: ("Owner", "Owner"),
}
"""The roles on the folder, and on what is in it."""


@dataclass(frozen=True)
class World:
    people: Mapping[Role, Client]
    places: Mapping[State, Places]


def world(*, maintenance: bool = False) -> World:
    """As it was made, whatever was done to it since. Needs the fixture `aws`."""
    if maintenance:
        made = moto_cluster.kept("matrix in maintenance", _under_maintenance)
    else:
        made = moto_cluster.kept("matrix", _made)
    forget()
    return made


def _under_maintenance() -> World:
    made = world()
    gate = Gates().fetch()
    nodes = {"node-a": replace(FIRST, maintenance=True)}
    wiring.committer()([Gates().rewrite(gate, replace(gate, nodes=nodes))])
    return made


def _made() -> World:
    moto_cluster.fresh("test")  # a walk may take longer than what is kept is good for
    forget()
    house = open_house()
    ada = replace(house.admin, check=False)
    people = {Role.BARE: replace(house.nobody, check=False)}
    people |= {role: _person(ada, role.name.lower(), id) for role, id in ROLE_IDS.items()}
    ids = [who.get("/api/v1/users/current").json["id"] for who in people.values()]
    group = _done(ada.post("/api/v1/groups", {"name": "all of them"}))["id"]
    for id in ids:
        _done(ada.post(f"/api/v1/groups/{group}/users", {"userId": id}))
    me = ada.get("/api/v1/users/current").json["id"]
    mine = ada.get(f"/api/v1/users/{me}").json["personalGroupId"]
    known: dict[str, int | str] = {"<ada>": me, "<approvers>": mine, "<none>": NO_SUCH}
    places = {state: _place(ada, group, state) | known for state in State}
    others = _others(ada, places, known)
    walked = _walked(ada, known)
    return World(people, {state: {**walked, **one, **others} for state, one in places.items()})


def _walked(ada: Client, known: Mapping[str, int | str]) -> dict[str, Any]:
    """One of each of THINGS, made as the walk over all operations makes them."""
    found: dict[str, Any] = {**known, "<password>": canary(), "<again>": ""}
    for step in STEPS:
        if not isinstance(step, Call):
            if step in MEANWHILE:
                step(found)
        elif THINGS & set(step.keeps):
            answer = asked(ada, step, found)
            _done(answer)
            keep(step, answer, found)
    return found | {"<again>": "2"}


def _person(ada: Client, name: str, role: int) -> Client:
    password = canary()
    body = {"userName": name, "displayName": name, "password": password}
    user = _done(ada.post("/api/v1/users", body))["id"]
    path = f"/api/v1/users/{user}/roles"
    ada.delete(path, {"roleIds": [2]})
    _done(ada.post(path, {"roleIds": [role]}))
    return replace(ada, token="").login(name, password)


def _place(ada: Client, group: int, state: State) -> dict[str, int | str]:
    """A folder and a secret in it, of which that group finds what the state says."""
    folder = made_folder(ada, state.value)
    if state.grant:
        on_folder, on_secret = GRANTS[state.grant]
        body = {
            "folderId": folder,
            "groupId": group,
            "breakInheritance": True,
            "folderAccessRoleName": on_folder,
            "secretAccessRoleName": on_secret,
        }
        _done(ada.post("/api/v1/folder-permissions", body))
    secret = made_secret(ada, folder)["id"]
    own = {"data": {"inheritPermissions": {"dirty": True, "value": False}}}
    _done(ada.patch(f"/api/v1/secrets/{secret}/share", own))
    return {
        "<folder>": folder,
        "<secret>": secret,
        "<folder grant>": _first_grant(ada, "folder", folder),
        "<grant>": _first_grant(ada, "secret", secret),
    }


def _first_grant(ada: Client, kind: str, id: int) -> int:
    query = {f"filter.{kind}Id": id}
    return int(_done(ada.get(f"/api/v1/{kind}-permissions", query=query))["records"][0]["id"])


def _others(
    ada: Client, places: Mapping[State, Places], known: Mapping[str, int | str]
) -> dict[str, int | str]:
    """What is Ada's alone; with what she does about the secrets to be checked out, or approved."""
    taken, asked = (places[one]["<secret>"] for one in (State.TAKEN, State.ASKED))
    _set(ada, "PATCH", taken, "security-checkout", checkOutEnabled=True)
    _done(ada.post(f"/api/v1/secrets/{taken}/check-out"))
    terms = {"requireApprovalType": "RequireEveryoneApproval", "approvers": [known["<approvers>"]]}
    _set(ada, "PUT", asked, "security-approval", **terms)
    request = {"secretId": asked, "requestComment": "mine"}
    erased = {"secretIds": [places[State.NO_GRANT]["<secret>"]], "requestComment": "old"}
    bulk = {"data": {"secretIds": [places[State.NO_GRANT]["<secret>"]]}}
    export = {"data": {"notes": "all of it", "password": canary()}}
    _done(ada.get("/api/v1/api-token/generate-token"))
    _done(ada.put("/api/v1/users/doublelock-password", {"newPassword": canary()}))
    return {
        "<request>": _done(ada.post("/api/v1/secret-access-requests", request))[
            "secretAccessRequestId"
        ],
        "<erase>": _done(ada.post("/api/v1/secret-erase-requests", erased))["secretEraseRequestId"],
        "<operation>": _done(ada.post("/api/v1/bulk-secret-operations/run-heartbeat", bulk))[
            "bulkOperationId"
        ],
        "<export>": _done(ada.post("/api/v2/secrets/export/job", export))["jobId"],
        "<lock>": _done(ada.post("/api/v1/double-locks", {"name": "hers"}))["id"],
        "<token>": ada.get("/api/v1/api-token").json["records"][0]["id"],
        "<session>": ada.get("/api/v1/users/sessions").json["records"][0]["userSessionId"],
        "<message>": NO_SUCH,
    }


def _set(ada: Client, method: str, id: int | str, what: str, **terms: Any) -> None:
    dirty = {name: {"dirty": True, "value": value} for name, value in terms.items()}
    _done(ada.request(method, f"/api/v3/secrets/{id}/{what}", json={"data": dirty}))


def _done(answer: Answer) -> Any:
    assert answer.status == 200, answer.message
    return answer.json
