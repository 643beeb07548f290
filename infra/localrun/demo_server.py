"""The demonstration target: an SSH server that stands in for a Unix machine.

It is no Unix: it knows two accounts, `passwd` and `whoami`, and says so in its banner. What a
changer sees of it is what OpenSSH with `passwd` shows.

python -m infra.localrun.demo_server --port 8198 --folder .local/demo
"""

import argparse
import asyncio
import logging
import os
import signal
from pathlib import Path

import asyncssh

from infra.localrun.accounts import Accounts, WeakPasswordError

_BANNER = "This is Conclave's demonstration server, a stand-in for a Unix machine.\r\n"
_PASSWD = ("passwd", "env LC_ALL=C passwd")


class Visitor(asyncssh.SSHServer):
    """One connection: a banner, and passwords checked against the hashes."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        if self._connection is not None:
            self._connection.send_auth_banner(_BANNER)
        return True

    def password_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        return await asyncio.to_thread(self._accounts.opens, username, password)


async def serve(accounts: Accounts, host_key: Path, port: int) -> asyncssh.SSHAcceptor:
    async def handle(process: "asyncssh.SSHServerProcess[str]") -> None:
        process.exit(await _run(process, accounts))

    return await asyncssh.create_server(
        lambda: Visitor(accounts),
        "127.0.0.1",
        port,
        server_host_keys=[str(host_key)],
        process_factory=handle,
        line_echo=False,
        allow_scp=False,
        agent_forwarding=False,
    )


async def _run(process: "asyncssh.SSHServerProcess[str]", accounts: Accounts) -> int:
    name = process.get_extra_info("username")
    command = (process.command or "").strip()
    if command in _PASSWD:
        return await _passwd(process, accounts, name)
    if command == "whoami":
        process.stdout.write(f"{name}\n")
        return 0
    process.stdout.write(_BANNER + "It knows only: passwd, whoami\r\n")
    return 0 if not command else 127


async def _passwd(process: "asyncssh.SSHServerProcess[str]", accounts: Accounts, name: str) -> int:
    process.stdout.write(f"Changing password for {name}.\r\n")
    current = await _ask(process, "Current password: ")
    if not await asyncio.to_thread(accounts.opens, name, current):
        process.stdout.write("passwd: Authentication token manipulation error\r\n")
        process.stdout.write("passwd: password unchanged\r\n")
        return 10
    new = await _ask(process, "New password: ")
    if new != await _ask(process, "Retype new password: "):
        process.stdout.write("Sorry, passwords do not match.\r\npasswd: password unchanged\r\n")
        return 10
    try:
        await asyncio.to_thread(accounts.change, name, current, new)
    except WeakPasswordError as refusal:
        process.stdout.write(f"BAD PASSWORD: {refusal}\r\npasswd: password unchanged\r\n")
        return 10
    process.stdout.write("passwd: password updated successfully\r\n")
    return 0


async def _ask(process: "asyncssh.SSHServerProcess[str]", prompt: str) -> str:
    process.stdout.write(prompt)
    line = await process.stdin.readline()
    process.stdout.write("\r\n")
    return line.rstrip("\r\n")


def host_key_in(folder: Path) -> Path:
    """The server's own key, made at first use: a restart must not look like another machine."""
    path = folder / "host_key"
    if not path.exists():
        scratch = path.with_name("host_key.new")
        handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        scratch.replace(path)
    return path


async def _main(folder: Path, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server = await serve(Accounts(folder / "accounts.json"), host_key_in(folder), port)
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(_main(given.folder, given.port))
