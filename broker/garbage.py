"""How often Python looks for objects that only refer to each other, in a process that is ours alone."""

import atexit
import gc
import sys

_YOUNG, _MIDDLE, _OLD = 250_000, 10, 10  # Python's own: 700, 10, 10
_loaded = 0


def collect_seldom() -> None:
    """Look for garbage in cycles seldom, and not at all when the process ends; for a program's first line.

    Importing what we build on makes some 200,000 objects, none of them garbage: sifting them takes a
    fifth of the time that a command needs to start, and once more as long when it ends.
    """
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    atexit.register(gc.freeze)


def set_aside() -> None:
    """Sift no more what is there by now, if modules were loaded since the last time; for any thread.

    What Streamlit collects after each run of a script stops every other thread meanwhile, and so the
    clocks of calls under way: over 100 ms with all packages loaded, a few once they are set aside.
    """
    global _loaded  # noqa: PLW0603
    if len(sys.modules) > _loaded:
        _loaded = len(sys.modules)
        gc.freeze()
