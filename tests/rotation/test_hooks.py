"""Hooks of checkouts, from asking to their end: no value leaves before those before it have run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chalicelib import wiring
from chalicelib.access.permissions import SHIPPED, USER
from chalicelib.access.principal import Principal
from chalicelib.changers.unix_ssh import UnixSsh
from chalicelib.core.errors import AccessDenied, MaintenanceMode
from chalicelib.core.paging import Paging
from chalicelib.core.plain import Plain
from chalicelib.core.tick import Tally
from chalicelib.vault.checkout import Access, CheckoutTerms
from chalicelib.vault.grants import Grant, Grantee, Role, Who
from chalicelib.vault.hook import Hook
from chalicelib.vault.hook_run import Event, Moment
from chalicelib.vault.script import Script
from chalicelib.vault.service import At, CheckoutService
from chalicelib.vault.state import AfterCheckIn
from chalicelib.vault.store import ScriptStore
from chalicelib.vault.visit import Visit
from tests.canary import canary
from tests.conftest import a_cluster
from tests.counts import full_or
from tests.reaper import Reaper
from tests.targets.sshd import Sshd, running_sshd

from .world import MINUTE, SECRET, SITE, World, make, more
from .world import USER as ACCOUNT

TERMS = CheckoutTerms(required=True, minutes=30)
PENDING, FAILED = "API_RequiresCheckoutPendingHooks", "API_CheckoutHookFailed"
BEFORE_OUT = Hook(
    1, "Open", Event.CHECK_OUT, Moment.BEFORE, 3, arguments="out-1 $USERNAME", stops=True
)
THEN_OUT = replace(BEFORE_OUT, id=2, arguments="out-2", order=1, stops=False)
AFTER_OUT = replace(THEN_OUT, id=3, moment=Moment.AFTER, arguments="out-3")
BEFORE_IN = replace(THEN_OUT, id=4, event=Event.CHECK_IN, arguments="in-1")
AFTER_IN = replace(BEFORE_IN, id=5, moment=Moment.AFTER, arguments="in-2")
ALL = (THEN_OUT, BEFORE_OUT, AFTER_OUT, BEFORE_IN, AFTER_IN)


def person(id: int) -> Principal:
    permissions = SHIPPED[USER][1] | {"Force Check In"}
    return Principal(id, f"user{id}", f"User {id}", permissions)


ANN, BEN = person(11), person(12)


def hooked(site: int, hooks: Sequence[Hook] = ALL, terms: CheckoutTerms = TERMS) -> World:
    """A secret with those hooks that Ann and Ben may use, and a script for them."""
    world = make(site)
    stored = world.stored()
    grants = tuple(
        Grant(one.user_id, Grantee(Who.USER, one.user_id), Role.OWNER) for one in (ANN, BEN)
    )
    secret = replace(stored.secret, checkout=terms, hooks=tuple(hooks), grants=grants)
    world.put(replace(stored, secret=secret, state=stored.state.unwatched()))
    world.committer([ScriptStore().put(Script(3, "Tell", "exit 0"))])
    return world


def desk(world: World) -> CheckoutService:
    return CheckoutService(
        wiring.secret_finder(),
        world.secrets,
        world.committer,
        wiring.ids(),
        world.rotation.hooks,
        lambda: 30,
        lambda: None if world.may_change else MaintenanceMode(),
    )


def visit(world: World, who: Principal = ANN) -> Visit:
    return Visit(who, world.now)


def ask(world: World, who: Principal = ANN) -> str:
    """Check out: "held", or why not."""
    try:
        desk(world).check_out(visit(world, who), At(SECRET))
    except AccessDenied as why:
        return why.code
    return "held"


def read(world: World, who: Principal = ANN) -> str:
    """Read its values, as far as checkout lets him."""
    try:
        desk(world).admitted(visit(world, who), At(SECRET), Access())
    except AccessDenied as why:
        return why.code
    return "shown"


def check_in(world: World, who: Principal = ANN, *, force: bool = False) -> None:
    desk(world).check_in(visit(world, who), At(SECRET), force=force)


def ran(world: World) -> list[str]:
    """Which hooks ran, in order, by their first argument."""
    assert {who for who, *_ in world.host.ran} <= {ACCOUNT}
    return [words[0] for _, *words in world.host.ran]


def rounds(world: World, most: int = 12) -> None:
    """Until nothing of a hook is left to do."""
    for _ in range(most):
        if not world.state.runs:
            return
        world.round()
    raise AssertionError("hooks are left over")


def trail(*actions: str) -> list[tuple[str, int, str]]:
    lines = wiring.trail().of("Secret", SECRET, Paging(take=100)).records
    known = [one.record for one in reversed(lines)]
    return [(one.action, one.actor, one.detail) for one in known if one.action in actions]


def test_a_checkout_stands_once_the_hooks_before_it_have_run(aws: None) -> None:
    """And those after it, and of its check-in, run by themselves; then others may have it."""
    world = hooked(SITE)
    assert ask(world) == PENDING
    assert [ask(world), read(world), read(world, BEN)] == [PENDING, PENDING, "API_CheckedOut"]
    assert ask(world, BEN) == "API_CheckedOut"
    with pytest.raises(AccessDenied):
        desk(world).extend(visit(world), At(SECRET), 5, "")
    world.round()
    assert read(world) == PENDING
    world.round()
    assert ran(world) == ["out-1", "out-2"]
    assert world.host.ran[0][1:] == ("out-1", ACCOUNT)
    assert [ask(world), read(world)] == ["held", "shown"]
    held = world.state.checkout
    assert held is not None
    assert held.until - held.since == timedelta(minutes=30)
    rounds(world)
    assert ran(world) == ["out-1", "out-2", "out-3"]
    check_in(world)
    assert [read(world), ask(world, BEN)] == [PENDING, PENDING]
    rounds(world)
    assert ran(world)[3:] == ["in-1", "in-2"]
    assert ask(world, BEN) == PENDING
    lines = trail("HOOK", "CHECK OUT", "CHECK IN")
    first = "Open (hook 1), before check out: Success: exit status 0"
    assert ("HOOK", ANN.user_id, first) in lines
    assert ("CHECK OUT", ANN.user_id, "asked for: hooks run first") in lines
    assert sum(action == "HOOK" for action, *_ in lines) == 5
    pins = {one.pin for one in world.stored().secret.hooks}
    assert pins == {"memory-key-1"}


def test_a_hook_that_stops_refuses_the_checkout_and_says_so_once(aws: None) -> None:
    hooks = (replace(BEFORE_OUT, failure_message="Ask the bank first."), THEN_OUT, AFTER_IN)
    world = hooked(SITE, hooks)
    world.host.statuses.extend([3])
    ask(world)
    rounds(world)
    assert (ran(world), world.state.checkout) == (["out-1"], None)
    with pytest.raises(AccessDenied, match="Ask the bank first"):
        desk(world).check_out(visit(world), At(SECRET))
    assert trail("CHECK OUT REFUSED") == [("CHECK OUT REFUSED", ANN.user_id, "Ask the bank first.")]
    world.host.statuses.extend([0, 3])
    assert ask(world) == PENDING
    rounds(world)
    assert ask(world) == "held"
    assert trail("HOOK")[-1][2] == "Open (hook 2), before check out: script-failed: exit status 3"


def test_nobody_waits_for_ever_and_what_nobody_waits_for_is_tried_again(aws: None) -> None:
    world = hooked(SITE)
    ask(world)
    for _ in range(2):
        world.now += timedelta(minutes=4)
        world.rotation.sweeping.sweep(world.now)
    assert (world.state.checkout, world.state.runs) == (None, ())
    assert ask(world) == FAILED
    assert "nobody took it in time" in trail("HOOK")[0][2]

    ask(world)
    check_in(world)
    assert world.state.checkout is None
    assert ask(world, BEN) == PENDING  # what is out comes to its end first
    world.work(), world.take_answers()
    assert ran(world) == ["out-1"]
    assert world.state.runs == ()

    ask(world, BEN)
    world.now += timedelta(minutes=15)
    assert desk(world).check_in_what_is_over(world.now) == Tally(1, 1)
    assert world.state.checkout is None
    assert "waits no more" in trail("CHECK IN")[-1][2]


def test_the_monitor_and_force_have_hooks_run_before_the_password_is_changed(aws: None) -> None:
    terms = replace(TERMS, changes_password=True)
    world = hooked(1, (BEFORE_IN, AFTER_IN), terms)
    assert ask(world) == "held"
    check_in(world, BEN, force=True)
    assert world.state.after_check_in is AfterCheckIn.WANTED
    world.now += MINUTE
    world.rotation.offering.changes(world.state.where, world.now)
    assert world.change() is None
    world.rounds(lambda: not world.state.after_check_in)
    assert (ran(world), world.host.changes[ACCOUNT]) == (["in-1", "in-2"], 1)
    assert [user for _, user, _ in trail("HOOK")] == [BEN.user_id] * 2

    assert ask(world) == "held"
    world.now += timedelta(minutes=30)
    assert desk(world).check_in_what_is_over(world.now) == Tally(1, 1)
    for _ in range(3):  # an engine that dies each time
        world.now += timedelta(minutes=4)
        assert world.rotation.sweeping.sweep(world.now).done == 1
    assert world.state.runs[0].hooks == (5,)
    told = [detail for _, _, detail in trail("HOOK")[2:]]
    assert ["given out again" in one for one in told] == [True, True, False]


def test_in_maintenance_mode_hooks_stand_still(aws: None) -> None:
    world = hooked(SITE)
    ask(world)
    world.may_change = False
    item = world.state.hook_item
    with pytest.raises(MaintenanceMode):
        world.claim(item)
    world.now += timedelta(minutes=5)
    assert world.rotation.sweeping.sweep(world.now).done == 0
    assert world.state.hook_item == item


def test_what_was_taken_off_or_is_in_doubt_does_not_run(aws: None) -> None:
    world = hooked(SITE)
    ask(world)
    stored = world.stored()
    hooks = (THEN_OUT,)
    world.ports.commit([world.secrets.put(replace(stored.secret, hooks=hooks))])
    rounds(world)
    assert (ran(world), ask(world)) == (["out-2"], "held")
    check_in(world)
    world.set_state(is_out_of_sync=True)
    ask(world)
    rounds(world)
    assert ran(world) == ["out-2"]
    assert "password is in doubt" in trail("HOOK")[-1][2]


def test_another_account_runs_it_only_where_its_owner_lets_it(aws: None) -> None:
    world = hooked(SITE, (replace(BEFORE_OUT, account=SECRET + 1),))
    ask(world)
    rounds(world)
    assert (ran(world), ask(world)) == ([], FAILED)
    assert "not allowed on this machine" in trail("HOOK")[-1][2]
    more(world, [SECRET + 1], None)
    other = world.secrets.fetch([SECRET + 1])[SECRET + 1].secret
    world.committer([world.secrets.put(replace(other, allowed_machines=("HOST-1",)))])
    ask(world)
    rounds(world)
    assert (ran(world), ask(world)) == (["out-1"], "held")
    [given] = wiring.trail().of("Engine", 3, Paging(take=9)).records
    assert given.record.detail == f"secret {SECRET + 1} for a hook"
    [claimed] = wiring.trail().of("Secret", SECRET + 1, Paging(take=9)).records
    assert claimed.record.detail.endswith(f"for secret {SECRET}")


TELLING = """
for one in "$@"; do printf '%s\\n' "$one"; done > "$1"
echo this is seen by nobody; test ! -e "$1.stop"
"""


def test_on_a_real_machine_it_writes_a_file_and_one_that_fails_refuses_the_checkout(
    aws: None,
) -> None:
    """By the secret's own account; each word arrives as one, whatever a shell would make of it."""
    with running_sshd() as server, TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        told = Path(folder) / "a b"
        words = f"'{told}' '$(id) `id`' \"it's\" '; exit 9' $USERNAME '*'"
        here = replace(BEFORE_OUT, machine="127.0.0.1", port=server.port, arguments=words)
        world = hooked(1, (here,))
        name = on_the_machine(world, server)
        assert ask(world) == PENDING
        rounds(world)
        assert (ask(world), read(world)) == ("held", "shown"), trail("HOOK")
        assert told.read_text().splitlines() == [
            str(told),
            "$(id) `id`",
            "it's",
            "; exit 9",
            name,
            "*",
        ]
        check_in(world)
        told.with_suffix(".stop").touch()
        ask(world)
        rounds(world)
        assert ask(world) == FAILED
        assert trail("HOOK")[-1][2].endswith("script-failed: exit status 1")
        server.rekey()
        told.unlink()
        ask(world)
        rounds(world)
        assert ask(world) == FAILED
        assert "another key than the one known" in trail("HOOK")[-1][2]
        assert not told.exists()


