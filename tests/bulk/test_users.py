"""Each action on users, through HTTP and the worker."""

from __future__ import annotations

from chalicelib.aws.audit_rows import AuditRow
from tests.bulk.world import World, bare, cluster, routes, time, told, world

__all__ = ["bare", "cluster", "routes", "time", "world"]


def test_users_are_put_into_a_group_and_taken_out(world: World) -> None:
    ids = [world.cluster.make_user(name)[0] for name in ("bob", "eve")]
    group = world.ada.post("/api/v1/groups", {"name": "Staff"}).json["id"]
    for what, members in (("add-to-group", set(ids)), ("remove-from-group", set())):
        found = world.finished(what, userIds=[*ids, 999], groupId=group)
        assert [one["itemName"] for one in found["errors"]] == ["user 999"]
        listed = world.ada.get(f"/api/v1/groups/{group}/users").json["records"]
        assert {one["userId"] for one in listed} == members
    assert told([group], "ADD_MEMBER") == told([group], "REMOVE_MEMBER") == [2]
    assert world.asked("add-to-group", userIds=ids, groupId=999).status == 404


def test_users_are_disabled_locked_and_let_in_again(world: World) -> None:
    id, password = world.cluster.make_user("bob")
    for shuts, opens in (("disable", "enable"), ("lock", "unlock")):
        assert not world.finished(shuts, userIds=[id])["errors"]
        assert world.cluster.token("bob", password).status == 400
        assert not world.finished(opens, userIds=[id])["errors"]
        assert world.cluster.token("bob", password).status == 200
    for action in ("DISABLE", "ENABLE", "LOCK", "UNLOCK"):
        assert told([id], action) == [1], action
    last = world.ask("lock", userIds=[id])
    world.work()
    lines = [row for row in AuditRow.scan() if row.action == "LOCK"]
    assert last in {row.cause for row in lines}
    assert all(row.cause for row in lines)


def test_users_are_logged_out_and_whoever_asks_last(world: World) -> None:
    """What ends his sessions would end his operations."""
    id, password = world.cluster.make_user("bob")
    bob = world.cluster.client.login("bob", password)
    adas = int(world.ada.get("/api/v1/users/current").json["id"])
    world.ask("force-logout", userIds=[adas, id])
    world.work()
    assert [one.get("/api/v1/users/current").status for one in (bob, world.ada)] == [401, 401]
    assert told([id, adas], "FORCE_LOGOUT") == [1, 1]


def test_the_last_administrator_stays(world: World) -> None:
    adas = int(world.ada.get("/api/v1/users/current").json["id"])
    found = world.finished("disable", userIds=[adas])
    assert "last administrator" in found["errors"][0]["errorMessage"]
    assert found["errors"][0]["itemName"] == "ada"


def test_whoever_loses_the_role_meanwhile_does_no_more(world: World) -> None:
    bob, password = world.cluster.make_user("bob")
    eve, _ = world.cluster.make_user("eve")
    world.ada.post(f"/api/v1/users/{bob}/roles", {"roleIds": [1]})
    client = world.cluster.client.login("bob", password)
    id = world.ask("disable", client, userIds=[eve])
    world.ada.delete(f"/api/v1/users/{bob}/roles", {"roleIds": [1]})
    world.work()
    found = world.progress(id, client)
    assert "Administer Users is missing" in found["errors"][0]["errorMessage"]
    assert told([eve], "REFUSED") == [1]


def test_second_factors_are_asked_for_taken_away_and_forgotten(world: World) -> None:
    id, password = world.cluster.make_user("bob")
    user = f"/api/v1/users/{id}"
    flags = {"totp-auth": "oathTwoFactor", "fido2-two-factor": "fido2TwoFactor"}
    for what, flag in flags.items():
        for turn, after in (("enable", True), ("disable", False)):
            assert not world.finished(f"{turn}-{what}", userIds=[id])["errors"]
            assert world.ada.get(user).json[flag] is after, what
    mailed = world.finished("enable-email-two-factor", userIds=[id])
    assert "e-mail address" in mailed["errors"][0]["errorMessage"]
    assert not world.finished("disable-email-two-factor", userIds=[id])["errors"]
    bob = world.cluster.client.login("bob", password)
    bob.post("/api/v1/users/current/two-factor", {"password": password})
    for what in ("reset-totp-auth", "reset-fido2-two-factor"):
        assert not world.finished(what, userIds=[id])["errors"], what
    assert told([id], "TWO FACTOR RESET") == told([id], "SECURITY KEYS RESET") == [1]
    assert bob.get("/api/v1/users/current").status == 401
