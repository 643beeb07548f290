"""Licences by themselves: keys, what a set allows, when people are warned, when a node lapses."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.cluster.gate import FIRST, STANDBY, Gate
from chalicelib.cluster.here import Here, here
from chalicelib.cluster.licence import (
    ENDED,
    THRESHOLDS,
    AddOn,
    Edition,
    Licence,
    evaluation,
    opened,
    rights,
    warning,
)
from chalicelib.cluster.licences import words
from chalicelib.cluster.licensing import (
    UNSIGNED,
    Lapse,
    Licensing,
    followed_signer,
    forgotten,
    lapse,
    licensed,
)
from chalicelib.cluster.node import needs_clustering, ticked
from chalicelib.core.errors import Invalid

from .signer import LicenceSigner, licence

TODAY = date(2026, 11, 26)
DAY = timedelta(days=1)
SIGNER, OTHER = LicenceSigner(), LicenceSigner()
LICENCE = licence(TODAY)
KEY = SIGNER.sign(LICENCE)


def test_a_signed_key_says_what_was_signed() -> None:
    assert opened(KEY, SIGNER.public) == LICENCE


def test_spaces_and_breaks_that_mail_puts_into_a_key_do_no_harm() -> None:
    broken = "\n".join(KEY[at : at + 40] for at in range(0, len(KEY), 40))
    assert opened(f"  {broken}\r\n", SIGNER.public) == LICENCE


def test_no_altered_key_opens() -> None:
    """Each character of the key in turn is another one."""
    for place, letter in enumerate(KEY):
        altered = KEY[:place] + ("A" if letter != "A" else "B") + KEY[place + 1 :]
        with pytest.raises(Invalid):
            opened(altered, SIGNER.public)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (OTHER.sign(LICENCE), "not signed by this cluster's signer"),
        (KEY[:-4], "not signed by this cluster's signer"),
        (KEY + ".more", "no licence key"),
        ("hello", "no licence key"),
        ("", "no licence key"),
        ("CL1..", "not signed"),
        ("CL1.é.é", "not signed"),
        ("CL1." + "A" * 5000 + ".A", "no licence key"),
    ],
    ids=["foreign", "cut", "longer", "a word", "nothing", "empty", "no ascii", "too long"],
)
def test_a_foreign_cut_or_silly_key_is_refused_with_the_reason(key: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        opened(key, SIGNER.public)


@pytest.mark.parametrize("signer", ["", "nonsense", base64.b64encode(b"short").decode()])
def test_a_public_key_that_is_none_opens_nothing(signer: str) -> None:
    with pytest.raises(Invalid, match="not signed"):
        opened(KEY, signer)


def test_a_signed_licence_of_another_version_is_refused_with_the_reason() -> None:
    from chalicelib.cluster.licence import key_of, signed_bytes

    raw = b'{"id":"L-1","company":"X","edition":"Galactic","seats":1,"issued":"2026-01-01"}'
    payload = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    key = key_of(payload, SIGNER.private.sign(signed_bytes(payload)))
    with pytest.raises(Invalid, match="Galactic"):
        opened(key, SIGNER.public)


def holding(*licences: Licence) -> tuple[str, tuple[str, ...], int | None, bool]:
    found = rights(licences, TODAY)
    return found.edition, found.add_ons, found.seats, found.clustering


def test_what_licences_allow_together() -> None:
    professional = licence(TODAY, id="P", edition=Edition.PROFESSIONAL, seats=25)
    premium = licence(TODAY, id="A", edition=Edition.NONE, add_ons=(AddOn.PREMIUM,), seats=0)
    ended = licence(TODAY, -1, id="E", seats=500)
    assert holding() == ("", (), 0, False)
    assert holding(LICENCE) == ("Enterprise Plus", (), 10, True)
    assert holding(professional) == ("Professional", (), 25, False)
    assert holding(professional, premium) == ("Professional", ("Premium",), 25, True)
    assert holding(premium) == ("", (), 0, False)
    assert holding(professional, LICENCE) == ("Enterprise Plus", (), 35, True)
    assert holding(professional, ended) == ("Professional", (), 25, False)


def test_the_evaluation_has_everything() -> None:
    assert evaluation().clustering
    assert evaluation().seats is None
    assert evaluation().expires is None


def test_a_licence_holds_through_its_last_day() -> None:
    last = licence(TODAY, 0)
    assert last.holds(TODAY) and not last.holds(TODAY + DAY)
    assert licence(TODAY, None).holds(date.max)
    assert rights([licence(TODAY, None)], TODAY).expires is None
    said = [words(licence(TODAY, days), TODAY) for days in (None, 61, 60, 1, 0)]
    assert said == ["Valid", "Valid", "Expires in 60 days", "Expires in 1 day", "Expires today"]
    assert words(licence(TODAY, -1), TODAY).startswith("Expired")


def test_people_are_warned_once_at_each_threshold() -> None:
    one, warned, told = licence(TODAY, 90), None, {}
    for passed in range(100):
        today = TODAY + passed * DAY
        threshold = warning(one, warned, today)
        if threshold is not None:
            told[threshold] = 90 - passed
            warned = threshold
    assert told == {**{days: days for days in THRESHOLDS}, ENDED: -1}


def test_what_was_missed_is_told_of_once_and_by_the_nearest() -> None:
    assert warning(licence(TODAY, 5), None, TODAY) == 7
    assert warning(licence(TODAY, 5), 7, TODAY) is None
    assert warning(licence(TODAY, None), None, TODAY) is None


SIGNED = Licensing("ab12", "2026-12-26", "2027-11-26", frozenset({"a"}))


@pytest.mark.parametrize(
    ("licensing", "node", "day", "lapsed"),
    [
        (UNSIGNED, "a", "2099-01-01", None),
        (SIGNED, "a", "2026-12-26", None),
        (SIGNED, "a", "2027-11-26", None),
        (SIGNED, "a", "2027-11-27", Lapse.EXPIRED),
        (SIGNED, "b", "2026-12-26", None),
        (SIGNED, "b", "2026-12-27", Lapse.UNACTIVATED),
        (SIGNED, "b", "2027-11-27", Lapse.EXPIRED),
        (replace(SIGNED, until=""), "a", "2026-12-26", None),
        (replace(SIGNED, until=""), "a", "2026-12-27", Lapse.NONE),
    ],
)
def test_when_a_node_is_view_only(
    licensing: Licensing, node: str, day: str, lapsed: Lapse | None
) -> None:
    assert lapse(licensing, node, date.fromisoformat(day)) is lapsed


def test_an_end_bites_without_a_writer() -> None:
    """The same gate: the last second of the last day, and the next one."""
    gate = Gate("c", nodes={"a": FIRST}, licensing=replace(SIGNED, until="2026-12-31"))
    door: Here = here(gate, "a")
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert door.view_only(last) == ""
    assert "expired" in door.view_only(last + timedelta(seconds=1))
    assert not door.maintenance


def test_setting_a_signer_leaves_thirty_days_to_get_a_licence() -> None:
    first = followed_signer(UNSIGNED, SIGNER.public, TODAY)
    assert first.trial == "2026-12-26"
    later = followed_signer(first, OTHER.public, TODAY + 20 * DAY)
    assert (later.trial, later.signer != first.signer) == (first.trial, True)
    assert followed_signer(later, "", TODAY) == UNSIGNED


def test_add_ons_alone_give_no_edition_to_work_under() -> None:
    alone = licence(TODAY, edition=Edition.NONE, add_ons=(AddOn.PREMIUM,))
    assert licensed(SIGNED, [alone]).until == ""
    assert licensed(SIGNED, [licence(TODAY, None)]).until == "9999-12-31"
    assert forgotten(SIGNED, "a").activated == frozenset()


def test_a_second_node_serves_only_in_a_cluster_that_may_have_it() -> None:
    alone = Gate("c", nodes={"a": FIRST, "b": STANDBY})
    both = ticked(alone, "b", FIRST)
    assert needs_clustering(alone, both)
    assert not needs_clustering(replace(alone, clustering=True), both)
    moved = replace(alone, nodes={"a": STANDBY, "b": FIRST})
    assert not needs_clustering(alone, moved)


def test_a_cluster_of_two_before_the_button_counts_as_enabled_and_stays_so() -> None:
    two = Gate("c", nodes={"a": FIRST, "b": FIRST})
    one = ticked(two, "b", STANDBY)
    assert one.clustering
    assert not needs_clustering(one, ticked(one, "b", FIRST))
