"""One row of the matrix says what a route asks of its caller; a pure function says what he meets.

The rows are a second opinion: nobody derives them from the declarations of the product. A new route
gets a row in the table of its area, by whoever has thought about who may use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Any


class Role(Enum):
    """The shipped roles, and nobody's."""

    ADMINISTRATOR = "Administrator"
    USER = "User"
    READER = "Read-Only User"
    BARE = ""


class Grant(IntEnum):
    """What the caller was granted on the secret, and on its folder; each includes those before."""

    NOTHING = 0
    LISTER = 1  # List; on the folder View
    VIEWER = 2  # View; on the folder Add Secret
    EDITOR = 3  # Edit; on the folder Edit
    OWNER = 4  # Owner; on the folder Owner


class State(Enum):
    """What the caller finds: his grant, or what keeps even an owner."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"
    LISTER = "lister"
    NO_GRANT = "no grant"
    TAKEN = "checked out by another"
    ASKED = "approval needed"
    MAINTENANCE = "maintenance mode"

    @property
    def grant(self) -> Grant:
        return _GRANTS.get(self, Grant.OWNER)


_GRANTS = {
    State.EDITOR: Grant.EDITOR,
    State.VIEWER: Grant.VIEWER,
    State.LISTER: Grant.LISTER,
    State.NO_GRANT: Grant.NOTHING,
}


class Outcome(Enum):
    """What a request meets. Allowed: whatever it answers, it was not refused for who asks."""

    ALLOWED = "allowed"
    REFUSED = "API_AccessDenied"
    HIDDEN = "404"
    MAINTENANCE = "API_MaintenanceMode"
    TAKEN = "API_CheckedOut"
    UNAPPROVED = "API_RequiresApproval"
    NOT_TAKEN = "API_RequiresCheckout"


HOLDS: Mapping[Role, frozenset[str]] = {
    Role.USER: frozenset(
        {
            "Add Secret",
            "View Secret",
            "Edit Secret",
            "Delete Secret",
            "Own Secret",
            "Copy Secret",
            "View Launcher Password",
            "View Secret Audit",
            "View Secret Password History",
            "View Folders",
            "Administer Folders",
            "View Secret Templates",
            "View Password Requirements",
            "View About",
            "View Lists",
            "View Remote Password Changing",
            "Personal Folders",
        }
    ),
    Role.READER: frozenset(
        {
            "View Secret",
            "View Launcher Password",
            "View Secret Audit",
            "View Secret Password History",
            "View Folders",
            "View Secret Templates",
            "View Password Requirements",
            "View About",
            "View Lists",
        }
    ),
    Role.BARE: frozenset(),
}
"""The role permissions of the shipped roles; an Administrator has them all."""


@dataclass(frozen=True, slots=True)
class Need:
    """A right to a secret or a folder: the role permission, and the least grant.

    seen:  the role permission without which no such thing exists for the caller
    taken: whether another's checkout keeps it from him
    asked: whether it has to be approved, where approval is needed
    """

    permission: str
    least: Grant
    seen: str = "View Secret"
    taken: bool = False
    asked: bool = False


LIST = Need("View Secret", Grant.LISTER)
VIEW = Need("View Secret", Grant.VIEWER)
REVEAL = Need("View Secret", Grant.VIEWER, taken=True, asked=True)
EDIT = Need("Edit Secret", Grant.EDITOR, taken=True, asked=True)
SET_TERMS = Need("Own Secret", Grant.OWNER, taken=True, asked=True)
SHARE = Need("Own Secret", Grant.OWNER)
DELETE = Need("Delete Secret", Grant.OWNER, taken=True, asked=True)
RESTORE = Need("View Deleted Secrets", Grant.OWNER)
SEE_AUDIT = Need("View Secret Audit", Grant.VIEWER)
SEE_HISTORY = Need("View Secret Password History", Grant.EDITOR, taken=True, asked=True)
CHANGE_PASSWORD = Need("Edit Secret", Grant.EDITOR, taken=True, asked=True)
COPY = Need("Copy Secret", Grant.EDITOR, taken=True, asked=True)
CONVERT = Need("Own Secret", Grant.OWNER, taken=True, asked=True)
CHECK_OUT = Need("View Secret", Grant.VIEWER, taken=True, asked=True)
CHECK_IN = Need("View Secret", Grant.VIEWER, taken=True)

SEE_FOLDER = Need("View Folders", Grant.LISTER, "View Folders")
ADD_SECRET = Need("Add Secret", Grant.VIEWER, "View Folders")
EDIT_FOLDER = Need("Administer Folders", Grant.EDITOR, "View Folders")
OWN_FOLDER = Need("Administer Folders", Grant.OWNER, "View Folders")


@dataclass(frozen=True, slots=True)
class Row:
    """route:   as the contract writes it
    asks:    role permissions, of which one is needed whatever it is about; none for anybody
    need:    the right to the secret or the folder that it is about, if it is about one
    of:      what its {id} is, by a name of `world`
    others:  it is somebody else's, and for the caller it is not there
    seen_by: but for who holds one of these
    frozen:  maintenance mode refuses it
    shows:   the answer holds secret values; that of no other route ever does
    then:    what those meet whom nothing refuses
    body:    of the request; "<secret>" stands for an id, as in `of`
    """

    route: str
    asks: tuple[str, ...] | str = ()
    need: Need | None = None
    of: str = "<none>"
    others: bool = False
    seen_by: tuple[str, ...] = ()
    frozen: bool = False
    shows: bool = False
    then: Outcome = Outcome.ALLOWED
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None

    @property
    def writes(self) -> bool:
        """Whether something may be another once it was answered."""
        return not self.route.startswith("GET ") and (self.frozen or not self.shows)

    @property
    def asked(self) -> tuple[str, ...]:
        return (self.asks,) if isinstance(self.asks, str) else self.asks


def expected(row: Row, role: Role, state: State) -> Outcome:
    """What somebody of that role meets there, when things stand like that."""
    if row.frozen and state is State.MAINTENANCE:
        return Outcome.MAINTENANCE
    if row.asked and not _holds(role, *row.asked):
        return Outcome.REFUSED
    if row.others and not _holds(role, *row.seen_by):
        return Outcome.HIDDEN
    refused = _of_thing(row.need, role, state) if row.need else None
    return refused or row.then


def _of_thing(need: Need, role: Role, state: State) -> Outcome | None:
    if state.grant is Grant.NOTHING or not _holds(role, need.seen):
        return Outcome.HIDDEN
    if state.grant < need.least or not _holds(role, need.permission):
        return Outcome.REFUSED
    if state is State.TAKEN and need.taken:
        return Outcome.TAKEN
    return Outcome.UNAPPROVED if state is State.ASKED and need.asked else None


def _holds(role: Role, *permissions: str) -> bool:
    is_all = role is Role.ADMINISTRATOR and bool(permissions)
    return is_all or not HOLDS.get(role, frozenset()).isdisjoint(permissions)
