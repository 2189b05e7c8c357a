"""What a process that is ours alone does before it loads what we build on, and when it ends."""

import atexit
import os
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

from broker.garbage import collect_seldom


def prepare() -> None:
    """Load nothing that is not used, and look for garbage seldom; for a program's first line."""
    collect_seldom()
    # httpx's own command line, which loads rich and click: httpx does without where it cannot be imported.
    sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType] - as the import system has it
    sys.modules.setdefault("httpx2", _Later("httpx2"))  # genai-prices would fetch later prices with it


class _Later(ModuleType):
    """A module that is loaded when something of it is asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = ModuleSpec(name, None)  # whoever looks for it finds it

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


def leave(status: int) -> NoReturn:
    """End the process once its threads have ended; for a program's last line.

    Python would first take apart the objects of all that was loaded, one by one, for some 20 ms.
    """
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage] - there is no public way
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(status)  # Python tells that not all was written, and ends with 120
    os._exit(status)
