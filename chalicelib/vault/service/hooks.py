"""Hooks of a secret: attached, changed and taken off by its Owner.

A hook sends an account, and values of fields, to a machine: who says which, must be able to view
what would go there (DESIGN 8). To switch one off, or to have a failure of it stop nobody, takes an
Owner alone: else a hook that fails would keep everybody out for good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.core.errors import AccessDenied, Invalid, NotFound, Unavailable
from chalicelib.core.plain import Plain
from chalicelib.vault import hook as rules
from chalicelib.vault.double_lock import NONE_OPEN
from chalicelib.vault.grants import Deed, Verdict
from chalicelib.vault.hook import Hook
from chalicelib.vault.ports import Commit, Counter, Secrets, Values
from chalicelib.vault.secret import Secret
from chalicelib.vault.templates import Part
from chalicelib.vault.visit import Visit

from .finding import At, Finder, Found
from .privileged import demand_privileged
from .scripts import Scripts


@dataclass(frozen=True, slots=True)
class HookService:
    finder: Finder
    secrets: Secrets
    values: Values
    scripts: Scripts
    counter: Counter
    commit: Commit

    def all(self, visit: Visit, at: At) -> tuple[Found, dict[int, str]]:
        """A secret's hooks, in its `hooks`, and what their scripts are called. One read each."""
        found = self.finder.secret(visit, at, Deed.VIEW)
        named = {one.script_id for one in found.secret.hooks}
        known = (self.scripts.fetch(id) for id in sorted(named))
        return found, {one.id: one.name for one in known if one}

    def create(self, visit: Visit, at: At, draft: Hook) -> Hook:
        """Attach a hook. Each call attaches another. Conflict: the secret was changed meanwhile."""
        found = self._found(visit, at)
        if len(found.secret.hooks) >= rules.MOST:
            raise Invalid(f"A secret has at most {rules.MOST} hooks.")
        made = rules.whole(draft, found.secret.template)
        self._demand(visit, found, None, made)
        made = replace(made, id=self.counter.next("secret-hook"))
        self._write(visit, found, (*found.secret.hooks, made), f"{made.label} attached", made)
        return made

    def change(self, visit: Visit, at: At, id: int, change: Callable[[Hook], Hook]) -> Hook:
        """Change a hook. What differs in nothing is not written. Conflict as above."""
        found = self._found(visit, at)
        before = hook_of(found.secret, id)
        after = rules.moved(before, rules.whole(change(before), found.secret.template))
        if after == before:
            return before
        self._demand(visit, found, before, after)
        sent = after if rules.sends(before, after) else None
        hooks = tuple(after if one.id == id else one for one in found.secret.hooks)
        self._write(visit, found, hooks, f"{after.label} changed", sent)
        return after

    def delete(self, visit: Visit, at: At, id: int) -> None:
        """Take a hook off: one that is to run and has not begun does not run any more."""
        found = self._found(visit, at)
        gone = hook_of(found.secret, id)
        hooks = tuple(one for one in found.secret.hooks if one.id != id)
        self._write(visit, found, hooks, f"{gone.label} taken off", None)

    def _found(self, visit: Visit, at: At) -> Found:
        found = self.finder.secret(visit, at, Deed.EDIT)
        self.finder.demand(visit, found, Deed.OWN)
        if visit.upgrading:
            raise Unavailable("Hooks can be set once the upgrade in progress is finished.")
        return found

    def _demand(self, visit: Visit, found: Found, before: Hook | None, after: Hook) -> None:
        """Refuse to send anything anywhere for who may not view it, and what could not run."""
        secret, sent = found.secret, rules.sends(before, after)
        if not sent:
            return
        script = self.scripts.fetch(after.script_id)
        if script is None or not script.is_active:
            raise Invalid("scriptId names no script that is active.")
        self._demand_view(visit, found, " and ".join(sent))
        machine = self._machine(visit, secret, after)
        if not machine:
            raise Invalid("serverName is needed: the secret names no machine.")
        if after.account:
            wanted = replace(secret, privileged_id=after.account)
            demand_privileged(self.finder, visit, wanted, machine, rules.CHANGER)
        elif secret.template.changer != rules.CHANGER or secret.double_lock:
            raise Invalid(
                "privilegedSecretId is needed: the secret's own account is none that could log in"
                " and run a script."
            )

    def _demand_view(self, visit: Visit, found: Found, what: str) -> None:
        if self.finder.verdict(visit, found, Deed.REVEAL) is not Verdict.ALLOWED:
            denied = AccessDenied(f"Changing the {what} needs the right to view the secret.")
            raise self.finder.refused(visit, found, Deed.EDIT, denied)
        if why := self.finder.kept(visit, found, Deed.REVEAL):
            denied = type(why)(f"Changing the {what} needs what viewing needs. {why}")
            raise self.finder.refused(visit, found, Deed.EDIT, denied)

    def _machine(self, visit: Visit, secret: Secret, hook: Hook) -> Plain:
        if hook.machine:
            return Plain(hook.machine)
        slug = secret.template.parts.get(Part.MACHINE, "")
        opened = visit.opened if secret.double_lock else NONE_OPEN
        return self.values.under(opened).open(secret.id, secret.value_of(slug))

    def _write(
        self, visit: Visit, found: Found, hooks: tuple[Hook, ...], told: str, sent: Hook | None
    ) -> None:
        secret = found.secret
        lines = [visit.audit("UPDATE", "Secret", secret.id, f"Hooks: {told}")]
        if sent is not None:
            who = f"secret {sent.account}" if sent.account else "the secret's own account"
            where = sent.machine or "the secret's machine"
            detail = f"{sent.label} runs script {sent.script_id} at {where} by {who}"
            lines.append(visit.audit("REDIRECT", "Secret", secret.id, detail))
        writes = [self.secrets.put(replace(secret, hooks=hooks))]
        self.commit([*writes, *self.finder.still_admitted(visit, found)], lines)


def hook_of(secret: Secret, id: int) -> Hook:
    """The secret's hook of that id. NotFound when it has none."""
    for one in secret.hooks:
        if one.id == id:
            return one
    raise NotFound("The hook was not found on the secret.")
