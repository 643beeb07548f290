"""The table of DESIGN 9: operations x roles x situations, written by hand."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import AccessDenied, Invalid, NotFound
from chalicelib.vault.grants import (
    DEEDS,
    Deed,
    FolderDeed,
    FolderRole,
    Grant,
    Grantee,
    Role,
    Verdict,
    Who,
    decide,
    decide_folder,
    enforce,
    folder_role_named,
    folder_role_of,
    grantees,
    role_named,
    role_of,
)

ALL = frozenset(permission for permission, _ in DEEDS.values())
"""Every permission that a deed asks for, as Administrator's role holds them."""

A, D, H = Verdict.ALLOWED, Verdict.DENIED, Verdict.HIDDEN

#                      no grant  List  View  Edit  Owner
WITH_ALL_PERMISSIONS = {
    Deed.LIST:            (H, A, A, A, A),
    Deed.VIEW:            (H, D, A, A, A),
    Deed.REVEAL:          (H, D, A, A, A),
    Deed.CHECK_OUT:       (H, D, A, A, A),
    Deed.FORCE_CHECK_IN:  (H, D, A, A, A),
    Deed.HEARTBEAT:       (H, D, A, A, A),
    Deed.AUDIT:           (H, D, A, A, A),
    Deed.EDIT:            (H, D, D, A, A),
    Deed.HISTORY:         (H, D, D, A, A),
    Deed.CHANGE_PASSWORD: (H, D, D, A, A),
    Deed.COPY:            (H, D, D, A, A),
    Deed.CONVERT:         (H, D, D, D, A),
    Deed.OWN:             (H, D, D, D, A),
    Deed.DELETE:          (H, D, D, D, A),
    Deed.RESTORE:         (H, D, D, D, A),
}  # fmt: skip
ROLES = (None, Role.LIST, Role.VIEW, Role.EDIT, Role.OWNER)

#                      for an Owner without the permission named
OWNER_WITHOUT = {
    Deed.LIST:            ("View Secret", H),
    Deed.VIEW:            ("View Secret", H),
    Deed.REVEAL:          ("View Secret", H),
    Deed.CHECK_OUT:       ("View Secret", H),
    Deed.FORCE_CHECK_IN:  ("Force Check In", D),
    Deed.HEARTBEAT:       ("View Secret", H),
    Deed.AUDIT:           ("View Secret Audit", D),
    Deed.EDIT:            ("Edit Secret", D),
    Deed.HISTORY:         ("View Secret Password History", D),
    Deed.CHANGE_PASSWORD: ("Edit Secret", D),
    Deed.COPY:            ("Copy Secret", D),
    Deed.CONVERT:         ("Own Secret", D),
    Deed.OWN:             ("Own Secret", D),
    Deed.DELETE:          ("Delete Secret", D),
    Deed.RESTORE:         ("View Deleted Secrets", D),
}  # fmt: skip

#                      no grant  View  Add Secret  Edit  Owner
ON_FOLDERS = {
    FolderDeed.SEE:        (H, A, A, A, A),
    FolderDeed.ADD_SECRET: (H, D, A, A, A),
    FolderDeed.EDIT:       (H, D, D, A, A),
    FolderDeed.OWN:        (H, D, D, D, A),
}  # fmt: skip
FOLDER_ROLES = (None, *FolderRole)
FOLDER_PERMISSIONS = {"View Folders", "Add Secret", "Administer Folders"}


@pytest.mark.parametrize("deed", Deed)
def test_a_grant_goes_as_far_as_its_role(deed: Deed) -> None:
    found = tuple(decide(deed, ALL, role) for role in ROLES)
    assert found == WITH_ALL_PERMISSIONS[deed]


@pytest.mark.parametrize("deed", Deed)
def test_even_an_owner_needs_the_role_permission(deed: Deed) -> None:
    missing, verdict = OWNER_WITHOUT[deed]
    assert decide(deed, ALL - {missing}, Role.OWNER) is verdict


@pytest.mark.parametrize("deed", Deed)
def test_no_permission_at_all_hides_everything(deed: Deed) -> None:
    assert decide(deed, frozenset(), Role.OWNER) is H


@pytest.mark.parametrize("deed", Deed)
def test_every_permission_at_once_opens_nothing_without_a_grant(deed: Deed) -> None:
    everything = ALL | {"Unlimited Administrator", "Administer Users", "Administer Folders"}
    assert decide(deed, everything, None) is H


@pytest.mark.parametrize("deed", Deed)
def test_a_deleted_secret_exists_only_for_who_may_view_deleted_ones(deed: Deed) -> None:
    assert decide(deed, ALL - {"View Deleted Secrets"}, Role.OWNER, deleted=True) is H
    assert decide(deed, ALL, Role.OWNER, deleted=True) is A


@pytest.mark.parametrize("deed", FolderDeed)
def test_a_grant_on_a_folder_goes_as_far_as_its_role(deed: FolderDeed) -> None:
    found = tuple(decide_folder(deed, FOLDER_PERMISSIONS, role) for role in FOLDER_ROLES)
    assert found == ON_FOLDERS[deed]
    assert decide_folder(deed, set(), FolderRole.OWNER) is H


def test_the_highest_of_all_grants_counts() -> None:
    ann, ops = Grantee(Who.USER, 7), Grantee(Who.GROUP, 7)
    grants = [
        Grant(1, ann, Role.LIST, FolderRole.VIEW),
        Grant(2, ops, Role.EDIT, FolderRole.ADD_SECRET),
        Grant(3, Grantee(Who.GROUP, 8), Role.OWNER, FolderRole.OWNER),
    ]
    assert role_of(grants, grantees(7, [7])) is Role.EDIT
    assert folder_role_of(grants, grantees(7, [7])) is FolderRole.ADD_SECRET
    assert role_of(grants, grantees(7, [])) is Role.LIST
    assert role_of(grants, grantees(9, [9])) is None


def test_a_group_is_not_the_user_of_the_same_number() -> None:
    assert role_of([Grant(1, Grantee(Who.GROUP, 7), Role.OWNER)], grantees(7, [])) is None


def test_a_folder_grant_may_give_nothing_on_its_secrets() -> None:
    grants = [Grant(1, Grantee(Who.USER, 7), None, FolderRole.OWNER)]
    assert role_of(grants, grantees(7, [])) is None


def test_hidden_reads_as_not_found_and_denied_as_denied() -> None:
    enforce(A, "secret")
    with pytest.raises(NotFound, match="not found"):
        enforce(H, "secret")
    with pytest.raises(AccessDenied):
        enforce(D, "secret")


def test_roles_are_named_as_clients_write_them() -> None:
    assert role_named("owner") is Role.OWNER
    assert role_named(None) is role_named("None") is None
    assert folder_role_named("AddSecret") is folder_role_named("Add Secret") is FolderRole(2)
    for wrong in (role_named, folder_role_named):
        with pytest.raises(Invalid):
            wrong("Emperor")
