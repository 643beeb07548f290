"""The launcher of a local run: emulator and ticker in this process, the rest as its children."""

import contextlib
import gc
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

from infra.localrun import run_file
from infra.localrun.aws_api import CREDENTIALS
from infra.localrun.child import GARBAGE
from infra.localrun.cluster import LocalCluster
from infra.localrun.preflight import check_ports, claim
from infra.localrun.settings import RefusedError, Settings, settings
from infra.progress import say

log = logging.getLogger(__name__)
_LOOK = 0.5
_AGAIN = 1.0
_ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StoppedError(BaseException):
    """Somebody asked the run to end. Not an error: it must pass every `except Exception`."""


def run(wanted: Settings) -> None:
    """Start all, say where it is, watch it until asked to end, then stop all and save."""
    run_file.remove(wanted.state)
    cluster = LocalCluster(wanted)
    try:
        begun = time.monotonic()
        cluster.start()
        _announce(cluster, time.monotonic() - begun)
        while cluster.is_alive():
            time.sleep(_LOOK)
            if cluster.look():
                run_file.write(wanted.state, cluster.facts())
        say(f"The AWS emulator ended; see {wanted.state / 'log'}.")
    except StoppedError:
        say("\nStopping.")
    finally:
        ignore_ends()
        cluster.stop()
        run_file.remove(wanted.state)
    say("Everything is stopped and saved.")


def _announce(cluster: LocalCluster, seconds: float) -> None:
    facts = cluster.facts()
    run_file.write(cluster.settings.state, facts)
    say(f"\nThe cluster runs ({seconds:.1f} s).")
    for node in facts["nodes"]:
        say(f"  {node['name']}    {node['base_url']}")
    say(f"  AWS       {facts['aws_endpoint_url']} (an emulator: its KMS is not real)")
    say(f"  user      {facts['username']}")
    if "password" in facts:
        say(f"  password  {facts['password']} (the first one; forgotten here once you change it)")
    for line in cluster.demonstration:
        say(f"  demo      {line}")
    say(f"  facts     {cluster.settings.state / 'run.json'}")
    say("A place to try and develop, not to keep secrets. Ctrl-C stops it and saves.")


def _stop(*_: object) -> None:
    """Once: who is impatient and asks again must not break the saving off.

    What is raised in a destructor Python swallows: an alarm raises it again until it is heard.
    """
    ignore_ends()
    signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN)
    raise StoppedError


def stop_at_ends() -> None:
    """Ctrl-C, SIGTERM and a closed terminal raise StoppedError from now on."""
    for number in _ENDS:
        signal.signal(number, _stop)


def ignore_ends() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)


def main() -> None:
    os.umask(0o077)
    gc.set_threshold(GARBAGE)
    try:
        wanted = settings(os.environ)
        held = claim(wanted.state)
        check_ports(wanted)
    except RefusedError as refusal:
        sys.stderr.write(f"make run: {refusal}\n")
        sys.exit(2)
    _log_to(wanted.state / "log")
    os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=wanted.aws_url)
    stop_at_ends()
    try:
        run(wanted)
    except StoppedError:  # asked before there was anything to stop
        ignore_ends()
        say("Everything is stopped and saved.")
    except Exception as error:  # said in a sentence; the log has the rest
        log.exception("the run failed")
        with contextlib.suppress(OSError):
            sys.stderr.write(f"make run: {error} (see {wanted.state / 'log'})\n")
        sys.exit(1)
    finally:
        held.release()


def _log_to(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    logging.basicConfig(
        filename=folder / "launcher.log",
        level=logging.WARNING,
        format="%(asctime)s %(threadName)s %(name)s %(message)s",
    )
    threading.excepthook = lambda hook: log.error("a thread ended", exc_info=hook.exc_value)


if __name__ == "__main__":
    main()
