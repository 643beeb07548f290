"""What a local run is asked for, from the environment. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_MOST_NODES = 26
_AWS_OFFSET = 99


class RefusedError(Exception):
    """Why the run cannot start, in one sentence for the terminal; the exit code is 2."""


@dataclass(frozen=True, slots=True)
class Settings:
    nodes: int
    port: int
    aws_port: int
    demo_port: int
    state: Path
    demo: bool
    cluster: str = "demo"

    @property
    def names(self) -> list[str]:
        return [f"node-{chr(ord('a') + place)}" for place in range(self.nodes)]

    def port_of(self, node: str) -> int:
        return self.port + self.names.index(node)

    def base_url(self, node: str) -> str:
        return f"http://127.0.0.1:{self.port_of(node)}/SecretServer"

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def ports(self) -> dict[int, str]:
        """Every port that the run listens on, and who does."""
        ports = {self.port_of(node): node for node in self.names}
        ports[self.aws_port] = "the AWS emulator"
        if self.demo:
            ports[self.demo_port] = "the demonstration SSH server"
        return ports


def settings(environ: Mapping[str, str]) -> Settings:
    """NODES, PORT, STATE and DEMO as `make run` takes them; AWS_PORT and DEMO_PORT follow PORT."""
    port = _number(environ, "PORT", 8100, 65000)
    return Settings(
        nodes=_number(environ, "NODES", 2, _MOST_NODES),
        port=port,
        aws_port=_number(environ, "AWS_PORT", port + _AWS_OFFSET, 65535),
        demo_port=_number(environ, "DEMO_PORT", port + _AWS_OFFSET - 1, 65535),
        state=(ROOT / environ.get("STATE", ".local")).absolute(),
        demo=environ.get("DEMO", "1") not in ("0", "no", "false", ""),
    )


def _number(environ: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise RefusedError(f"{name}={text} is not a number from 1 to {most}.")
    return int(text)
