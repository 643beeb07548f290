"""Hooks of a secret: which script runs where when it is checked out or in. Pure.

Arguments are words as a POSIX shell would read them. `$MACHINE` in a word stands for the value of
that field of the secret; the values of passwords, files and notes, and what viewers do not see,
never become an argument: command lines are for everybody on that machine to read.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

from .hook_run import Event, Moment
from .templates import LISTS, FieldType, Part, Template, TemplateField

CHANGER = "unix_ssh"
"""The kind of system whose accounts can run a script."""

MOST = 10
MAX_NAME = 100
MAX_TEXT = 1_000
MAX_PIN = 2_000
_TOKEN = re.compile(r"\$(?:\{([A-Za-z][\w-]*)\}|([A-Za-z][\w-]*))")
_MACHINE = re.compile(r"[A-Za-z0-9._:-]{1,255}")
_PIN = re.compile(r"SHA256:[A-Za-z0-9+/]{43}|[a-z0-9@.-]{1,64} [A-Za-z0-9+/=]{1,1900}")
_NEVER = frozenset({FieldType.PASSWORD, FieldType.FILE, FieldType.NOTES, *LISTS})
_TOTP = "totp-key"


@dataclass(frozen=True, slots=True)
class Hook:
    """One script of one moment.

    machine, port: where it runs; "" and 0 for the secret's own
    account: the secret whose account logs in there, 0 for the secret itself
    pin:     the host key that counts, or its SHA-256 digest; "" trusts the first one seen
    """

    id: int
    name: str
    event: Event
    moment: Moment
    script_id: int
    description: str = ""
    arguments: str = ""
    machine: str = ""
    port: int = 0
    pin: str = ""
    account: int = 0
    stops: bool = False
    failure_message: str = ""
    order: int = 0
    is_active: bool = True

    @property
    def label(self) -> str:
        return f"{self.name} (hook {self.id})"


def whole(hook: Hook, kind: Template) -> Hook:
    """The hook as it is stored. Raises Invalid for one that could not run."""
    texts = (hook.description, hook.arguments, hook.failure_message)
    wrong = (
        (not 1 <= len(hook.name) <= MAX_NAME, f"A hook's name has 1 to {MAX_NAME} characters."),
        (
            any(len(one) > MAX_TEXT for one in texts),
            f"description, arguments and failureMessage have at most {MAX_TEXT} characters.",
        ),
        (
            bool(hook.machine) and not _MACHINE.fullmatch(hook.machine),
            "serverName must be a machine's name or address, or empty for the secret's own.",
        ),
        (not 0 <= hook.port < 1 << 16, "port must be a number of a port."),
        (
            bool(hook.pin) and not _PIN.fullmatch(hook.pin),
            "serverKeyDigest must be SHA256:… or a line of known_hosts without the host.",
        ),
        (not 0 <= hook.order < 1 << 31, "sortOrder must be 0 or more."),
    )
    for is_wrong, why in wrong:
        if is_wrong:
            raise Invalid(why)
    slugs(hook, kind)
    return hook


def runs_at(hooks: Iterable[Hook], event: Event, moment: Moment) -> tuple[int, ...]:
    """The ids of those that run then, in their order."""
    found = [one for one in hooks if one.is_active and (one.event, one.moment) == (event, moment)]
    return tuple(one.id for one in sorted(found, key=lambda one: (one.order, one.id)))


def slugs(hook: Hook, kind: Template) -> set[str]:
    """The fields whose values go along, or say where to. Raises Invalid for what may not."""
    named = [first or second for first, second in _TOKEN.findall(hook.arguments)]
    _words(hook)
    used = {_field(name, kind).slug for name in named}
    own = {kind.parts.get(Part.MACHINE, "")} if not hook.machine else set()
    return used | own - {""}


def words(hook: Hook, kind: Template, opened: Callable[[str], Plain]) -> tuple[str, ...]:
    """Its arguments with the values of fields in place: each is one word whatever it holds."""

    def value(found: re.Match[str]) -> str:
        return opened(_field(found[1] or found[2], kind).slug).reveal()

    filled = tuple(_TOKEN.sub(value, one) for one in _words(hook))
    if any("\0" in one for one in filled):
        raise Invalid("an argument of a hook has a NUL in it")
    return filled


def sends(before: Hook | None, after: Hook) -> list[str]:
    """What of a change sends values somewhere else, or has them used otherwise (DESIGN 8)."""
    if before is None:
        return ["hook"]
    compared = {
        "script": before.script_id != after.script_id,
        "arguments": before.arguments != after.arguments,
        "serverName": before.machine != after.machine,
        "port": before.port != after.port,
        "serverKeyDigest": before.pin != after.pin,
        "account": before.account != after.account,
        "event": (before.event, before.moment) != (after.event, after.moment),
        "status": after.is_active and not before.is_active,
    }
    return [name for name, differs in compared.items() if differs]


def moved(before: Hook, after: Hook) -> Hook:
    """The hook after a change: with another machine or port, the host key known so far is none."""
    is_elsewhere = (before.machine, before.port) != (after.machine, after.port)
    return replace(after, pin="") if is_elsewhere and before.pin == after.pin else after


def unpinned(hooks: Iterable[Hook]) -> tuple[Hook, ...]:
    """The hooks once the secret's machine is another: of those that run there, no key is known."""
    return tuple(one if one.machine else replace(one, pin="") for one in hooks)


def without_others(hooks: Iterable[Hook]) -> tuple[Hook, ...]:
    """The hooks once the secret's site is another, and nobody has asked for the others' accounts:
    those that another account runs are switched off.
    """
    return tuple(replace(one, is_active=one.is_active and not one.account) for one in hooks)


def steered(
    hooks: Iterable[Hook], kind: Template, changed: Collection[str], *, moves: bool = False
) -> list[Hook]:
    """The hooks that another account runs, whose arguments or machine a change of fields alters.

    moves: to another site, whose engine is given the account: then all of them
    """
    by_others = [one for one in hooks if one.account]
    return [one for one in by_others if moves or _slugs_now(one, kind) & set(changed)]


def _slugs_now(hook: Hook, kind: Template) -> set[str]:
    """The same as `slugs`, of a hook whose template has changed since."""
    try:
        return slugs(hook, kind)
    except Invalid:
        return {one.slug for one in kind.fields}


def _words(hook: Hook) -> list[str]:
    try:
        return shlex.split(hook.arguments)
    except ValueError:
        raise Invalid("arguments has a quote that does not end.") from None


def _field(name: str, kind: Template) -> TemplateField:
    """The field of that slug or name, with _ for what is no letter. Raises Invalid."""
    wanted = _plain(name)
    for one in kind.fields:
        if wanted in (_plain(one.slug), _plain(one.name)):
            return _demand_open(one, name)
    raise Invalid(f"arguments: the secret's template has no field for ${name[:50]}.")


def _demand_open(one: TemplateField, name: str) -> TemplateField:
    is_hidden = one.needs_edit or one.hide_on_view or one.slug == _TOTP
    if is_hidden or one.type in _NEVER:
        raise Invalid(
            f"arguments: ${name[:50]} may be secret, and a command line is not: it is refused."
        )
    return one


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.casefold())
