"""Runs one module as a child that ends when its parent does, however the parent ended.

python -m infra.localrun.child <parent pid> <module> [arguments]
"""

import gc
import os
import runpy
import signal
import sys
import threading
import time

_LOOK = 0.5
_PATIENCE = 10.0
GARBAGE = 20_000
"""New objects before the collector looks: importing makes many, and none of them is garbage."""


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE)
    os._exit(1)


def main() -> None:
    gc.set_threshold(GARBAGE)
    parent, module = int(sys.argv[1]), sys.argv[2]
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    sys.argv = [module, *sys.argv[3:]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
