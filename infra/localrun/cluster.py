"""A cluster on loopback: what is started, in which order, and how it is stopped."""

import hashlib
import os
import threading
import time
from typing import Any

from infra.localrun import admin as administrators
from infra.localrun import older_rows, run_file
from infra.localrun.accounts import Accounts
from infra.localrun.admin import Admin
from infra.localrun.api import Api
from infra.localrun.aws_api import LocalAws, environment
from infra.localrun.children import Child, Children
from infra.localrun.code import checkout_of
from infra.localrun.demo import ENGINE, LINES, Demo
from infra.localrun.emulator import EmbeddedEmulator
from infra.localrun.generations import write_whole
from infra.localrun.joining import join, still_to_join
from infra.localrun.password_watch import PasswordWatch
from infra.localrun.settings import ROOT, Settings
from infra.localrun.ticker import Ticker
from infra.progress import say, step

_PATIENCE = 40.0
_WATCH = 5.0
PATIENCE = "30"  # seconds for a step on a target: this machine may be busy with other things
_PLAIN = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


class LocalCluster:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._emulator = EmbeddedEmulator(settings.state / "aws", settings.aws_port)
        self._aws = LocalAws(settings.aws_url)
        self._children = Children()
        self._ticking = threading.Event()
        self._ticker: threading.Thread | None = None
        self._admin = administrators.admin_in(settings.state)
        self._watch = PasswordWatch(self._aws, self._table)
        self._watch_at = 0.0
        self._api = Api(settings.base_url(settings.names[0]))

    def start(self) -> None:
        (self.settings.state / "log").mkdir(exist_ok=True)
        again = self._admin.exists
        if again:
            self._spawn(self.settings.names)  # they load while the emulator does
        with step("starting the AWS emulator"):
            self._emulator.start()
        self._make_stacks()
        self._start_ticker()
        with step(f"starting {', '.join(self.settings.names)}"):
            self._wait(self.settings.names) if again else self._start_first()
        self._admin, signed_in = self._first_admin()
        self._join(signed_in)
        first, state = self.settings.names[0], self.settings.state
        if older := older_rows.told(self._aws.dynamodb, self._table, state, first):
            say(older)
        if self.settings.demo:
            self._start_demo(signed_in)

    @property
    def demonstration(self) -> tuple[str, ...]:
        """What there is to see, a line each; none without a demonstration."""
        is_there = self.settings.demo and (self.settings.state / "demo" / "done").exists()
        return LINES if is_there else ()

    def is_alive(self) -> bool:
        return self._emulator.is_alive()

    def look(self) -> bool:
        """Restart children that died, forget a password that was changed; whether facts changed."""
        restarted = self._children.look()
        renewed = [name for name in self.settings.names if self._renew(name)]
        return self._forget_changed_password() or restarted or bool(renewed)

    def _renew(self, name: str) -> bool:
        """Start a node again that is to run another checkout: what a deployment is on AWS."""
        child = node_child(self.settings, name)
        if self._children.folder(name) in (None, child.folder):
            return False
        self._children.replace(child)
        say(f"{name} runs {child.folder} from now on.")
        return True

    def facts(self) -> dict[str, Any]:
        pids = {"launcher": os.getpid(), **self._children.pids}
        return run_file.facts(self.settings, self._admin, pids)

    def stop(self) -> None:
        """Who asks for work ends first, the emulator last: then all is saved."""
        self._ticking.set()
        self._children.stop()
        if self._ticker is not None:
            self._ticker.join(timeout=5)
        self._emulator.stop()

    @property
    def _table(self) -> str:
        return f"conclave-{self.settings.cluster}-data"

    def _forget_changed_password(self) -> bool:
        now = time.monotonic()
        if now < self._watch_at:
            return False
        self._watch_at = now + _WATCH
        if not self._watch.is_changed(self._admin):
            return False
        self._admin = administrators.forget_password(self._admin, self.settings.state)
        say("The administrator's first password was changed: it is kept here no longer.")
        return True

    def _make_stacks(self) -> None:
        """As `make deploy` does; the doctor sets right what the emulator silently drops."""
        applied = self.settings.state / "aws" / "applied"
        wanted = _digest(self.settings.names)
        if applied.exists() and applied.read_text() == wanted:
            return
        with step("making the cluster's resources (infra/cluster.yaml)"):
            apply_stacks(self.settings.names, self.settings.cluster)
        write_whole(applied, wanted)

    def _start_ticker(self) -> None:
        ticker = Ticker(self._aws, self.settings.state / "ticks.json")
        self._ticker = threading.Thread(target=ticker.run, args=(self._ticking,), daemon=True)
        self._ticker.start()

    def _start_first(self) -> None:
        """In a new cluster the first node comes before the others: it takes all roles."""
        first, *others = self.settings.names
        for names in ([first], others):
            self._spawn(names)
            self._wait(names)

    def _spawn(self, names: list[str]) -> None:
        for name in names:
            self._children.start(node_child(self.settings, name))

    def _wait(self, names: list[str]) -> None:
        for name in names:
            Api(self.settings.base_url(name)).wait(_PATIENCE)

    def _first_admin(self) -> tuple[Admin, Api | None]:
        made = self._admin
        if not made.exists:
            with step("making the first administrator"):
                made = administrators.make(made, self._api, self._table, self.settings.state)
        signed_in = administrators.login(made, self._api, self.settings.state)
        return administrators.admin_in(self.settings.state), signed_in

    def _join(self, signed_in: Api | None) -> None:
        waiting = still_to_join(self.settings.names, self.settings.state)
        if waiting and signed_in is not None:
            with step("putting the nodes into the cluster"):
                join(signed_in, waiting, self.settings.state)
        elif waiting:
            say(f"Put {', '.join(waiting)} into the cluster on the Server Nodes page.")

    def _start_demo(self, signed_in: Api | None) -> None:
        state, port = self.settings.state, self.settings.demo_port
        folder = state / "demo"
        folder.mkdir(mode=0o700, exist_ok=True)
        plain = {name: os.environ[name] for name in _PLAIN if name in os.environ}
        plain["PYTHONPATH"] = str(ROOT)
        server = ["infra.localrun.demo_server", "--port", str(port), "--folder", str(folder)]
        self._start_child("demo", server, plain)
        engine = ["chalicelib.engine", "--url", self._api.base_url, "--name", ENGINE]
        more = ["--state", str(state / "engine"), "--patience", PATIENCE]
        self._start_child("engine", [*engine, *more], plain)
        demo = Demo(signed_in or self._api, Accounts(folder / "accounts.json"), port, state)
        if demo.is_done:
            return
        if signed_in is None:
            say("The demonstration cannot be set up: the administrator's password was changed.")
            return
        with step("setting up the demonstration"):
            demo.register()

    def _start_child(self, name: str, command: list[str], environ: dict[str, str]) -> None:
        log = self.settings.state / "log" / f"{name}.log"
        self._children.start(Child(name, command, environ, log))


