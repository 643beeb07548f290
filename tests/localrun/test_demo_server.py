"""The demonstration server is to a changer what OpenSSH with `passwd` is."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chalicelib.changers.target import Limits, Login, Outcome, Refused, Target
from chalicelib.changers.unix_ssh import UnixSsh
from chalicelib.core.plain import Plain
from infra.localrun.accounts import Accounts, fresh_password
from infra.localrun.demo_server import host_key_in, serve
from tests.ports import free_port


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "accounts.json")


@pytest.fixture
def target(tmp_path: Path, accounts: Accounts) -> Iterator[Target]:
    port, loop = free_port(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    started = asyncio.run_coroutine_threadsafe(serve(accounts, host_key_in(tmp_path), port), loop)
    server = started.result(timeout=10)
    yield Target(machine="127.0.0.1", port=port)
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=5)


def test_two_accounts_may_change_at_once(accounts: Accounts) -> None:
    """As ada's and grace's passwords do when somebody asks for one while the other is due."""
    names = [f"user-{number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as pool:
        for turn in range(3):
            list(pool.map(accounts.set, names, [f"{name} {turn}" for name in names]))
            assert all(accounts.opens(name, f"{name} {turn}") for name in names)


def test_a_password_is_proven_changed_and_proven(target: Target, accounts: Accounts) -> None:
    old, new = fresh_password(), fresh_password()
    accounts.set("ada", old)
    changer = UnixSsh(Limits())
    assert changer.verify(target, _login(old)).outcome is Outcome.SUCCESS
    pin = changer.change(target, _login(old), Plain(new))
    assert pin
    assert changer.verify(target, _login(old)).outcome is Outcome.FAILED
    assert changer.verify(target, _login(new)).outcome is Outcome.SUCCESS


def test_a_weak_password_is_refused_as_policy(target: Target, accounts: Accounts) -> None:
    old = fresh_password()
    accounts.set("ada", old)
    with pytest.raises(Refused) as refusal:
        UnixSsh(Limits()).change(target, _login(old), Plain("short"))
    assert refusal.value.policy
    assert accounts.opens("ada", old)


def test_an_unknown_account_does_not_open(target: Target) -> None:
    assert UnixSsh(Limits()).verify(target, _login("x" * 12)).outcome is Outcome.FAILED


def test_only_hashes_are_kept(accounts: Accounts) -> None:
    password = fresh_password()
    accounts.set("ada", password)
    assert password not in accounts.path.read_text()
    assert accounts.path.stat().st_mode & 0o777 == 0o600
    assert not accounts.opens("ada", password + "x")
    assert not accounts.opens("nobody", password)


def _login(password: str) -> Login:
    return Login("ada", Plain(password))
