"""What a process that is ours alone does before it loads what we build on."""

import sys

from broker.garbage import collect_seldom


def prepare() -> None:
    """Load nothing that is not used, and look for garbage seldom; for a program's first line."""
    collect_seldom()
    # httpx's own command line, which loads rich and click: httpx does without where it cannot be imported.
    sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType] - as the import system has it
