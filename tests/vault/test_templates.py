"""The built-in templates keep the ids and slugs that clients rely on."""

from __future__ import annotations

import pytest

from chalicelib.changers.registry import KINDS
from chalicelib.core.errors import NotFound
from chalicelib.vault.templates import TEMPLATES, Part, Template, field_of, template

each = pytest.mark.parametrize("one", TEMPLATES.values(), ids=lambda one: one.name)


def test_clients_find_the_ids_they_rely_on() -> None:
    assert {one.id: one.name for one in TEMPLATES.values()} == {
        2: "Password",
        9: "Web Password",
        6003: "Windows Account",
        6007: "Unix Account (SSH)",
        6030: "PostgreSQL Account",
    }


@each
def test_slugs_and_ids_are_unique(one: Template) -> None:
    assert len({field.slug for field in one.fields}) == len(one.fields)
    assert len({field.id for field in one.fields}) == len(one.fields)


@each
def test_a_field_is_found_by_id_and_slug(one: Template) -> None:
    for field in one.fields:
        assert field_of(field.id) == (one, field)
        assert one.by_slug(field.slug.upper()) is field


@each
def test_a_changer_is_known_and_finds_what_it_asks_for(one: Template) -> None:
    if not one.changer:
        assert not one.parts
        return
    assert one.changer in {kind.name for kind in KINDS}
    assert {Part.MACHINE, Part.USERNAME, Part.PASSWORD} <= set(one.parts)
    assert {one.by_slug(slug).slug for slug in one.parts.values()} == set(one.parts.values())


@each
def test_a_password_keeps_its_former_values(one: Template) -> None:
    assert one.password is not None
    assert one.password.history > 0


def test_what_does_not_exist_is_not_found() -> None:
    for wrong in (0, 1, 299, 600399, -200):
        with pytest.raises(NotFound, match="not found"):
            field_of(wrong)
    with pytest.raises(NotFound):
        template(1)
    with pytest.raises(NotFound):
        template(2).by_slug("machine")
