"""One SSH connection with one password try: the part of `unix_ssh` that needs asyncssh."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import NotImplementedType

import asyncssh

from chalicelib.core.plain import Plain

from .passwd_dialogue import Dialogue
from .target import Checked, Limits, Login, NotOpened, Outcome, Target

USUAL_PORT = 22
CHUNK = 4096

ALGORITHMS: dict[str, tuple[str, ...]] = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ssh-ed448": ("ssh-ed448",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""The signature algorithms of each kind of host key."""


@dataclass(frozen=True, slots=True)
class Session:
    """A login that succeeded."""

    connection: asyncssh.SSHClientConnection
    pin: str
    limits: Limits

    async def hold(self, command: str, dialogue: Dialogue) -> None:
        """Run `command` on a terminal and let `dialogue` do the talking. Raises as it does."""
        try:
            async with asyncio.timeout(self.limits.step.total_seconds()):
                process = await self.connection.create_process(
                    command,
                    term_type="dumb",
                    term_size=(200, 24),
                    encoding="utf-8",
                    errors="replace",
                )
        except (asyncssh.Error, OSError, TimeoutError):
            return dialogue.conclude(None)
        try:
            return dialogue.conclude(await self._talk(process, dialogue))
        finally:
            process.close()

    async def run(self, command: str, text: Plain) -> int | None:
        """Run `command` with `text` on its standard input, and see nothing of what it writes.

        The exit status; None if it does not end in time, or the line is cut.
        """
        try:
            async with asyncio.timeout(self.limits.script.total_seconds()):
                done = await self.connection.run(
                    command,
                    input=text.reveal(),
                    stdout=asyncssh.DEVNULL,
                    stderr=asyncssh.DEVNULL,
                    encoding="utf-8",
                )
        except (asyncssh.Error, OSError, TimeoutError):
            return None
        return done.exit_status

    async def _talk(
        self, process: asyncssh.SSHClientProcess[str], dialogue: Dialogue
    ) -> int | None:
        """Each step within its time; the exit status, or None if the line was cut."""
        step = self.limits.step.total_seconds()
        try:
            while text := await asyncio.wait_for(process.stdout.read(CHUNK), step):
                reply = dialogue.hear(text)
                if reply is not None:
                    process.stdin.write(reply.reveal() + "\n")
            await asyncio.wait_for(process.wait_closed(), step)
        except (asyncssh.Error, OSError, TimeoutError):
            return None
        return process.exit_status