def on_the_machine(world: World, server: Sshd) -> str:
    """An account of the real machine as the secret's, the script in place, SSH for the worker."""
    password = Plain(canary())
    name = server.users.add(password)
    secret = world.stored().secret
    texts = {"username": Plain(name), "password": password}
    fresh = {
        slug: world.values.seal(SECRET, slug, 2, value, world.now) for slug, value in texts.items()
    }
    world.committer([world.secrets.put(replace(secret, values={**secret.values, **fresh}))])
    stored = ScriptStore().fetch(3)
    assert stored is not None
    world.committer([ScriptStore().put(replace(stored, text=TELLING))])
    world.local = replace(world.local, changer_of=lambda _: UnixSsh())
    return name


@pytest.mark.parametrize("site", full_or([1, SITE], [SITE]))
def test_killed_after_each_act_it_still_ends_well(site: int) -> None:
    """From asking to the end of the check-in: nobody is kept out for good, nothing is left out."""
    reaper = Reaper(full_or(1, 5))
    with reaper.copying(), a_cluster():
        world = hooked(site, (BEFORE_OUT, AFTER_IN))
        with reaper.at_work():
            ask(world)
            world.round()
            ask(world)
            check_in(world)
            world.round()
        if reaper.has_killed:
            for _ in range(20):
                if ask(world) == "held":
                    break
                world.turn()
            assert read(world) == "shown"
            check_in(world)
        for _ in range(20):
            if not world.state.runs:
                break
            world.turn()
        assert (world.state.checkout, world.state.runs, world.state.hook_item) == (None, (), "")
        assert ran(world)[-1] == "in-2"
    assert reaper.acts >= 10
