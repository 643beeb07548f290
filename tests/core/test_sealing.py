"""Sealed boxes: they open for one key, about one thing, unaltered, and never otherwise."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import Invalid, Unsealable
from chalicelib.core.ids import fresh_id
from chalicelib.core.plain import Plain
from chalicelib.core.sealing import HEAD_BYTES, Opener, about_claim, seal

ABOUT = about_claim("item-1", 3, "17")


def test_the_recipient_opens_the_box() -> None:
    opener, value = Opener.fresh(), fresh_id() + " é 漢"
    box = seal(Plain(value), opener.public(), ABOUT)
    assert Opener(opener.seed()).open(box, ABOUT).reveal() == value


def test_an_empty_value_can_be_sealed() -> None:
    opener = Opener.fresh()
    assert opener.open(seal(Plain(""), opener.public(), ABOUT), ABOUT).reveal() == ""


def test_the_value_is_not_in_the_box_and_no_two_boxes_are_alike() -> None:
    opener, value = Opener.fresh(), fresh_id()
    boxes = {seal(Plain(value), opener.public(), ABOUT) for _ in range(20)}
    assert len(boxes) == 20
    assert len({box[:HEAD_BYTES] for box in boxes}) == 20
    assert all(value.encode() not in box for box in boxes)


def test_another_engine_does_not_open_it() -> None:
    box = seal(Plain(fresh_id()), Opener.fresh().public(), ABOUT)
    with pytest.raises(Unsealable):
        Opener.fresh().open(box, ABOUT)


@pytest.mark.parametrize(
    "about",
    [
        about_claim("item-2", 3, "17"),
        about_claim("item-1", 4, "17"),
        about_claim("item-1", 3, "18"),
        b"",
    ],
)
def test_a_box_does_not_open_as_another_claim_s(about: bytes) -> None:
    opener = Opener.fresh()
    with pytest.raises(Unsealable):
        opener.open(seal(Plain(fresh_id()), opener.public(), ABOUT), about)


def test_any_altered_byte_is_noticed() -> None:
    opener = Opener.fresh()
    box = seal(Plain(fresh_id()), opener.public(), ABOUT)
    for place in range(len(box)):
        altered = box[:place] + bytes([box[place] ^ 1]) + box[place + 1 :]
        with pytest.raises(Unsealable):
            opener.open(altered, ABOUT)


def test_any_shortened_box_is_noticed() -> None:
    opener = Opener.fresh()
    box = seal(Plain(fresh_id()), opener.public(), ABOUT)
    for length in range(len(box)):
        with pytest.raises(Unsealable):
            opener.open(box[:length], ABOUT)


def test_a_point_that_shares_nothing_is_refused() -> None:
    with pytest.raises(Invalid):
        seal(Plain(fresh_id()), bytes(32), ABOUT)
    with pytest.raises(Unsealable):
        Opener.fresh().open(b"\x01" + bytes(32) + bytes(40), ABOUT)


def test_a_key_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(Invalid):
        seal(Plain(fresh_id()), b"short", ABOUT)
    with pytest.raises(Invalid):
        Opener(b"short")


def test_ids_cannot_be_moved_into_one_another() -> None:
    assert about_claim("a", 11, "2") != about_claim("a1", 1, "2")
    with pytest.raises(Invalid):
        about_claim("a\n1", 1, "2")


def test_neither_key_nor_error_prints_the_value() -> None:
    opener, value = Opener.fresh(), fresh_id()
    box = seal(Plain(value), opener.public(), ABOUT)
    assert repr(opener) == f"{opener}" == "Opener(***)"
    with pytest.raises(Unsealable) as refused:
        opener.open(box, b"")
    assert value not in repr(refused.value)
    assert refused.value.__cause__ is None
