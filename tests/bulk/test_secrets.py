"""Each action on secrets, through HTTP and the worker: it does what the request for one does."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.aws.queues import Queues
from chalicelib.bulk.action import ACTIONS, Kind
from chalicelib.bulk.operation import MOST
from chalicelib.bulk.store import OperationRow
from chalicelib.cluster.store import Gates
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.search_index import SearchIndex
from chalicelib.vault.service.rebuilding import EPOCH as SEARCH_EPOCH
from chalicelib.vault.state import HeartbeatStatus
from chalicelib.vault.store import SearchStore
from tests.bulk.world import World, bare, cluster, routes, time, told, world
from tests.canary import canary
from tests.client import Client
from tests.contract_schemas import needed_contract
from tests.vault.api import made_folder, made_secret, share

__all__ = ["bare", "cluster", "routes", "time", "world"]

DONE = "Finished: 3 of 3 done, 0 failed."


@pytest.fixture
def bob(world: World) -> tuple[Client, int]:
    id, password = world.cluster.make_user("bob")
    return world.cluster.client.login("bob", password), id


def test_secrets_are_put_away_and_brought_back(world: World) -> None:
    ids = world.secrets(3)
    found = world.finished("deactivate", secretIds=ids)
    assert (found["statusMessage"], found["percentageComplete"]) == (DONE, 100)
    assert found["errors"] == []
    assert not any(world.stored(id).secret.is_active for id in ids)
    assert world.finished("activate", secretIds=ids)["statusMessage"] == DONE
    assert all(world.stored(id).secret.is_active for id in ids)
    assert told(ids, "DELETE") == told(ids, "UNDELETE") == [1, 1, 1]


def test_switches_are_turned_on_and_off(world: World) -> None:
    [id] = world.secrets(1)
    for turn, after in (("enable", True), ("disable", False)):
        for what in ("autochange", "heartbeat", "checkout"):
            world.ask(f"{turn}-{what}", secretIds=[id])
        world.work()
        secret = world.stored(id).secret
        switches = (secret.switches.auto_change, secret.switches.heartbeats)
        assert (*switches, secret.checkout.required) == (after, after, after)


def test_secrets_are_moved(world: World) -> None:
    ids, other = world.secrets(2), made_folder(world.ada, "Other")
    assert not world.finished("move-to-folder", secretIds=ids, folderId=other)["errors"]
    assert {world.stored(id).secret.folder_id for id in ids} == {other}
    answer = world.asked("move-to-folder", secretIds=ids, folderId=999)
    assert (answer.status, "not found" in answer.message) == (404, True)


def test_what_is_moved_is_indexed_as_the_index_is_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, other = world.secrets(2), made_folder(world.ada, "Other")
    asked, at = [], SearchStore.at

    def seen(store: SearchStore, epoch: int) -> SearchIndex:
        asked.append(epoch)
        return at(store, epoch)

    monkeypatch.setattr(SearchStore, "at", seen)
    wiring.committer()([Gates().bump(SEARCH_EPOCH)])
    assert not world.finished("move-to-folder", secretIds=ids, folderId=other)["errors"]
    assert set(asked) == {1}


def test_secrets_get_a_site_that_is_there(world: World) -> None:
    ids = world.secrets(2)
    body = {"data": {"siteName": "Far"}}
    site = world.ada.post("/api/v1/distributed-engine/site", body).json["siteId"]
    assert not world.finished("assign-site", secretIds=ids, siteId=site)["errors"]
    assert {world.stored(id).secret.site_id for id in ids} == {site}
    assert {world.stored(id).state.site_id for id in ids} == {site}
    assert world.asked("assign-site", secretIds=ids, siteId=999).status == 404


def test_secrets_are_shared_in_one_change_each(world: World, bob: tuple[Client, int]) -> None:
    group = world.ada.post("/api/v1/groups", {"name": "Staff"}).json["id"]
    personal = world.ada.get(f"/api/v1/users/{bob[1]}").json["personalGroupId"]
    ids = [int(made_secret(world.ada)["id"]) for _ in range(2)]
    inherits = int(made_secret(world.ada, world.folder)["id"])
    permissions = [
        {"groupId": group, "secretAccessRoleId": 2},
        {"groupId": personal, "isPersonal": True, "secretAccessRoleId": 3},
    ]
    for _ in range(2):
        found = world.finished("add-share", secretIds=[*ids, inherits], permissions=permissions)
        assert ["inherited" in one["errorMessage"] for one in found["errors"]] == [True]
        assert found["errors"][0]["itemName"] == "db1 root"
    assert told(ids, "SHARE") == [1, 1]
    grants = world.ada.get(f"/api/v1/secret-permissions?filter.secretId={ids[0]}").json["records"]
    names = {one["knownAs"]: one["secretAccessRoleName"] for one in grants}
    assert names == {"ada": "Owner", "Staff": "View", "Bob": "Edit"}


@pytest.mark.parametrize(
    ("permissions", "why"),
    [
        ([], "1 to 20"),
        ([{"groupId": 999, "secretAccessRoleId": 1}], "not found"),
        ([{"groupId": 1, "secretAccessRoleId": 7}], "secretAccessRoleId"),
    ],
)
def test_a_share_that_cannot_be_is_refused_at_once(
    world: World, permissions: list[Any], why: str
) -> None:
    answer = world.asked("add-share", secretIds=[1], permissions=permissions)
    assert (answer.status in (400, 404), why in answer.message) == (True, True)


def waiting(queue: str) -> int:
    return Queues().depth(queue).waiting


def test_heartbeats_are_run_once_each_and_keep_nobody_waiting(world: World) -> None:
    ids = world.secrets(2)
    for _ in range(2):
        assert not world.finished("run-heartbeat", secretIds=ids)["errors"]
    assert {world.stored(id).state.heartbeat for id in ids} == {HeartbeatStatus.PENDING}
    assert told(ids, "HEARTBEAT") == [1, 1]
    assert [waiting("site-1"), waiting("site-1-now")] == [2, 0]


def test_passwords_are_changed_to_random_ones(world: World) -> None:
    ids = world.secrets(2)
    assert not world.finished("change-password-remotely", secretIds=ids)["errors"]
    assert all(world.stored(id).state.change_item for id in ids)
    assert told(ids, "PASSWORD CHANGE") == [1, 1]
    again = world.finished("change-password-remotely", secretIds=ids)
    assert ["under way" in one["errorMessage"] for one in again["errors"]] == [True, True]


def test_many_get_a_password_that_is_given(world: World) -> None:
    """It lies sealed with the operation, in no message and no line, and goes with its end."""
    ids, value = world.secrets(2), canary()
    id = world.ask("change-password-remotely", secretIds=ids, nextPassword=value)
    row = OperationRow.get(f"bulk#{id}", "operation")
    assert row.sealed and value not in str(row.serialize())
    world.work()
    assert not world.progress(id)["errors"]
    store = wiring.rotation().asking.ports.store
    changes = store.find((), ids).changes.values()
    assert [store.open(one, one.candidate).reveal() for one in changes] == [value, value]
    assert all(one.given for one in changes)
    assert OperationRow.get(f"bulk#{id}", "operation").sealed is None


@pytest.mark.parametrize(
    "given", [{"nextPassword": "x" * 1001}, {"nextPrivateKey": "x"}, {"generateSSHKey": True}]
)
def test_keys_and_what_is_too_long_for_many_are_refused(
    world: World, given: dict[str, Any]
) -> None:
    answer = world.asked("change-password-remotely", secretIds=[1], **given)
    assert answer.status == 400


def test_many_get_another_template_and_keep_their_values(world: World) -> None:
    value = canary()
    ids = world.secrets(2, password=value)
    kind, other = BUILT_IN[6007], BUILT_IN[2]
    pairs = [
        {"sourceFieldId": kind.by_slug(slug).id, "destinationFieldId": other.by_slug(to).id}
        for slug, to in (
            ("machine", "resource"),
            ("username", "username"),
            ("password", "password"),
        )
    ]
    body: dict[str, Any] = {
        "secretIds": [*ids, 999],
        "secretTemplateId": other.id,
        "fieldMapping": pairs,
    }
    found = world.finished("convert-type", **body)
    assert [one["itemName"] for one in found["errors"]] == ["secret 999"]
    for id in ids:
        assert world.stored(id).secret.template.id == other.id
        assert world.ada.get(f"/api/v1/secrets/{id}/fields/password").json == value
    assert told(ids, "CONVERT") == [1, 1]
    assert world.asked("convert-type", secretIds=ids, secretTemplateId=999_999).status == 404


def test_each_item_is_judged_and_told_by_itself(world: World, bob: tuple[Client, int]) -> None:
    """What Bob may not know of he is told by its number; the trail has what he was refused."""
    mine = world.secrets(1)[0]
    seen = int(made_secret(world.ada, made_folder(world.ada, "Seen"))["id"])
    share(world.ada, world.folder, bob[1], "Owner")
    share(world.ada, world.stored(seen).secret.folder_id, bob[1], "View")
    hidden = int(made_secret(world.ada)["id"])
    found = world.finished("deactivate", bob[0], secretIds=[hidden, seen, 999_999, mine])
    assert found["statusMessage"] == "Finished: 1 of 4 done, 3 failed."
    told_of = {one["itemName"]: one["errorMessage"] for one in found["errors"]}
    assert told_of.keys() == {f"secret {hidden}", "db1 root", "secret 999999"}
    assert "Access denied" in told_of["db1 root"]
    assert told_of[f"secret {hidden}"] == told_of["secret 999999"]
    assert told([hidden, seen], "REFUSED") == [1, 1]
    assert told([hidden, seen, mine], "DELETE") == [0, 0, 1]


@pytest.mark.parametrize(
    "ids", [[], [0], [-1], [2**31], list(range(1, MOST + 2))], ids=lambda one: str(one)[:12]
)
def test_ids_that_cannot_be_are_refused(world: World, ids: list[int]) -> None:
    assert world.asked("deactivate", secretIds=ids).status == 400
    assert world.messages() == []


def test_only_its_asker_looks_and_only_he_or_an_administrator_ends_it(
    world: World, bob: tuple[Client, int]
) -> None:
    id = world.ask("deactivate", bob[0], secretIds=[999])
    assert world.progress(id, bob[0])["percentageComplete"] == 0
    path = f"/api/v1/bulk-operations/{id}"
    assert world.ada.get(f"{path}/progress").status == 404
    assert world.ada.post(f"{path}/cancel").json["identifier"] == id
    others = world.ask("deactivate", secretIds=[999])
    assert bob[0].post(f"/api/v1/bulk-operations/{others}/cancel").status == 404
    for strange in ("7", "x" * 3000, "0" * 32):
        assert world.ada.get(f"/api/v1/bulk-operations/{strange}/progress").status == 404


NOT_THERE = {
    Kind.SECRET: {
        "assign-jumpbox-route",
        "convert-type",
        "delete-dependencies",
        "disable-dependencies",
        "disable-hide-launcher-password",
        "enable-dependencies",
        "enable-hide-launcher-password",
        "set-dependencies-password",
        "update-associated-secrets",
    },
    Kind.USER: {
        "add-to-team",
        "disable-duo-auth",
        "disable-radius-two-factor",
        "enable-duo-auth",
        "enable-radius-two-factor",
        "remove-from-team",
    },
}
"""Actions of features that are not there."""
OURS = {"expire"}


def test_every_action_of_the_contract_whose_feature_is_there_is_there() -> None:
    groups = {Kind.SECRET: "BulkSecretOperations", Kind.USER: "BulkUserOperations"}
    for kind, group in groups.items():
        listed = [one.name for one in needed_contract().operations if one.group == group]
        named = {one.rpartition("/")[2] for one in listed}
        ours = {one.name for one in ACTIONS if one.kind is kind}
        assert named - ours <= NOT_THERE[kind]
        assert ours - named <= OURS


def test_secrets_are_shared_with_these_and_nobody_else_or_as_their_folder_is(
    world: World, bob: tuple[Client, int]
) -> None:
    ids = [world.secrets(1)[0], int(made_secret(world.ada)["id"])]
    adas = world.ada.get("/api/v1/users/current").json["id"]
    wanted = [
        {
            "groupId": world.ada.get(f"/api/v1/users/{user}").json["personalGroupId"],
            "secretAccessRoleId": role,
        }
        for user, role in ((adas, 4), (bob[1], 3))
    ]
    for _ in range(2):
        assert not world.finished("edit-share", secretIds=ids, permissions=wanted)["errors"]
    assert told(ids, "SHARE") == [1, 1]
    for id in ids:
        listed = world.ada.get(f"/api/v1/secret-permissions?filter.secretId={id}").json["records"]
        held = {one["knownAs"]: one["secretAccessRoleName"] for one in listed}
        assert held == {"ada": "Owner", "Bob": "Edit"}
    assert bob[0].get(f"/api/v1/secrets/{ids[1]}").status == 200
    assert not world.finished("edit-share", secretIds=ids, permissions=wanted[:1])["errors"]
    assert bob[0].get(f"/api/v1/secrets/{ids[1]}").status == 404
    nobodys = world.asked("edit-share", secretIds=ids, permissions=wanted[1:])
    assert (nobodys.status, "Owner" in nobodys.message) == (400, True)
    done = world.finished("enable-inherit-permissions", secretIds=ids[:1])
    assert not done["errors"]
    assert world.stored(ids[0]).secret.inherits_permissions
    assert not world.stored(ids[0]).secret.grants


def test_terms_are_set_as_far_as_said(world: World) -> None:
    [id] = world.secrets(1)
    for turn, after in (("enable", True), ("disable", False)):
        assert not world.finished(f"{turn}-require-view-comment", secretIds=[id])["errors"]
        assert world.stored(id).secret.requires_comment is after
    options: dict[str, Any] = {
        "requiresComment": True,
        "checkOutEnabled": True,
        "checkOutIntervalMinutes": 5,
    }
    assert not world.finished("change-security-options", secretIds=[id], **options)["errors"]
    off = world.finished("change-security-options", secretIds=[id], checkOutEnabled=False)
    assert not off["errors"]
    secret = world.stored(id).secret
    terms = secret.checkout
    assert (secret.requires_comment, terms.required, terms.minutes) == (True, False, 5)
    assert world.asked("change-security-options", secretIds=[id]).status == 400
    asked: dict[str, Any] = {"secretIds": [id], "passwordRequirementId": 2}
    assert not world.finished("update-password-requirement", **asked)["errors"]
    assert list(world.stored(id).secret.requirements.values()) == [2]
    assert (
        world.asked("update-password-requirement", **asked | {"passwordRequirementId": 99}).status
        == 404
    )


def test_accounts_are_attached_passwords_expire_and_secrets_are_asked_to_be_erased(
    world: World,
) -> None:
    ids = world.secrets(2)
    account = int(made_secret(world.ada, machine="db1")["id"])
    allowed = {"machines": ["db1"]}
    world.ada.put(f"/api/v1/secrets/{account}/allowed-machines", allowed)
    attached = world.finished(
        "set-privileged-account", secretIds=ids, privilegedAccountSecretId=account
    )
    assert not attached["errors"]
    assert {world.stored(id).secret.privileged_id for id in ids} == {account}
    own = world.finished("set-privileged-account", secretIds=[account, *ids])
    assert (own["errors"], world.stored(ids[0]).secret.privileged_id) == ([], 0)
    assert not world.finished("expire", secretIds=ids)["errors"]
    assert told(ids, "EXPIRE") == [1, 1]
    why = "the machine is gone"
    assert not world.finished("request-erase", secretIds=ids, requestComment=why)["errors"]
    asked = world.ada.get("/api/v1/secret-erase-requests/search").json["records"]
    assert len(asked) == 2
    assert told(ids, "ERASE REQUESTED") == [1, 1]
    assert world.asked("request-erase", secretIds=ids, requestComment=" ").status == 400
