"""Unix accounts over SSH: a login proves a password, `passwd` on a terminal changes it.

The account changes its own password, or a privileged account changes it: `root`, or any account
that `sudo` lets run `passwd <user>`. Passwords are typed at prompts and never part of a command.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from typing import TYPE_CHECKING

from chalicelib.core.plain import Plain

from .passwd_dialogue import SUDO_PROMPT, Dialogue
from .target import (
    USUAL,
    Checked,
    Limits,
    Login,
    NotBegun,
    NotOpened,
    Outcome,
    Ran,
    Refused,
    Script,
    Target,
    shut_out,
)

if TYPE_CHECKING:
    from .ssh_session import Session

USERNAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}\$?")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
ROOT = "root"


class UnixSsh:
    """Changer of Unix accounts. To be called from a thread that runs no event loop."""

    def __init__(self, limits: Limits = USUAL) -> None:
        self._limits = limits

    def verify(self, target: Target, login: Login) -> Checked:
        if wrong := _wrong(target, login):
            return Checked(Outcome.ARGUMENT, detail=wrong)
        return asyncio.run(self._verify(target, login))

    def change(
        self, target: Target, login: Login, new: Plain, privileged: Login | None = None
    ) -> str | None:
        wrong = _wrong(target, login) or (_wrong(target, privileged) if privileged else "")
        if wrong:
            raise NotBegun(wrong, Outcome.ARGUMENT)
        if CONTROL.search(new.reveal()):
            raise Refused("a terminal cannot take a control character in a password", policy=True)
        return asyncio.run(self._change(target, login, new, privileged))

    def run(self, target: Target, login: Login, script: Script) -> Ran:
        if wrong := _wrong(target, login):
            return Ran(Checked(Outcome.ARGUMENT, detail=wrong))
        return asyncio.run(self._run(target, login, script))

    async def _run(self, target: Target, login: Login, script: Script) -> Ran:
        """The script on the shell's standard input: no list of processes shows it."""
        from .ssh_session import opened

        command = shlex.join(["sh", "-s", "--", *script.words])
        try:
            async with opened(target, login, self._limits) as session:
                status = await session.run(command, script.text)
                return Ran(Checked(Outcome.SUCCESS, session.pin), status)
        except NotOpened as shut:
            return Ran(shut.checked)

    async def _verify(self, target: Target, login: Login) -> Checked:
        from .ssh_session import opened

        try:
            async with opened(target, login, self._limits) as session:
                return Checked(Outcome.SUCCESS, session.pin)
        except NotOpened as shut:
            return shut.checked

    async def _change(
        self, target: Target, login: Login, new: Plain, privileged: Login | None
    ) -> str:
        from .ssh_session import opened

        try:
            async with opened(target, privileged or login, self._limits) as session:
                await _run_passwd(session, login, new, privileged)
                return session.pin
        except NotOpened as shut:
            raise shut_out(shut.checked, privileged) from None


async def _run_passwd(session: Session, login: Login, new: Plain, privileged: Login | None) -> None:
    """`passwd` in the terminal's plainest language, by whoever is logged in."""
    if privileged is None:
        await session.hold("env LC_ALL=C passwd", Dialogue(new, current=login.password))
    elif privileged.username == ROOT:
        await session.hold(f"env LC_ALL=C passwd {login.username}", Dialogue(new))
    else:
        command = f"env LC_ALL=C sudo -p {SUDO_PROMPT} passwd {login.username}"
        await session.hold(command, Dialogue(new, sudo=privileged.password))


def _wrong(target: Target, login: Login) -> str:
    """Why this cannot be tried, "" if it can. The name goes into a command: it must be a name."""
    if not target.machine or not 0 <= target.port <= 65535:
        return "there can be no such machine and port"
    if not USERNAME.fullmatch(login.username):
        return "this is not the name of a Unix account"
    if CONTROL.search(login.password.reveal()):
        return "a terminal cannot take a control character in a password"
    return ""
