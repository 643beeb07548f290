"""What is over is removed by its end, counted, and never counts as there: TTL may be late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.access.lockout import Allowance
from chalicelib.access.mail_code import LIFE as CODE_LIFE
from chalicelib.access.mail_code import Challenge
from chalicelib.access.principal import Behalf
from chalicelib.access.security_key import LIFE as CHALLENGE_LIFE
from chalicelib.access.session import Session
from chalicelib.access.store import Challenges, Once, Sessions, Throttle
from chalicelib.aws.commit import Write
from chalicelib.aws.ends import ending
from chalicelib.aws.table import DataRow
from chalicelib.bulk.action import BY_NAME as BULK
from chalicelib.bulk.operation import LIFE, Operation
from chalicelib.bulk.store import OperationTable
from chalicelib.catalogue import BY_NAME
from chalicelib.changers.work import WorkKind
from chalicelib.cluster.dead_letters import Raised
from chalicelib.cluster.store import DeadLetters
from chalicelib.core.tick import Tally, Tick
from chalicelib.jobs.cleaning import CACHE, DATABASE, ENGINE_LOG, Cleaning, Kind
from chalicelib.jobs.run import Finished, Job, Running
from chalicelib.jobs.service import Outcome
from chalicelib.jobs.store import EndedRows, JobStore
from chalicelib.jobs.tasks import clean_database, truncate_cache, truncate_engine_log
from chalicelib.mail.kinds import BY_NAME as MAIL_KINDS
from chalicelib.mail.mail import Mail
from chalicelib.mail.store import MailTable
from chalicelib.rotation.change import PasswordChange
from chalicelib.rotation.item import Item, Stage
from chalicelib.rotation.store import RotationStore
from chalicelib.settings.settings import Settings
from chalicelib.sites.store import EngineStore, NonceRow
from chalicelib.transfer.export import COPIES_KEPT, Export, Scope
from chalicelib.transfer.store import ExportStore, ImportStore
from tests.calls import Calls
from tests.founding import found

pytestmark = pytest.mark.usefixtures("aws")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
MONTH = 30 * DAY
ALLOWANCE = Allowance(("login", "10.0.0.9"), 100, timedelta(minutes=1))


def session() -> Session:
    return Session("s", 7, 1, NOON, NOON, NOON, "t", "r", "f")


def write_run(slug: str = "heartbeat") -> None:
    store = JobStore(wiring.committer(), lambda: MONTH)
    running = Running(NOON, NOON, "node-a", NOON, 1)
    begun = store.begin(Job(slug, "", running=running))
    store.finish(begun, Finished(NOON, NOON, NOON, "node-a", Tally()))


def commit(*writes: Write) -> None:
    wiring.committer()(writes)


def write_session() -> None:
    commit(Sessions().begun(session()))


def write_past_change() -> None:
    change = PasswordChange("c", 12, (), NOON, NOON)
    commit(RotationStore(wiring.keyring()).keep_past(change, NOON))


def write_item() -> None:
    item = Item("1" * 32, WorkKind.HEARTBEAT, 12, 7, NOON, NOON, NOON, MONTH, Stage.ANSWERED)
    commit(RotationStore(wiring.keyring()).save_item(item))


def write_throttle() -> None:
    assert Throttle(lambda *_: "x").take(ALLOWANCE, NOON)


def write_nonce() -> None:
    commit(*EngineStore().used(7, "n", NOON))


def write_dead_letters() -> None:
    commit(DeadLetters().raise_now("web", None, Raised(1, NOON)))


def write_bulk() -> None:
    one = Operation("1" * 32, BULK["deactivate"], Behalf(7, 1), NOON, 1)
    commit(OperationTable(wiring.keyring(), lambda: MONTH).cancelled(one, 7))


def write_mail() -> None:
    commit(MailTable(lambda: MONTH).made(Mail("m", MAIL_KINDS["backup-failed"], NOON)))


def write_mail_code() -> None:
    commit(Challenges().made(Challenge("c", 7, "p", NOON, NOON)))


def write_once() -> None:
    Once().keep("1" * 32, "sign-in", {}, NOON + CHALLENGE_LIFE)


def write_import() -> None:
    commit(ImportStore(wiring.keyring()).begun("1" * 32, b"k" * 32, NOON))


def write_export() -> None:
    one = Export("1" * 32, Behalf(7, 1), NOON, "why", Scope(), key=b"k" * 32)
    commit(ExportStore(wiring.keyring()).copy(one, 7, b"x", NOON))


WRITTEN: dict[str, tuple[Callable[[], None], timedelta]] = {
    "run": (write_run, MONTH),
    "bulk": (write_bulk, LIFE + MONTH),
    "mail": (write_mail, DAY + MONTH),
    "past-change": (write_past_change, MONTH),
    "session": (write_session, session().refreshable_until - NOON + timedelta(minutes=1)),
    "throttle": (write_throttle, timedelta(hours=1, minutes=1)),
    "mail-code": (write_mail_code, CODE_LIFE),
    "once": (write_once, CHALLENGE_LIFE),
    "nonce": (write_nonce, timedelta(minutes=5)),
    "dead-letters": (write_dead_letters, DAY),
    "import": (write_import, timedelta(0)),
    "export": (write_export, COPIES_KEPT),
    "item": (write_item, MONTH),
}
"""For each kind: how its own store writes a row at noon, and how long after it is over."""


def tick(now: datetime, cursor: str = "") -> Tick:
    return Tick("DatabaseCleanupTriggerJob", now, now, now + timedelta(minutes=1), "node-a", cursor)


def cleaning(settings: Settings | None = None) -> Cleaning:
    return Cleaning(EndedRows(), lambda: settings or Settings(), lambda: NOON)


def rows() -> int:
    """How many rows there are that have an end."""
    return sum(row.ttl is not None for row in DataRow.scan())


def test_each_kind_is_removed_when_it_is_over_and_not_before() -> None:
    """TTL is late in all of these: the rows are still there."""
    found()
    kinds = (*DATABASE, *CACHE, *ENGINE_LOG)
    assert WRITTEN.keys() == {one.name for one in kinds}
    for kind in kinds:
        write, kept = WRITTEN[kind.name]
        write()
        assert rows() == 1, kind.name
        assert cleaning().clean(tick(NOON + kept - SECOND), [kind]) == Tally(), kind.name
        assert cleaning().clean(tick(NOON + kept + SECOND), [kind]) == Tally(1, 1), kind.name
        assert rows() == 0, kind.name


def test_every_row_that_ttl_removes_is_one_that_a_job_finds() -> None:
    found()
    for write, kept in WRITTEN.values():
        write()
        [row] = [one for one in DataRow.scan() if one.ttl is not None]
        assert row.i3pk and row.i3pk.startswith("ended#")
        assert int(row.ttl) == pytest.approx((NOON + kept).timestamp(), abs=1)
        row.delete()


def end(pk: str, at: datetime) -> DataRow:
    row: DataRow = ending(NonceRow(pk, "x"), "session", at)
    return row


def test_a_row_that_was_given_another_end_meanwhile_stays() -> None:
    end("session#1", NOON).save()
    [hit] = EndedRows().ended("session", NOON + SECOND, "", 10)
    end("session#1", NOON + DAY).save()
    assert not EndedRows().remove("session", hit)
    assert [row.pk for row in DataRow.scan()] == ["session#1"]


def test_much_is_removed_in_slices_each_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.jobs.cleaning.BATCH", 2)
    for number in range(5):
        end(f"session#{number}", NOON).save()
    late = replace(cleaning(), clock=lambda: NOON + 2 * DAY)
    whole, slices, cursor = Tally(), 0, ""
    while True:
        done = late.clean(tick(NOON + DAY, cursor), DATABASE)
        whole, slices, cursor = whole + done, slices + 1, done.cursor
        if not cursor:
            break
    assert (whole.found, whole.done) == (5, 5)
    assert slices == 4  # two, two, one, and none left
    assert not list(DataRow.scan())


def test_the_work_grows_with_what_is_over_not_with_what_is_there(calls: Calls) -> None:
    def cost() -> int:
        calls.clear()
        assert cleaning().clean(tick(NOON), DATABASE) == Tally()
        return len(calls.seen)

    cost()  # the connection is read once
    empty = cost()
    with DataRow.batch_write() as batch:
        for number in range(300):
            batch.save(end(f"session#{number}", NOON + DAY))
    assert cost() == empty == len(DATABASE)


@pytest.mark.parametrize(("name", "kind"), [("run", DATABASE[0]), ("item", ENGINE_LOG[0])])
def test_fewer_days_hold_for_what_is_there_already(name: str, kind: Kind) -> None:
    found()
    WRITTEN[name][0]()
    shorter = Settings(days_to_keep_logs=3, days_to_keep_engine_logs=3)
    assert cleaning(shorter).clean(tick(NOON + 3 * DAY - SECOND), [kind]).done == 0
    assert cleaning(shorter).clean(tick(NOON + 3 * DAY + SECOND), [kind]).done == 1


def test_the_three_jobs_run_as_the_schedule_has_them_and_leave_their_counts() -> None:
    found()
    for write, _ in WRITTEN.values():
        write()
    now = wiring.clock()()
    for name, case, removed in (
        ("DatabaseCleanupTriggerJob", clean_database, len(DATABASE)),
        ("TruncateDatabaseCacheTriggerJob", truncate_cache, len(CACHE)),
        ("TruncateEngineLogTriggerJob", truncate_engine_log, len(ENGINE_LOG)),
    ):
        asked = now.replace(microsecond=1)
        outcome = wiring.jobs().run(BY_NAME[name], asked, now, now + timedelta(minutes=1), case)
        assert outcome is Outcome.RAN
        [run] = wiring.jobs().runs(BY_NAME[name].slug)
        assert (run.tally.found, run.tally.done) == (removed, removed), name


# -- nothing is kept alive by TTL being late


def test_runs_past_their_days_are_not_shown() -> None:
    write_run()
    service = replace(wiring.jobs(), kept=lambda: 3 * DAY, clock=lambda: NOON + 3 * DAY - SECOND)
    assert len(service.runs("heartbeat")) == 1
    assert replace(service, clock=lambda: NOON + 3 * DAY).runs("heartbeat") == []


def test_former_changes_past_their_time_are_not_there() -> None:
    found()
    write_past_change()
    store = RotationStore(wiring.keyring())
    assert len(store.past(12, NOON + MONTH - SECOND)) == 1
    assert store.past(12, NOON + MONTH) == []


def test_attempts_of_a_window_that_has_passed_do_not_count() -> None:
    once = replace(ALLOWANCE, attempts=1)
    throttle = Throttle(lambda *_: "x")
    assert throttle.take(once, NOON)
    assert not throttle.take(once, NOON + 59 * SECOND)
    assert throttle.take(once, NOON + 60 * SECOND)
