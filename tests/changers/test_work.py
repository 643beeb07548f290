"""From a claimed piece of work to its answer, on hosts in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest

from chalicelib.changers.memory import Fault, Memory, MemoryHost
from chalicelib.changers.target import Changer, Login, Outcome, Script, Target
from chalicelib.changers.work import (
    Answer,
    ChangeStatus,
    HookStatus,
    Work,
    WorkKind,
    decode,
    encode,
    perform,
)
from chalicelib.core.errors import Invalid
from chalicelib.core.ids import fresh_id
from chalicelib.core.plain import Plain


@dataclass(eq=False)
class Scene:
    """One account on one host, and the work to do there."""

    old: Plain = field(default_factory=lambda: Plain(fresh_id()))
    new: Plain = field(default_factory=lambda: Plain(fresh_id()))
    host: MemoryHost = field(default_factory=MemoryHost)
    pins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.host.accounts["ada"] = self.old

    def work(self, kind: WorkKind, password: Plain | None = None) -> Work:
        login = Login("ada", password or self.old)
        script = Script(Plain("exit 0"), ("a b",)) if kind is WorkKind.HOOK else None
        return Work(kind, "memory", Target("m", pins=self.pins), login, self.new, script=script)

    def do(self, work: Work, late: bool = False) -> Answer:
        return perform(work, lambda: late, lambda name: Memory({"m": self.host}))


def test_a_heartbeat_answers_with_the_outcome_and_the_pin() -> None:
    scene = Scene()
    assert scene.do(scene.work(WorkKind.HEARTBEAT)) == Answer("Success", "", "memory-key-1")
    answer = scene.do(scene.work(WorkKind.HEARTBEAT, Plain(fresh_id())))
    assert answer.status == Outcome.FAILED


def test_a_check_after_uncertainty_is_one_login_with_the_given_value() -> None:
    scene = Scene()
    assert scene.do(scene.work(WorkKind.VERIFY, scene.new)).status == Outcome.FAILED
    assert scene.host.logins["ada"] == scene.host.wrong_logins["ada"] == 1


def test_a_change_is_believed_once_the_candidate_logs_in() -> None:
    scene = Scene()
    answer = scene.do(scene.work(WorkKind.CHANGE))
    assert answer == Answer(ChangeStatus.CHANGED, "", "memory-key-1")
    assert scene.host.opens("ada", scene.new)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.UNREACHABLE, Outcome.UNREACHABLE),
        (Fault.CUT_AFTER_LOGIN, Outcome.UNREACHABLE),
        (Fault.REFUSES, ChangeStatus.REFUSED),
        (Fault.REFUSES_BY_POLICY, ChangeStatus.REFUSED_BY_POLICY),
        (Fault.CHANGED_BUT_SAYS_NO, ChangeStatus.UNCERTAIN),
        (Fault.SAYS_YES_BUT_DID_NOT, ChangeStatus.UNCERTAIN),
        (Fault.CUT_BEFORE_CHANGE, ChangeStatus.UNCERTAIN),
        (Fault.CUT_AFTER_CHANGE, ChangeStatus.UNCERTAIN),
    ],
)
def test_every_fault_has_its_answer_and_costs_one_wrong_login_at_most(
    fault: Fault, status: str
) -> None:
    scene = Scene()
    scene.host.arm(fault)
    assert scene.do(scene.work(WorkKind.CHANGE)).status == status
    assert scene.host.wrong_logins["ada"] <= 1
    assert scene.host.opens("ada", scene.old) or scene.host.opens("ada", scene.new)


def test_a_change_past_the_deadline_is_not_begun() -> None:
    scene = Scene()
    assert scene.do(scene.work(WorkKind.CHANGE), late=True).status == ChangeStatus.LATE
    assert scene.host.logins.total() == 0


def test_a_heartbeat_past_the_deadline_is_still_worth_having() -> None:
    scene = Scene()
    assert scene.do(scene.work(WorkKind.HEARTBEAT), late=True).status == Outcome.SUCCESS


def test_a_hook_runs_once_and_only_its_exit_status_is_told() -> None:
    scene = Scene()
    work = scene.work(WorkKind.HOOK)
    assert scene.do(decode(work.kind, encode(work))) == Answer(
        Outcome.SUCCESS, "exit status 0", "memory-key-1"
    )
    scene.host.statuses.extend([4, None])
    said = [scene.do(work) for _ in range(2)]
    assert [one.status for one in said] == [HookStatus.FAILED, HookStatus.CUT]
    assert scene.do(work, late=True).status == ChangeStatus.LATE
    assert scene.host.ran == [("ada", "a b")] * 3
    assert scene.do(replace(work, script=None)).status == Outcome.ARGUMENT


def test_another_key_than_the_known_one_stops_everything() -> None:
    scene = Scene(pins=("another-key",))
    for kind in WorkKind:
        answer = scene.do(scene.work(kind))
        assert answer.status == Outcome.PIN_MISMATCH
        assert answer.pin == "memory-key-1"
    assert scene.host.logins.total() == 0


def test_a_host_that_changes_its_key_after_saying_yes_is_not_believed() -> None:
    scene = Scene()

    class Turncoat(Memory):
        def change(
            self, target: Target, login: Login, new: Plain, privileged: Login | None = None
        ) -> str | None:
            pin = super().change(target, login, new, privileged)
            scene.host.pin = "memory-key-2"
            return pin

    answer = perform(
        scene.work(WorkKind.CHANGE), lambda: False, lambda name: Turncoat({"m": scene.host})
    )
    assert answer.status == ChangeStatus.UNCERTAIN
    assert answer.pin == "memory-key-1"


def test_a_repeated_change_is_uncertain_and_costs_one_wrong_login() -> None:
    scene = Scene()
    work = scene.work(WorkKind.CHANGE)
    scene.do(work)
    assert scene.do(work).status == ChangeStatus.UNCERTAIN
    assert scene.host.wrong_logins["ada"] == 1


def test_a_fault_of_the_changer_becomes_an_answer_without_its_text() -> None:
    scene = Scene()

    def broken(name: str) -> Changer:
        raise RuntimeError(scene.old.reveal())

    answer = perform(scene.work(WorkKind.HEARTBEAT), lambda: False, broken)
    assert answer == Answer(Outcome.UNKNOWN, "the changer failed with RuntimeError")


def test_a_fault_in_the_middle_of_a_change_leaves_it_uncertain() -> None:
    scene = Scene()

    class Broken(Memory):
        def change(
            self, target: Target, login: Login, new: Plain, privileged: Login | None = None
        ) -> str | None:
            raise RuntimeError(new.reveal())

    answer = perform(scene.work(WorkKind.CHANGE), lambda: False, lambda name: Broken())
    assert answer == Answer(ChangeStatus.UNCERTAIN, "the changer failed with RuntimeError")


def test_an_unknown_kind_of_target_is_answered_without_any_login() -> None:
    scene = Scene()
    work = Work(WorkKind.HEARTBEAT, "abacus", Target("m"), Login("ada", scene.old))
    assert perform(work, lambda: False).status == Outcome.UNKNOWN


def test_a_change_without_a_candidate_is_not_begun() -> None:
    scene = Scene()
    work = Work(WorkKind.CHANGE, "memory", Target("m"), Login("ada", scene.old))
    assert scene.do(work).status == Outcome.ARGUMENT
    assert scene.host.logins.total() == 0


def test_work_survives_its_journey_in_a_box() -> None:
    old, new, master = (Plain(fresh_id()) for _ in range(3))
    target = Target("m.example", 2222, "db", ("a", "b"))
    work = Work(WorkKind.CHANGE, "unix_ssh", target, Login("ada", old), new, Login("root", master))
    back = decode("password-change", encode(work))
    assert (back.kind, back.changer, back.target) == (work.kind, work.changer, target)
    assert back.login.username == "ada"
    assert back.login.password.same(old)
    assert back.candidate is not None
    assert back.candidate.same(new)
    assert back.privileged is not None
    assert back.privileged.username == "root"
    assert back.privileged.password.same(master)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"changer": 1, "target": 2}'])
def test_a_box_without_work_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode("heartbeat", Plain(text))
    assert refused.value.__cause__ is None


def test_an_unknown_kind_of_work_is_refused() -> None:
    scene = Scene()
    with pytest.raises(Invalid):
        decode("juggling", encode(scene.work(WorkKind.HEARTBEAT)))


def test_the_signed_body_is_canonical() -> None:
    body = Answer(ChangeStatus.CHANGED, "", "k").body()
    assert body == b'{"detail":"","pin":"k","status":"changed"}'
    assert json.loads(Answer(Outcome.FAILED).body())["pin"] is None


def test_work_does_not_print_its_passwords() -> None:
    scene = Scene()
    text = repr(scene.work(WorkKind.CHANGE))
    assert scene.old.reveal() not in text
    assert scene.new.reveal() not in text
