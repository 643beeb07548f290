"""Lines of the trail as answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalicelib import wiring
from chalicelib.audit.trail import Line
from chalicelib.core.audit import SYSTEM
from chalicelib.vault.comment import ticket_in
from chalicelib.vault.grants import Grantee, Who

from .folder_models import FolderAuditSummary
from .secret_models import SecretAuditModel

ALTERED = "This line was altered after it was written."


def secret_line(lines: Sequence[Line]) -> Callable[[Line], SecretAuditModel]:
    """How a line about a secret is shown, among those of its page."""
    names = _names(lines)

    def shape(line: Line) -> SecretAuditModel:
        record = line.record
        user_name, display_name = names[record.actor]
        return SecretAuditModel(
            id=_number(line),
            action=record.action,
            action_for_display=record.action.capitalize(),
            by_user_display_name=display_name,
            username=user_name,
            date_recorded=record.at,
            notes=_notes(line),
            application=record.through,
            ticket_number=ticket_in(record.detail) if line.is_genuine else "",
        )

    return shape


def folder_line(folder_id: int, lines: Sequence[Line]) -> Callable[[Line], FolderAuditSummary]:
    """How a line about a folder is shown, among those of its page."""
    names = _names(lines)

    def shape(line: Line) -> FolderAuditSummary:
        record = line.record
        display_name = names[record.actor][1]
        return FolderAuditSummary(record.action, folder_id, record.at, display_name, _notes(line))

    return shape


def _names(lines: Sequence[Line]) -> dict[int, tuple[str, str]]:
    """User name and display name of all who acted."""
    actors = {line.record.actor for line in lines}
    known = wiring.directory().known([Grantee(Who.USER, id) for id in actors - {SYSTEM}])
    found = {named.to.id: (named.name, named.known_as) for named in known.values()}
    unknown = {id: (f"user {id}", f"user {id}") for id in actors}
    return {**unknown, **found, SYSTEM: ("system", "System")}


def _notes(line: Line) -> str:
    return line.record.detail if line.is_genuine else ALTERED


def _number(line: Line) -> int:
    """The contract's integer id of a line, from its own random one."""
    return int(line.id[:8], 16) & 0x7FFFFFFF
