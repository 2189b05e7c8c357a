"""What a process that is ours alone does before it loads what we build on, and when it ends."""

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn

from broker.garbage import collect_seldom


def prepare() -> None:
    """Load nothing that is not used, and look for garbage seldom; for a program's first line."""
    collect_seldom()
    # httpx's own command line, which loads rich and click: httpx does without where it cannot be imported.
    sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType] - as the import system has it


def leave(status: int) -> NoReturn:
    """End the process once its threads have ended; for a program's last line.

    Python would first take apart the objects of all that was loaded, one by one, for some 20 ms.
    """
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage] - there is no public way
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(status)
