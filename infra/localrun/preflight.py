"""What must hold before a local run starts: ports, a state directory. Standard library only."""

import fcntl
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from infra.localrun.settings import RefusedError, Settings


@dataclass(frozen=True, slots=True)
class Claim:
    """The state directory is ours as long as this handle is open, however we end."""

    handle: int

    def release(self) -> None:
        os.close(self.handle)


def claim(state: Path) -> Claim:
    """Make the state directory if need be and take it; RefusedError when another run has it."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        state.chmod(0o700)
        handle = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RefusedError(
            f"The state directory {state} cannot be written: {error.strerror}."
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(handle, 20).decode().strip() or "unknown"
        os.close(handle)
        text = f"The state directory {state} is in use by the run with process id {owner}."
        raise RefusedError(text) from error
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    return Claim(handle)


def check_ports(settings: Settings) -> None:
    for port, who in settings.ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                text = f"Port {port} on 127.0.0.1, wanted for {who}, is taken: set PORT to another."
                raise RefusedError(text) from error
