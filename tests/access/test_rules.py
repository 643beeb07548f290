"""Passwords, permissions, roles and reach: rules without a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.access import hashing, password
from chalicelib.access.password import Policy
from chalicelib.access.permissions import ADMINISTRATOR, BY_ID, NAMES, PERMISSIONS, SHIPPED, USER
from chalicelib.access.principal import SYSTEM, Principal
from chalicelib.access.reach import require_reach_of_roles, require_reach_over
from chalicelib.access.role import Definitions, Group, Role, with_shipped
from chalicelib.access.user import Standing
from chalicelib.core.errors import AccessDenied, Invalid, NotFound, StillUsed
from chalicelib.core.plain import Plain
from tests import cheap_hashes
from tests.canary import canary

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AUDITORS = Role(101, "Auditors", NOON, frozenset({"View Users"}))
STAFF = Group(40, "Staff", NOON, roles=frozenset({101}))
KNOWN = Definitions(with_shipped([AUDITORS]), {40: STAFF})
BOB = Standing(7, "bob", "Bob", roles=frozenset({USER}), personal_group_id=39)


@pytest.mark.parametrize(
    "text",
    ["", "short1234Z!", "passwordpassword", "PASSWORDPASSWORD", "aaaaaaaaaaaaaaaa", "ababababababa",
     "123456789012345", "abcdefghijklmn", "robertsmith1", "x" * 300,
     "Correct Horse Battery Staple", "qwertyuiop12", "1q2w3e4r5t6y", "1qaz2wsx3edc",
     "!asdfghjkl99"],
)  # fmt: skip
def test_weak_passwords_are_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        password.check(Plain(text), "robertsmith")
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["correct donkey battery", "abc-2261-7735-0914", "ÄÖÜ was ist das denn", "bob likes trains"],
)
def test_long_ones_will_do_without_rules_about_characters(text: str) -> None:
    password.check(Plain(text), "bob")


@pytest.mark.parametrize("text", ["Password2026!", "p@ssw0rd-99", "Winter2026!!", "welcome-12345"])
def test_a_word_that_all_try_gets_no_better_by_a_year(text: str) -> None:
    with pytest.raises(Invalid):
        password.check(Plain(text), "bob", Policy(shortest=8))


def test_a_word_among_others_is_no_offence() -> None:
    password.check(Plain("a password that nobody has"), "bob")


@pytest.mark.parametrize(
    ("kind", "lacking"),
    [("a lower-case letter", "XK9-QW7-ZT4-MM"), ("an upper-case letter", "xk9-qw7-zt4-mm"),
     ("a digit", "xkq-qwe-ztr-mm"), ("a symbol", "xk9 Qw7 zt4 mm")],
)  # fmt: skip
def test_a_kind_that_is_wanted_is_named_when_it_lacks(kind: str, lacking: str) -> None:
    with pytest.raises(Invalid, match=kind):
        password.check(Plain(lacking), "bob", Policy(kinds=(kind,)))
    password.check(Plain(lacking + "aA9-"), "bob", Policy(kinds=tuple(password.KINDS)))


def test_nobodys_hash_costs_what_anybodys_costs() -> None:
    assert not hashing.Argon2().is_outdated(hashing.NOBODY)
    assert not hashing.Argon2().matches("", Plain(canary()))


def test_outside_of_tests_a_hash_costs_what_owasp_advises() -> None:
    assert cheap_hashes.REAL_COST == (19 * 1024, 2, 1)
    assert "m=19456,t=2,p=1" in cheap_hashes.REAL_NOBODY


def test_a_hash_matches_its_password_only() -> None:
    secret = canary()
    hashed = hashing.Argon2().hash(Plain(secret))
    assert hashed.startswith("$argon2id$")
    assert hashing.Argon2().matches(hashed, Plain(secret))
    assert not hashing.Argon2().matches(hashed, Plain(secret + "x"))


def test_permissions_have_one_id_and_name_each() -> None:
    assert len(BY_ID) == len(NAMES) == len(PERMISSIONS)


def test_shipped_roles_hold_less_and_less() -> None:
    administrator, user, read_only = (held for _, held in SHIPPED.values())
    assert administrator >= user > read_only


def test_require_takes_any_of_several() -> None:
    who = Principal(7, "bob", "Bob", frozenset({"View Users"}))
    who.require("Administer Users", "View Users")
    with pytest.raises(AccessDenied):
        who.require("Administer Users")
    SYSTEM.require("Administer Nodes")


def test_roles_come_directly_and_through_enabled_groups() -> None:
    member = replace(BOB, groups=frozenset({40}))
    assert "View Users" not in KNOWN.permissions_of(BOB)
    assert "View Users" in KNOWN.permissions_of(member)
    disabled = replace(KNOWN, groups={40: replace(STAFF, enabled=False)})
    assert "View Users" not in disabled.permissions_of(member)
    assert disabled.groups_of(member) == {39}


def test_a_disabled_role_gives_nothing() -> None:
    off = replace(KNOWN, roles=with_shipped([replace(AUDITORS, enabled=False)]))
    assert "View Users" not in off.permissions_of(replace(BOB, roles=frozenset({101})))


def test_unknown_roles_and_groups_give_nothing() -> None:
    lost = replace(BOB, roles=frozenset({999}), groups=frozenset({998}))
    assert KNOWN.permissions_of(lost) == frozenset()
    assert KNOWN.groups_of(lost) == {39}


def test_nobody_reaches_beyond_himself() -> None:
    who = Principal(7, "bob", "Bob", SHIPPED[USER][1] | {"Administer Role Assignment"})
    with pytest.raises(AccessDenied):
        require_reach_of_roles(who, [ADMINISTRATOR], KNOWN)
    with pytest.raises(AccessDenied):
        require_reach_over(who, replace(BOB, groups=frozenset({40})), KNOWN)
    with pytest.raises(NotFound):
        require_reach_of_roles(who, [4711], KNOWN)
    require_reach_of_roles(who, [USER], KNOWN)


def test_shipped_roles_do_not_change() -> None:
    with pytest.raises(StillUsed):
        KNOWN.roles[ADMINISTRATOR].require_changeable()
    AUDITORS.require_changeable()
