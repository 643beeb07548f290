"""From a claimed piece of work to its answer: the same function in an engine and on site Local.

The work travels as JSON inside a sealed box (`encode`, `decode`); `perform` runs its changer and
never raises. What comes back says what is known of the target, and holds no secret value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

from .registry import find
from .target import (
    Changer,
    Checked,
    Login,
    NotBegun,
    Outcome,
    Refused,
    Runner,
    Script,
    Target,
    Uncertain,
)


class WorkKind(StrEnum):
    """What an item asks for."""

    HEARTBEAT = "heartbeat"
    CHANGE = "password-change"
    VERIFY = "verify"  # one login with the given value, after an uncertain change
    HOOK = "hook"  # one run of a script, for a checkout or check-in


class ChangeStatus(StrEnum):
    """How a password change ended. An answer may hold an Outcome instead: then none was begun."""

    CHANGED = "changed"  # proven by a login with the candidate
    REFUSED = "refused"  # the old one stands, proven by a login with it
    REFUSED_BY_POLICY = "refused-by-policy"  # the same, and the candidate is at fault
    UNCERTAIN = "uncertain"  # either may be in force
    LATE = "late"  # past the claim's deadline; none was begun


class HookStatus(StrEnum):
    """How a script ended, if not with Outcome.SUCCESS. An Outcome says: none was begun."""

    FAILED = "script-failed"  # it ended, and not with exit status 0
    CUT = "script-cut"  # it did not end in time, or the line was cut: it may go on there


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One piece of work as a claim hands it out.

    login:      the account with its current password; for VERIFY, with the value to try
    candidate:  the new password, for CHANGE alone
    privileged: the account that changes it, if not the account itself
    script:     what to run, for HOOK alone
    """

    kind: WorkKind
    changer: str
    target: Target
    login: Login
    candidate: Plain | None = None
    privileged: Login | None = None
    script: Script | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it. `status` is an Outcome, or for CHANGE a ChangeStatus or an Outcome.

    pin: the host key or certificate seen; of a mismatch, the one that did not match. To be kept on
    first use only with Success or changed
    """

    status: str
    detail: str = ""
    pin: str | None = None

    def body(self) -> bytes:
        """The canonical bytes that an engine signs and the cluster checks."""
        parts = {"status": self.status, "detail": self.detail, "pin": self.pin}
        return json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()


def perform(
    work: Work, is_late: Callable[[], bool], changer_of: Callable[[str], Changer] = find
) -> Answer:
    """Do the work with the changer of its kind, and say how it ended. Raises nothing.

    is_late: whether the claim's deadline has passed; asked last before a change or script begins
    """
    begun = False
    try:
        changer = changer_of(work.changer)
        if work.kind in (WorkKind.HEARTBEAT, WorkKind.VERIFY):
            return _answer(changer.verify(work.target, work.login))
        if is_late():
            return Answer(ChangeStatus.LATE, "the claim's deadline had passed")
        if work.kind is WorkKind.HOOK:
            return _run(work, changer)
        if work.candidate is None:
            return Answer(Outcome.ARGUMENT, "a change came without a candidate")
        begun = True
        return _change(work, work.candidate, changer)
    except Exception as error:  # a changer's fault must become an answer, and its text may leak
        status = ChangeStatus.UNCERTAIN if begun else Outcome.UNKNOWN
        return Answer(status, f"the changer failed with {type(error).__name__}")


def _run(work: Work, changer: Changer) -> Answer:
    """Run the script, and say how it ended: by a number, never by what it wrote."""
    if work.script is None or not isinstance(changer, Runner):
        return Answer(Outcome.ARGUMENT, "there is no script for such a system")
    ran = changer.run(work.target, work.login, work.script)
    if ran.checked.outcome is not Outcome.SUCCESS:
        return _answer(ran.checked)
    if ran.status is None:
        return Answer(HookStatus.CUT, "it did not end in time", ran.checked.pin)
    status = HookStatus.FAILED if ran.status else Outcome.SUCCESS
    return Answer(status, f"exit status {ran.status}", ran.checked.pin)


def _change(work: Work, candidate: Plain, changer: Changer) -> Answer:
    """Change, then prove by one login which password is in force."""
    try:
        pin = changer.change(work.target, work.login, candidate, work.privileged)
    except NotBegun as error:
        return Answer(error.outcome, str(error), error.pin)
    except Uncertain as error:
        return Answer(ChangeStatus.UNCERTAIN, str(error))
    except Refused as error:
        return _prove_old(work, error, changer)
    return _prove_new(work, candidate, pin, changer)


def _prove_new(work: Work, candidate: Plain, pin: str | None, changer: Changer) -> Answer:
    """The target said yes: believe it once the candidate logs in, on the host that said it."""
    target = replace(work.target, pins=(pin,)) if pin else work.target
    checked = changer.verify(target, Login(work.login.username, candidate))
    if checked.outcome is Outcome.SUCCESS:
        return Answer(ChangeStatus.CHANGED, pin=checked.pin or pin)
    why = f"the target said yes, then the new password's login gave {checked.outcome}"
    return Answer(ChangeStatus.UNCERTAIN, why, pin)


def _prove_old(work: Work, refusal: Refused, changer: Changer) -> Answer:
    """The target said no: believe it once the old password logs in."""
    checked = changer.verify(work.target, work.login)
    if checked.outcome is not Outcome.SUCCESS:
        why = f"{refusal}; then the old password's login gave {checked.outcome}"
        return Answer(ChangeStatus.UNCERTAIN, why, checked.pin)
    status = ChangeStatus.REFUSED_BY_POLICY if refusal.policy else ChangeStatus.REFUSED
    return Answer(status, str(refusal), checked.pin)


def _answer(checked: Checked) -> Answer:
    return Answer(checked.outcome, checked.detail, checked.pin)


def encode(work: Work) -> Plain:
    """The JSON text of a piece of work, for sealing; its kind travels beside the box."""
    target = work.target
    parts: dict[str, Any] = {
        "changer": work.changer,
        "target": {
            "machine": target.machine,
            "port": target.port,
            "database": target.database,
            "pins": list(target.pins),
        },
        "login": _encode_login(work.login),
        "candidate": work.candidate.reveal() if work.candidate is not None else None,
        "privileged": _encode_login(work.privileged) if work.privileged is not None else None,
    }
    if work.script is not None:
        script = work.script
        parts["script"] = {"text": script.text.reveal(), "words": list(script.words)}
    return Plain(json.dumps(parts))


def decode(kind: str, text: Plain) -> Work:
    """The work in an opened box. Raises Invalid, without a word of what the box held."""
    try:
        row = json.loads(text.reveal())
        candidate, privileged = row["candidate"], row["privileged"]
        return Work(
            kind=WorkKind(kind),
            changer=str(row["changer"]),
            target=_decode_target(row["target"]),
            login=_decode_login(row["login"]),
            candidate=Plain(str(candidate)) if candidate is not None else None,
            privileged=_decode_login(privileged) if privileged is not None else None,
            script=_decode_script(row["script"]) if row.get("script") is not None else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid("the box holds no piece of work") from None


def _encode_login(login: Login) -> dict[str, str]:
    return {"username": login.username, "password": login.password.reveal()}


def _decode_login(row: Mapping[str, Any]) -> Login:
    return Login(str(row["username"]), Plain(str(row["password"])))


def _decode_script(row: Mapping[str, Any]) -> Script:
    return Script(Plain(str(row["text"])), tuple(str(one) for one in row["words"]))


def _decode_target(row: Mapping[str, Any]) -> Target:
    pins = tuple(str(pin) for pin in row["pins"])
    return Target(str(row["machine"]), int(row["port"] or 0), str(row["database"] or ""), pins)
