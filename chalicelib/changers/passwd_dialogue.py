"""What to type when `passwd` asks, and what its end means. Pure: texts in, replies out.

Replies of the target are matched, never quoted: a terminal may echo what was typed.
"""

from __future__ import annotations

import re
from enum import StrEnum

from chalicelib.core.plain import Plain

from .target import Refused, Uncertain, Unreachable

SUDO_PROMPT = "conclave-sudo:"
KEPT_CHARACTERS = 16_384


class Ask(StrEnum):
    """What a prompt asks for."""

    SUDO = "sudo"
    CURRENT = "current"
    NEW = "new"
    AGAIN = "again"


PROMPTS: tuple[tuple[Ask, re.Pattern[str]], ...] = (
    (Ask.SUDO, re.compile(re.escape(SUDO_PROMPT) + r"\s*$")),
    (Ask.AGAIN, re.compile(r"(retype|re-?enter|again|repeat|confirm|verify)\b.*:\s*$", re.I)),
    (Ask.CURRENT, re.compile(r"\b(current|old|existing)\b.*:\s*$", re.I)),
    (Ask.NEW, re.compile(r"\bnew\b.*:\s*$", re.I)),
)
"""In this order: "Re-enter new password" asks for it again."""

POLICY_WORDS: tuple[tuple[str, str], ...] = (
    (r"shorter than|too short|longer password|at least \d+ char", "it is too short"),
    (r"already used|previously used|in the password history", "it was used before"),
    (r"too similar|same as|case changes only|is rotated", "it is too much like the old one"),
    (r"dictionary|too simple|too many|palindrome|systematic|sequence", "it is too simple"),
    (r"less than \d+|not contain enough|classes", "it needs other kinds of characters"),
    (r"contains the user name|contains too long", "it contains what it may not"),
    (r"bad password", "the target's rules refuse it"),
)

REFUSAL_WORDS: tuple[tuple[str, str], ...] = (
    (r"wait longer", "the password was changed too recently"),
    (r"not in the sudoers|may not run sudo|is not allowed to", "the privileged account may not"),
    (r"does not exist|unknown user", "there is no such account"),
    (r"may not view or modify|permission denied", "the account may not change that password"),
    (r"password unchanged", "the target left the password as it was"),
)


class Dialogue:
    """One run of `passwd` on a terminal. Holds passwords and does not print."""

    __slots__ = ("_asked", "_heard", "_replies", "_tail", "is_committed")

    def __init__(self, new: Plain, current: Plain | None = None, sudo: Plain | None = None) -> None:
        self._replies = {Ask.NEW: new, Ask.AGAIN: new, Ask.CURRENT: current, Ask.SUDO: sudo}
        self._asked: set[Ask] = set()
        self._heard = ""
        self._tail = ""
        self.is_committed = False  # from the second typing on, the target may have changed it

    def __repr__(self) -> str:
        return "Dialogue(***)"

    def hear(self, text: str) -> Plain | None:
        """The reply to type, if what came so far ends in a prompt.

        Raises Refused when the same is asked twice: nothing is ever tried a second time.
        """
        self._heard = (self._heard + text)[-KEPT_CHARACTERS:]
        self._tail = re.split(r"[\r\n]", self._tail + text)[-1]
        for ask, prompt in PROMPTS:
            if prompt.search(self._tail):
                self._tail = ""
                return self._reply(ask)
        return None

    def _reply(self, ask: Ask) -> Plain:
        reply = self._replies[ask]
        if ask in self._asked:
            raise self._asked_twice(ask)
        if reply is None:
            raise Refused(f"the target asks for a password it should not need ({ask})")
        self._asked.add(ask)
        self.is_committed = self.is_committed or ask is Ask.AGAIN
        return reply

    def _asked_twice(self, ask: Ask) -> Refused | Uncertain:
        match ask:
            case Ask.NEW:
                return Refused(self._policy() or "the target refuses the password", policy=True)
            case Ask.AGAIN:
                return Uncertain("the target asked for the new password a third time")
            case _:
                return Refused(f"the target refused the {ask} password when changing it")

    def conclude(self, exit_status: int | None) -> None:
        """Return if the password is changed, by the way the command ended; raise if not.

        exit_status: None when the line was cut or went silent
        """
        if exit_status == 0 and self.is_committed:
            return
        if exit_status is None:
            if self.is_committed:
                raise Uncertain("the line was cut while the password was being changed")
            raise Unreachable("the line was cut before the password was changed")
        if policy := self._policy():
            raise Refused(policy, policy=True)
        if refusal := self._first(REFUSAL_WORDS):
            raise Refused(refusal)
        if self.is_committed:
            raise Uncertain(f"passwd ended with {exit_status} after taking the new password")
        raise Refused(f"passwd ended with {exit_status} before taking the new password")

    def _policy(self) -> str:
        reason = self._first(POLICY_WORDS)
        return f"the target refuses the new password: {reason}" if reason else ""

    def _first(self, words: tuple[tuple[str, str], ...]) -> str:
        for pattern, reason in words:
            if re.search(pattern, self._heard, re.I):
                return reason
        return ""
