"""What only a real OpenSSH server can show: its ways to take a password, and its ways to say no."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.changers.target import Login, NotBegun, Outcome, Refused, Target
from chalicelib.changers.unix_ssh import UnixSsh
from chalicelib.core.plain import Plain
from tests.canary import canary
from tests.targets.sshd import Sshd, running_sshd

from .stages import SshStage


@pytest.fixture
def scene(sshd: Sshd) -> SshStage:
    return SshStage(sshd)


@pytest.fixture(scope="module")
def asks_interactively() -> Iterator[Sshd]:
    with running_sshd("PasswordAuthentication no", "KbdInteractiveAuthentication yes") as server:
        yield server


def at(server: Sshd, *pins: str) -> Target:
    return Target("127.0.0.1", server.port, pins=pins)


def test_a_server_that_asks_interactively_gets_one_answer(asks_interactively: Sshd) -> None:
    stage = SshStage(asks_interactively)
    old, new = Plain(canary()), Plain(canary())
    name = stage.account(old)
    assert UnixSsh().verify(stage.target(), Login(name, Plain(canary()))).outcome is Outcome.FAILED
    assert stage.refused_logins(name) == 1
    UnixSsh().change(stage.target(), Login(name, old), new)
    assert stage.opens(name, new)


def test_a_server_that_takes_both_ways_is_tried_by_one_of_them() -> None:
    with running_sshd("KbdInteractiveAuthentication yes") as server:
        stage = SshStage(server)
        name = stage.account(Plain(canary()))
        checked = UnixSsh().verify(stage.target(), Login(name, Plain(canary())))
        assert checked.outcome is Outcome.FAILED
        assert stage.refused_logins(name) == 1


def test_a_server_that_takes_keys_only_is_incompatible() -> None:
    with running_sshd("PasswordAuthentication no") as server:
        checked = UnixSsh().verify(at(server), Login("cvnobody", Plain(canary())))
        assert checked.outcome is Outcome.INCOMPATIBLE


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_a_key_of_another_kind_is_another_host(kind: str, scene: SshStage) -> None:
    password = Plain(canary())
    login = Login(scene.account(password), password)
    pin = scene.changer.verify(scene.target(), login).pin
    assert pin
    scene.server.rekey(kind)
    assert scene.changer.verify(scene.target(pin), login).outcome is Outcome.PIN_MISMATCH
    now = scene.changer.verify(scene.target(), login).pin
    assert now
    assert scene.changer.verify(scene.target(now), login).outcome is Outcome.SUCCESS
    scene.server.rekey()


def test_a_host_with_a_certificate_is_known_by_its_key() -> None:
    with running_sshd() as server:
        stage = SshStage(server)
        password = Plain(canary())
        login = Login(stage.account(password), password)
        pin = stage.changer.verify(stage.target(), login).pin
        server.certify()
        checked = stage.changer.verify(stage.target(), login)
        assert (checked.outcome, checked.pin) == (Outcome.SUCCESS, pin)


def test_sudo_that_does_not_ask_never_hears_the_privileged_password(scene: SshStage) -> None:
    master, new = Plain(canary()), Plain(canary())
    helper = scene.account(master)
    scene.server.users.let_sudo(helper, asks=False)
    name = scene.account(Plain(canary()))
    login = Login(name, Plain(canary()))
    scene.changer.change(scene.target(), login, new, Login(helper, master))
    assert scene.opens(name, new)


def test_a_password_that_must_be_changed_at_login_is_changed(scene: SshStage) -> None:
    old, new = Plain(canary()), Plain(canary())
    name = scene.account(old)
    scene.server.users.set_age(name, "--lastday", "0")
    scene.changer.change(scene.target(), Login(name, old), new)
    assert scene.opens(name, new)


def test_an_expired_account_is_denied_and_not_failed(scene: SshStage) -> None:
    password = Plain(canary())
    name = scene.account(password)
    scene.server.users.set_age(name, "--expiredate", "1")
    assert scene.changer.verify(scene.target(), Login(name, password)).outcome is Outcome.DENIED
    with pytest.raises(NotBegun):
        scene.changer.change(scene.target(), Login(name, password), Plain(canary()))


def test_a_password_too_young_is_refused_but_not_by_its_own_fault(scene: SshStage) -> None:
    old = Plain(canary())
    name = scene.account(old)
    scene.server.users.set_age(name, "--mindays", "9")
    with pytest.raises(Refused) as refused:
        scene.changer.change(scene.target(), Login(name, old), Plain(canary()))
    assert not refused.value.policy
    assert scene.opens(name, old)


def test_an_account_without_a_shell_keeps_its_password(scene: SshStage) -> None:
    old = Plain(canary())
    name = scene.server.users.add(old, login_program="/usr/sbin/nologin")
    assert scene.changer.verify(scene.target(), Login(name, old)).outcome is Outcome.SUCCESS
    with pytest.raises(Refused):
        scene.changer.change(scene.target(), Login(name, old), Plain(canary()))
    assert scene.opens(name, old)


def test_an_account_that_is_not_there_cannot_be_changed(scene: SshStage) -> None:
    with pytest.raises(Refused) as refused:
        scene.changer.change(
            scene.target(),
            Login("cvnobody", Plain(canary())),
            Plain(canary()),
            scene.administrator(),
        )
    assert not refused.value.policy


@pytest.mark.parametrize("name", ["-l", "a b", "a;b", "a\nb", "$(id)", "", "ü"])
def test_what_is_no_name_never_becomes_part_of_a_command(name: str) -> None:
    nowhere = Target("127.0.0.1", 1)
    with pytest.raises(NotBegun) as refused:
        UnixSsh().change(nowhere, Login(name, Plain("x")), Plain("y"), Login("root", Plain("z")))
    assert refused.value.outcome is Outcome.ARGUMENT


def test_a_control_character_is_never_typed() -> None:
    nowhere = Target("127.0.0.1", 1)
    with pytest.raises(Refused) as refused:
        UnixSsh().change(nowhere, Login("ada", Plain("x")), Plain(canary() + "\x03"))
    assert refused.value.policy
    checked = UnixSsh().verify(nowhere, Login("ada", Plain(canary() + "\n")))
    assert checked.outcome is Outcome.ARGUMENT
