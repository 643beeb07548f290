"""Event source mappings settle, are kept, and refuse what AWS refuses."""

from pathlib import Path

import pytest

from infra.localrun.mapping import (
    SETTLING,
    MappingExistsError,
    MappingInUseError,
    Mappings,
    UnknownMappingError,
)

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:conclave-node-a-web"
ASKED = {"EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:q", "Enabled": False}


class Hand:
    """A clock that somebody moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def settle(self) -> None:
        self.now += SETTLING + 0.01


def test_a_mapping_is_creating_and_then_what_was_asked(tmp_path: Path) -> None:
    clock = Hand()
    mappings = Mappings(tmp_path / "m.json", clock)
    made = mappings.create(FUNCTION, ASKED)
    assert mappings.show(made)["State"] == "Creating"
    clock.settle()
    assert mappings.show(made)["State"] == "Disabled"
    enabling = mappings.update(made.id, {"Enabled": True, "BatchSize": 5})
    assert mappings.show(enabling)["State"] == "Enabling"
    clock.settle()
    shown = mappings.show(mappings.get(made.id))
    assert (shown["State"], shown["BatchSize"]) == ("Enabled", 5)


def test_a_mapping_that_is_settling_is_in_use(tmp_path: Path) -> None:
    mappings = Mappings(tmp_path / "m.json", Hand())
    made = mappings.create(FUNCTION, ASKED)
    with pytest.raises(MappingInUseError):
        mappings.update(made.id, {"Enabled": True})


def test_one_function_has_one_mapping_to_a_queue(tmp_path: Path) -> None:
    mappings = Mappings(tmp_path / "m.json", Hand())
    mappings.create(FUNCTION, ASKED)
    with pytest.raises(MappingExistsError):
        mappings.create(FUNCTION, ASKED)


def test_a_deleted_mapping_goes_and_may_be_made_again(tmp_path: Path) -> None:
    clock = Hand()
    mappings = Mappings(tmp_path / "m.json", clock)
    made = mappings.create(FUNCTION, ASKED)
    clock.settle()
    assert mappings.show(mappings.delete(made.id))["State"] == "Deleting"
    clock.settle()
    with pytest.raises(UnknownMappingError):
        mappings.get(made.id)
    assert mappings.create(FUNCTION, ASKED).id != made.id


def test_mappings_survive_the_process(tmp_path: Path) -> None:
    clock = Hand()
    made = Mappings(tmp_path / "m.json", clock).create(FUNCTION, ASKED)
    assert Mappings(tmp_path / "m.json", clock).get(made.id) == made
