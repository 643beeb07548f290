"""Hooks, pure: what one may hold, what its arguments become, what of a change is dangerous."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain
from chalicelib.vault import hook as rules
from chalicelib.vault import script
from chalicelib.vault.built_in import BUILT_IN
from chalicelib.vault.hook import Hook
from chalicelib.vault.hook_run import Event, Moment
from chalicelib.vault.script import Script
from chalicelib.vault.templates import UNIX_ACCOUNT_SSH

KIND = BUILT_IN[UNIX_ACCOUNT_SSH]
HOOK = Hook(7, "Tell", Event.CHECK_OUT, Moment.BEFORE, script_id=3)
VALUES = {"machine": "db1", "username": "a b; rm -rf $HOME '\"", "port": ""}


def words(arguments: str) -> tuple[str, ...]:
    hook = replace(HOOK, arguments=arguments)
    return rules.words(hook, KIND, lambda slug: Plain(VALUES[slug]))


def test_a_field_in_an_argument_is_one_word_whatever_it_holds() -> None:
    hostile = VALUES["username"]
    assert words("") == ()
    assert words("-u $USERNAME '$MACHINE and more' ${machine}x \"\" $1 5$") == (
        "-u",
        hostile,
        "db1 and more",
        "db1x",
        "",
        "$1",
        "5$",
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("$PASSWORD", "a command line is not"),
        ("--of=${Password}", "a command line is not"),
        ("$NOTES", "a command line is not"),
        ("$DOMAIN", r"no field for \$DOMAIN"),
        ("'left open", "does not end"),
    ],
)
def test_what_may_be_secret_is_no_argument(arguments: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        rules.whole(replace(HOOK, arguments=arguments), KIND)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"machine": "db1; reboot"},
        {"port": 65536},
        {"pin": "md5:00"},
        {"order": -1},
        {"failure_message": "x" * 1001},
    ],
)
def test_what_could_not_run_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        rules.whole(replace(HOOK, **wrong), KIND)  # type: ignore[arg-type]
    for pin in ("SHA256:" + "A" * 43, "ssh-ed25519 AAAA"):
        rules.whole(replace(HOOK, pin=pin, machine="db1.example", port=2222), KIND)


def test_they_run_in_their_order_and_only_those_that_are_on() -> None:
    others = [
        replace(HOOK, id=9, order=2),
        replace(HOOK, id=8, order=2),
        replace(HOOK, id=1, order=3),
        replace(HOOK, id=2, is_active=False),
        replace(HOOK, id=3, moment=Moment.AFTER),
        replace(HOOK, id=4, event=Event.CHECK_IN),
    ]
    assert rules.runs_at([*others, HOOK], Event.CHECK_OUT, Moment.BEFORE) == (7, 8, 9, 1)


def test_of_a_change_what_sends_something_somewhere_is_named() -> None:
    assert rules.sends(None, HOOK) == ["hook"]
    harmless = replace(HOOK, name="Other", stops=True, failure_message="no", order=3)
    assert rules.sends(HOOK, replace(harmless, is_active=False)) == []
    assert rules.sends(replace(HOOK, is_active=False), HOOK) == ["status"]
    dangerous = replace(HOOK, machine="db2", port=3, account=4, arguments="x", pin="p", script_id=9)
    named = ["script", "arguments", "serverName", "port", "serverKeyDigest", "account"]
    assert rules.sends(HOOK, dangerous) == named
    pinned = replace(HOOK, pin="p")
    assert rules.moved(pinned, replace(pinned, machine="db2")).pin == ""
    assert rules.moved(pinned, replace(pinned, machine="db2", pin="q")).pin == "q"
    assert rules.moved(pinned, replace(pinned, name="x")).pin == "p"


def test_who_edits_a_field_steers_what_another_account_runs() -> None:
    by_another = replace(HOOK, account=4, machine="db9", arguments="-u $USERNAME")
    assert rules.steered([HOOK, by_another], KIND, {"username"}) == [by_another]
    assert rules.steered([by_another], KIND, {"machine", "notes"}) == []
    at_home = replace(by_another, machine="", arguments="")
    assert rules.steered([at_home], KIND, {"machine"}) == [at_home]
    assert rules.steered([HOOK, by_another], KIND, (), moves=True) == [by_another]
    kept = rules.without_others([HOOK, by_another])
    assert [one.is_active for one in kept] == [True, False]


def test_only_scripts_for_a_shell_are_taken_and_others_are_refused_by_name() -> None:
    for kind, why in (("PowerShell", "PowerShell"), ("sql", "SQL"), ("", "scriptType")):
        with pytest.raises(Invalid, match=why):
            script.demand_ssh(kind)
    script.demand_ssh("ssh")
    assert script.whole(Script(1, " n ", "a\r\nb")) == Script(1, "n", "a\nb")
    for wrong in (Script(1, "", "x"), Script(1, "n", " "), Script(1, "n", "a\0b")):
        with pytest.raises(Invalid):
            script.whole(wrong)
