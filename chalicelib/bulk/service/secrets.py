"""Each action on one secret: by the same services as the request for that one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.rotation.service import Asker
from chalicelib.rotation.service.asking import Asking
from chalicelib.vault.change import Change
from chalicelib.vault.grants import Deed, Grantee, Role, Verdict, Who
from chalicelib.vault.secret import Stored
from chalicelib.vault.service import (
    At,
    ConvertService,
    EditService,
    EraseService,
    Finder,
    SecretPermissionService,
    SecretService,
    Wish,
)

from .ports import Doing, Key


@dataclass(frozen=True)
class SecretDeeds:
    finder: Finder
    secrets: SecretService
    edits: EditService
    permissions: SecretPermissionService
    asking: Asking
    erasing: EraseService
    converting: ConvertService

    def rows(self, id: int) -> Sequence[Key]:
        return self.secrets.rows(id)

    def do(self, doing: Doing, id: int) -> None:
        _DEEDS[doing.action.name](self, doing, id)

    def name(self, doing: Doing, id: int) -> str:
        """Its name, for who may list it. No call when its rows came with the visit."""
        found = self.finder.look(doing.visit, At(id))
        listed = self.finder.verdict(doing.visit, found, Deed.LIST) is Verdict.ALLOWED
        return found.secret.name if listed else f"secret {id}"

    def activate(self, doing: Doing, id: int) -> None:
        self.secrets.restore(doing.visit, At(id))

    def deactivate(self, doing: Doing, id: int) -> None:
        self.secrets.delete(doing.visit, At(id, deleted=True))

    def add_share(self, doing: Doing, id: int) -> None:
        self.permissions.give_each(doing.visit, id, shares(doing.arguments["shares"]))

    def edit_share(self, doing: Doing, id: int) -> None:
        roles = shares(doing.arguments["shares"])
        self.permissions.give_only(doing.visit, id, roles)

    def inherit(self, doing: Doing, id: int) -> None:
        self.edits.change(doing.visit, At(id), Change(inherits=True))

    def assign_site(self, doing: Doing, id: int) -> None:
        self.edits.change(doing.visit, At(id), Change(site_id=doing.arguments["site"]))

    def assign_policy(self, doing: Doing, id: int) -> None:
        known = self.finder.secret(doing.visit, At(id), Deed.EDIT).secret.switches
        switches = replace(known, inherits_policy=doing.arguments["inherits"])
        change = Change(switches=switches, policy_id=doing.arguments["policy"])
        self.edits.change(doing.visit, At(id), change)

    def move(self, doing: Doing, id: int) -> None:
        self.edits.change(doing.visit, At(id), Change(folder_id=doing.arguments["folder"]))

    def switch(self, doing: Doing, id: int) -> None:
        """One of its switches on or off: `enable-autochange` and the like."""
        turn, _, what = doing.action.name.partition("-")
        known = self.finder.secret(doing.visit, At(id), Deed.EDIT).secret.switches
        switches = replace(known, **{_SWITCHES[what]: turn == "enable"})
        self.edits.change(doing.visit, At(id), Change(switches=switches))

    def set_checkout(self, doing: Doing, id: int) -> None:
        known = self.finder.secret(doing.visit, At(id), Deed.EDIT).secret.checkout
        terms = replace(known, required=doing.action.name == "enable-checkout")
        self.edits.change(doing.visit, At(id), Change(checkout=terms))

    def set_comment(self, doing: Doing, id: int) -> None:
        wanted = doing.action.name == "enable-require-view-comment"
        self.edits.change(doing.visit, At(id), Change(requires_comment=wanted))

    def set_options(self, doing: Doing, id: int) -> None:
        """What came of its terms, on those that it has."""
        known = self.finder.secret(doing.visit, At(id), Deed.EDIT).secret.checkout
        terms = replace(known, **doing.arguments["checkout"])
        change = Change(checkout=terms, requires_comment=doing.arguments["comment"])
        self.edits.change(doing.visit, At(id), change)

    def set_privileged(self, doing: Doing, id: int) -> None:
        change = Change(privileged_id=doing.arguments["account"])
        self.edits.change(doing.visit, At(id), change)

    def set_requirement(self, doing: Doing, id: int) -> None:
        """Of each of its passwords, or the one that is named."""
        kind = self.finder.secret(doing.visit, At(id), Deed.EDIT).secret.template
        named = doing.arguments["field"]
        slugs = [named] if named else [one.slug for one in kind.fields if one.is_password]
        wanted: dict[str, int] = dict.fromkeys(slugs, int(doing.arguments["requirement"]))
        self.edits.change(doing.visit, At(id), Change(requirements=wanted))

    def convert(self, doing: Doing, id: int) -> None:
        """Its values go where the operation says, or where they usually go."""
        pairs = [(int(source), int(target)) for source, target in doing.arguments["pairs"]]
        wish = Wish(int(doing.arguments["template"]), pairs=pairs)
        self.converting.convert(doing.visit, At(id), wish)

    def expire(self, doing: Doing, id: int) -> None:
        self.edits.expire(doing.visit, At(id))

    def request_erase(self, doing: Doing, id: int) -> None:
        """A request of its own for each: it is answered and carried out by itself."""
        at = doing.arguments["at"]
        since = datetime.fromisoformat(at) if at else None
        self.erasing.ask(doing.visit, [id], doing.arguments["comment"], since)

    def run_heartbeat(self, doing: Doing, id: int) -> None:
        stored = self._stored(doing, id, Deed.HEARTBEAT)
        self.asking.heartbeat(_asker(doing), stored, doing.visit.now)

    def change_password(self, doing: Doing, id: int) -> None:
        """To the given one, or to a random one of its own."""
        stored = self._stored(doing, id, Deed.CHANGE_PASSWORD)
        self.asking.change(_asker(doing), stored, doing.given, doing.visit.now)

    def _stored(self, doing: Doing, id: int, deed: Deed) -> Stored:
        found = self.finder.secret(doing.visit, At(id), deed)
        return Stored(found.secret, found.state)


_SWITCHES = {"autochange": "auto_change", "heartbeat": "heartbeats"}

_DEEDS: Mapping[str, Callable[[SecretDeeds, Doing, int], None]] = {
    "activate": SecretDeeds.activate,
    "add-share": SecretDeeds.add_share,
    "assign-secret-policy": SecretDeeds.assign_policy,
    "assign-site": SecretDeeds.assign_site,
    "change-password-remotely": SecretDeeds.change_password,
    "change-security-options": SecretDeeds.set_options,
    "convert-type": SecretDeeds.convert,
    "deactivate": SecretDeeds.deactivate,
    "disable-autochange": SecretDeeds.switch,
    "disable-checkout": SecretDeeds.set_checkout,
    "disable-heartbeat": SecretDeeds.switch,
    "disable-require-view-comment": SecretDeeds.set_comment,
    "edit-share": SecretDeeds.edit_share,
    "enable-autochange": SecretDeeds.switch,
    "enable-checkout": SecretDeeds.set_checkout,
    "enable-heartbeat": SecretDeeds.switch,
    "enable-inherit-permissions": SecretDeeds.inherit,
    "enable-require-view-comment": SecretDeeds.set_comment,
    "expire": SecretDeeds.expire,
    "move-to-folder": SecretDeeds.move,
    "request-erase": SecretDeeds.request_erase,
    "run-heartbeat": SecretDeeds.run_heartbeat,
    "set-privileged-account": SecretDeeds.set_privileged,
    "update-password-requirement": SecretDeeds.set_requirement,
}


def shares(stored: Sequence[Any]) -> Mapping[Grantee, Role]:
    """Who is to get which role, from an operation's arguments."""
    return {Grantee(Who(who), int(id)): Role(role) for who, id, role in stored}


def _asker(doing: Doing) -> Asker:
    """Nobody waits for each of many: the `-now` queues of sites are kept free of them."""
    who = doing.visit.who
    return Asker(who.user_id, who.address, waits=False, cause=doing.visit.cause)