def node_child(settings: Settings, name: str) -> Child:
    """The process of a node, not started yet."""
    command = ["infra.localrun.node", "--name", name, "--port", str(settings.port_of(name))]
    folder = checkout_of(settings.state, name)
    environ = {
        **environment(settings.aws_url),
        "NODE": name,
        "CLUSTER": settings.cluster,
        "TARGET_PATIENCE": PATIENCE,
        "PYTHONPATH": str(folder),
    }
    log = settings.state / "log" / f"{name}.log"
    return Child(name, [*command, "--aws", settings.aws_url], environ, log, folder)


def apply_stacks(names: list[str], cluster: str) -> None:
    """The cluster's resources and these nodes'; what is there already is left as it is."""
    from infra.doctor import examine
    from infra.node import Node

    nodes = [Node(name, cluster) for name in names]
    nodes[0].cluster_stack.apply()
    for node in nodes:
        node.stack.apply()
    for finding in examine(cluster):
        if finding.cure is not None:
            finding.cure()


def _digest(names: list[str]) -> str:
    """Of the templates, and the nodes that they were applied for."""
    pages = [(ROOT / "infra" / page).read_bytes() for page in ("cluster.yaml", "node.yaml")]
    return hashlib.sha256(b"\0".join([*pages, ",".join(names).encode()])).hexdigest()
