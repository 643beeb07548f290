"""An SSH server with a script for its passwd: it can be silent, cut the line, or never answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
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


async def _listen(host: Host, script: Script) -> asyncssh.SSHAcceptor:
    class Server(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._line = conn

        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            host.tries += 1
            if host.banner:
                self._line.send_auth_banner(host.banner)
            return host.password.same(Plain(password))

    async def run(process: asyncssh.SSHServerProcess[str]) -> None:
        host.commands.append(process.command or "")
        await script(process)

    return await asyncssh.create_server(
        Server,
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
