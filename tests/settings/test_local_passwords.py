"""The policy for users' passwords: set over HTTP, and obeyed by whoever sets one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.access.store.rows import LoginRow
from tests.canary import canary
from tests.client import Answer, Client
from tests.house import House, open_house

PATH = "/api/v1/configuration/local-user-passwords"


@pytest.fixture
def house(aws: None) -> House:
    return open_house()


def set_to(house: House, **fields: object) -> Answer:
    data = {name: {"dirty": True, "value": value} for name, value in fields.items()}
    return house.admin.patch(PATH, {"data": data})


def bob(house: House, password: str) -> Answer:
    body = {"userName": "carol", "displayName": "Carol", "password": password}
    return house.admin.post("/api/v1/users", body)


def change(client: Client, current: str, new: str) -> Answer:
    body = {"currentPassword": current, "newPassword": new}
    return client.post("/api/v1/users/change-password", body)


def test_it_is_shown_as_the_contract_has_it(house: House) -> None:
    shown = house.admin.get(PATH).json
    assert (shown["passwordMinimumLength"], shown["passwordHistoryItems"]) == (12, 5)
    assert (shown["enablePasswordHistory"], shown["enableMinimumPasswordAge"]) == (True, False)
    assert shown["passwordRequireSymbols"] is False
    assert house.nobody.get(PATH).json["errorCode"] == "API_AccessDenied"


def test_what_is_set_binds_the_next_password(house: House) -> None:
    shown = set_to(house, passwordMinimumLength=90, passwordRequireUppercase=True).json
    assert (shown["passwordMinimumLength"], shown["passwordRequireUppercase"]) == (90, True)
    assert "90 to 256" in bob(house, canary()[:80]).message
    assert "upper-case" in bob(house, 3 * canary().lower()).message
    assert bob(house, 3 * canary() + "X").status == 200


def test_switches_go_on_as_usual_and_off_as_nothing(house: House) -> None:
    assert set_to(house, enablePasswordHistory=False).json["passwordHistoryItems"] == 0
    assert set_to(house, enablePasswordHistory=True).json["passwordHistoryItems"] == 5
    assert set_to(house, enableMinimumPasswordAge=True).json["minimumPasswordAgeDays"] == 1
    assert set_to(house, minimumPasswordAgeHours=2).json["minimumPasswordAgeDays"] == 1
    assert wiring.settings().fresh().password_age == timedelta(hours=26)
    assert not set_to(house, enableMinimumPasswordAge=False).json["minimumPasswordAgeHours"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("passwordMinimumLength", 7), ("passwordHistoryItems", 25), ("passwordRequireNumbers", "yes"),
     ("passwordHistoryItemsAll", True), ("enableLocalUserPasswordExpiration", True),
     ("allowUsersToResetForgottenPasswords", True)],
)  # fmt: skip
def test_what_nothing_would_obey_is_refused_by_name(
    house: House, field: str, value: object
) -> None:
    answer = set_to(house, **{field: value})
    assert (answer.status, answer.message.startswith(field)) == (400, True)


def test_nobody_takes_one_of_his_last_passwords_again(house: House) -> None:
    set_to(house, passwordHistoryItems=3)
    first, second, third, fourth = (canary() for _ in range(4))
    bob(house, first)
    client = house.admin.login("carol", first)
    assert change(client, first, second).status == 200
    assert "last 3 passwords" in change(client, second, first).message
    assert change(client, second, third).status == 200
    assert change(client, third, fourth).status == 200
    assert change(client, fourth, first).status == 200, "by now it is older than that"


def test_a_reset_is_remembered_and_may_be_changed_at_once(house: House) -> None:
    set_to(house, enableMinimumPasswordAge=True)
    first, second, third = (canary() for _ in range(3))
    id = bob(house, first).json["id"]
    path = f"/api/v1/users/{id}/password-reset"
    assert house.admin.post(path, {"data": {"password": second}}).status == 200
    client = house.admin.login("carol", second)
    assert "last 5 passwords" in change(client, second, first).message
    assert change(client, second, third).status == 200
    assert "too early" in change(client, third, canary()).message


def test_former_passwords_are_hashes_and_no_longer_let_anybody_in(house: House) -> None:
    first = canary()
    id = bob(house, first).json["id"]
    change(house.admin.login("carol", first), first, canary())
    assert wiring.users().users.former(id).hashes[0].startswith("$argon2id$")
    form = {"grant_type": "password", "username": "carol", "password": first}
    assert house.admin.post("/oauth2/token", form=form).status == 400
    assert LoginRow.get(f"user#{id}", "login").password_hash
