"""`make run` begins here. This file alone must be readable by an old Python, to say so."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an old one gets a sentence, not a traceback)
    text = "make run: needs Python 3.11 or newer; this is %d.%d.\n"
    sys.stderr.write(text % sys.version_info[:2])  # noqa: UP031 (f-strings came with 3.6)
    sys.exit(2)

sys.path[0] = sys.path[0].rpartition("/")[0] or "."

from infra.localrun.start import main  # noqa: E402 (only now is it known to be readable)

if __name__ == "__main__":
    main()
