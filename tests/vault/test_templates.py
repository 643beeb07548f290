"""The templates that every cluster has, and what may be changed of one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.changers.registry import KINDS
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.vault.definitions import AS_BUILT, definitions_of
from chalicelib.vault.field_ids import slug_of
from chalicelib.vault.requirement import DEFAULT
from chalicelib.vault.template_change import with_changed, with_field, with_options
from chalicelib.vault.templates import (
    MAX_FIELDS,
    FieldType,
    Option,
    Part,
    Template,
    TemplateField,
)

BUILT = AS_BUILT.templates
each = pytest.mark.parametrize("one", BUILT.values(), ids=lambda one: one.name)

FIFTY = {
    "Active Directory Account", "Amazon IAM Console Password", "Amazon IAM Key", "Bank Account",
    "Cisco Account (SSH)", "Cisco Account (Telnet)", "Cisco Enable Secret (SSH)",
    "Cisco Enable Secret (Telnet)", "Cisco VPN Connection", "Combination Lock", "Contact",
    "Credit Card", "DevOps Secrets Vault Client Credentials", "Generic Discovery Credentials",
    "Healthcare", "HP iLO Account (SSH)", "IBM iSeries Mainframe", "MySql Account",
    "Office365 Account", "OpenLDAP Account", "Oracle Account", "Password", "Pin",
    "Product License Key", "SAP Account", "SAP SNC Account", "Security Alarm Code",
    "Social Security Number", "SonicWall NSA Admin", "SonicWall NSA Local User",
    "SonicWall NSA Web Admin", "SonicWall NSA Web Local User", "SQL Server Account", "SSH Key",
    "Sybase Account", "Unix Account (SSH)", "Unix Account (Telnet)",
    "Unix Account (SSH Key Rotation)", "Unix Account (SSH Key Rotation - No Password)",
    "Unix Account (Privileged Account SSH Key Rotation)",
    "Unix Account (Privileged Account SSH Key Rotation - No Password)", "Unix Root Account (SSH)",
    "Update Secret From Script Template", "VMware ESX/ESXi", "WatchGuard", "Web Password",
    "Web Password with TOTP", "Windows Account", "Windows LiveAccount", "z/OS Mainframe",
}  # fmt: skip
KIND = Template(10_001, "Mine", (), "unix_ssh")
WORD = TemplateField(0, 0, "Word", "word")


def test_the_fifty_templates_of_the_field_are_there_and_postgresql() -> None:
    assert len(FIFTY) == 50
    assert {one.name for one in BUILT.values()} == FIFTY | {"PostgreSQL Account"}


@pytest.mark.parametrize(
    ("id", "name", "slugs"),
    [
        (2, "Password", "resource username password notes"),
        (9, "Web Password", "url username password notes"),
        (6001, "Active Directory Account", "domain username password notes"),
        (6003, "Windows Account", "machine username password notes"),
        (6007, "Unix Account (SSH)", "machine username password notes port"),
        (6008, "Oracle Account", "server port database username password notes"),
        (6026, "SSH Key", "public-key private-key private-key-passphrase notes"),
        (6030, "PostgreSQL Account", "server port database username password notes"),
    ],
)
def test_clients_find_the_ids_and_slugs_they_rely_on(id: int, name: str, slugs: str) -> None:
    assert BUILT[id].name == name
    assert [one.slug for one in BUILT[id].fields] == slugs.split()


@each
def test_slugs_and_ids_are_unique_and_a_field_is_found_by_both(one: Template) -> None:
    assert len({field.slug for field in one.fields}) == len(one.fields)
    for field in one.fields:
        assert AS_BUILT.field(field.id) == (one, field)
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
def test_what_hides_is_not_searched_and_a_password_keeps_its_former_values(one: Template) -> None:
    for field in one.fields:
        assert not (field.is_indexable and (field.is_password or field.is_file))
        assert field.history > 0 or not field.is_password


def test_what_does_not_exist_is_not_found() -> None:
    for wrong in (0, 13, 299, 600399, -200):
        with pytest.raises(NotFound, match="not found"):
            AS_BUILT.field(wrong)
    with pytest.raises(NotFound):
        AS_BUILT.template(13)
    with pytest.raises(NotFound):
        BUILT[2].by_slug("machine")


def test_a_secret_of_a_template_that_newer_code_has_is_listed_all_the_same() -> None:
    assert AS_BUILT.of_secret(13).fields == ()


def test_a_stored_template_counts_instead_of_the_built_in_one() -> None:
    changed = replace(BUILT[2], name="Word", version=3)
    known = definitions_of([changed])
    assert known.template(2).name == "Word"
    assert known.template(9) == BUILT[9]
    assert known.template(2).password.rules == DEFAULT  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "slug"), [("Private Key", "private-key"), (" A/b  c! ", "a-b-c"), ("É", "")]
)
def test_a_name_gives_a_slug(name: str, slug: str) -> None:
    assert slug_of(name) == slug


# -- fields


def test_a_new_field_has_a_number_and_a_key_that_no_other_ever_had() -> None:
    kind = with_field(with_field(KIND, WORD), replace(WORD, name="B", slug="b"))
    assert [(one.id, one.stored_as) for one in kind.fields] == [
        (1_000_101, "field-1"),
        (1_000_102, "field-2"),
    ]
    gone = with_changed(kind, 1_000_102, lambda one: replace(one, is_active=False))
    again = with_field(gone, replace(WORD, name="B", slug="b-2"))
    assert [one.stored_as for one in again.fields] == ["field-1", "field-3"]
    with pytest.raises(Invalid, match="former fields"):
        with_field(gone, replace(WORD, slug="b"))


def test_a_field_changes_its_slug_and_keeps_its_key_and_its_part() -> None:
    kind = with_field(KIND, WORD, Part.MACHINE)
    renamed = with_changed(kind, kind.fields[0].id, lambda one: replace(one, slug="host"))
    assert renamed.fields[0].stored_as == "field-1"
    assert renamed.parts == {Part.MACHINE: "host"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FieldType.PASSWORD, FieldType.TEXT),
        (FieldType.TEXT, FieldType.PASSWORD),
        (FieldType.FILE, FieldType.NOTES),
        (FieldType.URL, FieldType.FILE),
    ],
)
def test_a_password_never_becomes_a_text_that_is_searched(
    before: FieldType, after: FieldType
) -> None:
    kind = with_field(KIND, replace(WORD, type=before))
    with pytest.raises(Invalid, match="does not become"):
        with_changed(kind, kind.fields[0].id, lambda one: replace(one, type=after))


def test_what_is_sent_to_a_target_never_moves_to_another_field() -> None:
    """DESIGN 8: whoever may redirect a secret may steal it."""
    kind = with_field(KIND, WORD, Part.MACHINE)
    with pytest.raises(Invalid, match="already"):
        with_field(kind, replace(WORD, slug="other"), Part.MACHINE)
    with pytest.raises(Invalid, match="asked for"):
        with_changed(kind, kind.fields[0].id, lambda one: replace(one, is_active=False))
    with pytest.raises(Invalid, match="nothing checks"):
        with_field(replace(KIND, changer=""), WORD, Part.MACHINE)
    with pytest.raises(Invalid, match="cannot hold"):
        with_field(KIND, WORD, Part.PASSWORD)


def test_options_are_added_renamed_and_taken_off_by_id() -> None:
    known = (Option(1, "red"), Option(2, "green"))
    after = with_options(known, ["blue"], [1], {2: "lime"})
    assert after == (Option(2, "lime"), Option(3, "blue"))
    one = replace(WORD, options=after)
    assert one.takes("lime")
    assert not one.takes("red")
    assert replace(one, type=FieldType.LIST).takes("blue\nlime")
    assert not replace(one, type=FieldType.LIST).takes("blue\nred")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"slug": "No Slug"},
        {"slug": "a--b"},
        {"history": -1},
        {"type": FieldType.PASSWORD, "is_indexable": True},
        {"type": FieldType.FILE, "options": (Option(1, "a"),)},
        {"requirement": 1},
        {"options": (Option(1, "a"), Option(2, "a"))},
        {"description": "x" * 1_001},
    ],
)
def test_a_field_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        replace(WORD, **wrong)  # type: ignore[arg-type]


def test_a_template_has_an_end() -> None:
    kind = KIND
    for number in range(MAX_FIELDS):
        kind = with_field(kind, replace(WORD, slug=f"word-{number}"))
    with pytest.raises(Invalid, match="at most"):
        with_field(kind, replace(WORD, slug="one-more"))
    with pytest.raises(Invalid, match="namePattern"):
        replace(KIND, name_pattern="(")
