"""An SSH server with a script for its passwd: it can be silent, cut the line, or never answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import asyncssh

from chalicelib.core.plain import Plain

Script = Callable[[asyncssh.SSHServerProcess[str]], Awaitable[None]]


@dataclass(eq=False)
class Host:
    """What the script's server saw."""

    password: Plain
    banner: str = ""
    questions: tuple[str, ...] = ()  # asked interactively, instead of taking a password
    slow: float = 0.0  # seconds until it lets anybody begin to log in
    tries: int = 0
    commands: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def scripted(password: Plain, script: Script) -> Iterator[Host]:
    """A host for as long as the block, in a thread of its own."""
    host = Host(password)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listen(host, script), loop).result(10)
    host.port = server.get_port()
    try:
        yield host
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def asking(*prompts: str, then: Script) -> Script:
    """A passwd that asks these, then does something."""

    async def script(process: asyncssh.SSHServerProcess[str]) -> None:
        for prompt in prompts:
            process.stdout.write(prompt)
            await process.stdin.readline()
        await then(process)

    return script


async def silence(process: asyncssh.SSHServerProcess[str]) -> None:
    await asyncio.sleep(60)


class Door(asyncssh.SSHServer):
    """Asks for a password, or for answers to the host's questions."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._line = conn

    async def begin_auth(self, username: str) -> bool:
        await asyncio.sleep(self._host.slow)
        return True

    def password_auth_supported(self) -> bool:
        return not self._host.questions

    def kbdint_auth_supported(self) -> bool:
        return bool(self._host.questions)

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        self._left = list(self._host.questions)
        return "", "", "", [(self._left.pop(0), False)]

    def validate_kbdint_response(
        self, username: str, responses: Sequence[str]
    ) -> bool | tuple[str, str, str, list[tuple[str, bool]]]:
        if not self.validate_password(username, responses[0]):
            return False
        return ("", "", "", [(self._left.pop(0), False)]) if self._left else True

    def validate_password(self, username: str, password: str) -> bool:
        self._host.tries += 1
        if self._host.banner:
            self._line.send_auth_banner(self._host.banner)
        return self._host.password.same(Plain(password))


async def _listen(host: Host, script: Script) -> asyncssh.SSHAcceptor:
    async def run(process: asyncssh.SSHServerProcess[str]) -> None:
        host.commands.append(process.command or "")
        await script(process)

    return await asyncssh.create_server(
        lambda: Door(host),
        "127.0.0.1",
        0,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        process_factory=run,
        line_editor=False,
    )


async def _close(server: asyncssh.SSHAcceptor) -> None:
    server.close()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