class OneTry(asyncssh.SSHClient):
    """Gives the password away once, to a host whose key counts, and to no other question."""

    def __init__(self, password: Plain, pins: tuple[str, ...]) -> None:
        self._password: Plain | None = password
        self._pins = pins
        self.pin: str | None = None
        self.was_tried = False
        self.said: Outcome | None = None  # what the host told about the account, if anything

    def validate_host_public_key(
        self, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> bool:
        self.pin = pin_of(key)
        known = {self.pin, key.get_fingerprint()}
        return not self._pins or not known.isdisjoint(self._pins)

    def auth_banner_received(self, msg: str, lang: str) -> None:
        if "locked due to" in msg.lower():
            self.said = Outcome.LOCKED_OUT
        elif self.was_tried and "expired" in msg.lower():
            self.said = Outcome.DENIED

    def password_auth_requested(self) -> str | None:
        password, self._password = self._password, None
        self.was_tried = True
        return password.reveal() if password is not None else None

    def kbdint_auth_requested(self) -> str | None:
        return "" if self._password is not None else None

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        self.auth_banner_received(instructions, lang)
        if not prompts:
            return []
        if len(prompts) == 1 and "password" in prompts[0][0].lower():
            password = self.password_auth_requested()
            return None if password is None else [password]
        self.said = Outcome.INCOMPATIBLE  # it wants something besides a password
        return None

    def password_change_requested(
        self, prompt: str, lang: str
    ) -> tuple[str, str] | NotImplementedType:
        self.said = Outcome.DENIED  # the password was right, and is too old to be let in with
        return NotImplemented  # type: ignore[no-any-return]


def pin_of(key: asyncssh.SSHKey) -> str:
    """The whole public key as `known_hosts` would have it, without a comment."""
    return " ".join(key.export_public_key("openssh").decode().split()[:2])


@asynccontextmanager
async def opened(target: Target, login: Login, limits: Limits) -> AsyncIterator[Session]:
    """A session, closed at the end. Raises NotOpened."""
    client = OneTry(login.password, target.pins)
    connection = await _connect(target, login.username, client, limits)
    try:
        yield Session(connection, client.pin or "", limits)
    finally:
        connection.abort()


async def _connect(
    target: Target, username: str, client: OneTry, limits: Limits
) -> asyncssh.SSHClientConnection:
    try:
        options = _options(target, username, client, limits)
        line = await asyncio.to_thread(_reach, target, limits)
        return await _logged_in(line, target, options)
    except (asyncssh.Error, OSError, TimeoutError, ValueError) as error:
        raise NotOpened(_lesson(error, client)) from None


def _reach(target: Target, limits: Limits) -> socket.socket:
    """A line to the machine. asyncssh's own limit for connecting would take the login in."""
    address = (target.machine, target.port or USUAL_PORT)
    line = socket.create_connection(address, limits.connect.total_seconds())
    line.setblocking(False)
    return line


async def _logged_in(
    line: socket.socket, target: Target, options: asyncssh.SSHClientConnectionOptions
) -> asyncssh.SSHClientConnection:
    try:
        return await asyncssh.connect(target.machine, sock=line, options=options, config=None)
    except BaseException:
        line.close()
        raise


def _options(
    target: Target, username: str, client: OneTry, limits: Limits
) -> asyncssh.SSHClientConnectionOptions:
    """Nothing of this machine takes part: no agent, no keys, no files of its user."""
    return asyncssh.SSHClientConnectionOptions(
        client_factory=lambda: client,
        username=username,
        known_hosts=([], [], []),
        client_keys=None,
        agent_path=None,
        config=None,
        public_key_auth=False,
        host_based_auth=False,
        gss_auth=False,
        gss_kex=False,
        preferred_auth=["password", "keyboard-interactive"],
        connect_timeout=limits.login.total_seconds(),
        login_timeout=limits.login.total_seconds(),
        server_host_key_algs=_algorithms(target.pins),
    )


def _algorithms(pins: tuple[str, ...]) -> list[str]:
    """The pinned kinds of key first: a host that gains another kind is still itself.

    Plain keys only: a host that also has a certificate shows its key, which is what is pinned.
    """
    kinds = dict.fromkeys([*(pin.partition(" ")[0] for pin in pins), *ALGORITHMS])
    return [name for kind in kinds for name in ALGORITHMS.get(kind, ())]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a kind of error teaches; `tried`: only if the password has (not) been given away."""

    errors: tuple[type[Exception], ...]
    outcome: Outcome
    detail: str
    tried: bool | None = None


LESSONS: tuple[Lesson, ...] = (
    Lesson(
        (asyncssh.HostKeyNotVerifiable,),
        Outcome.PIN_MISMATCH,
        "the host shows another key than the one known",
    ),
    Lesson((asyncssh.KeyExchangeFailed,), Outcome.INCOMPATIBLE, "no algorithm in common"),
    Lesson((asyncssh.PermissionDenied,), Outcome.FAILED, "the target refused the password", True),
    Lesson((asyncssh.PermissionDenied,), Outcome.INCOMPATIBLE, "the host takes no password"),
    Lesson(
        (asyncssh.ConnectionLost, OSError, TimeoutError),
        Outcome.UNREACHABLE,
        "nobody answers there",
    ),
    Lesson(
        (asyncssh.DisconnectError,),
        Outcome.DENIED,
        "the target closed the door after the password",
        True,
    ),
    Lesson(
        (asyncssh.DisconnectError,), Outcome.INCOMPATIBLE, "the host does not speak SSH with us"
    ),
    Lesson((Exception,), Outcome.ARGUMENT, "there can be no such target"),
)
"""The first that fits. The error's own text is not passed on."""

SAID: dict[Outcome, str] = {
    Outcome.LOCKED_OUT: "the host says that the account is locked",
    Outcome.DENIED: "the host says that the account or its password has expired",
    Outcome.INCOMPATIBLE: "the host asks for more than a password",
}


def _lesson(error: Exception, client: OneTry) -> Checked:
    if client.said is not None:
        return Checked(client.said, client.pin, SAID[client.said])
    lesson = next(
        one
        for one in LESSONS
        if isinstance(error, one.errors) and one.tried in (None, client.was_tried)
    )
    detail = f"{lesson.detail} ({type(error).__name__})"
    return Checked(lesson.outcome, client.pin, detail)
