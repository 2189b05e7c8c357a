"""Under `pytest -n 2` the workers run most tests, then this process those that need the machine alone.

It is one session, so its summary counts both. Without `-n`, all run here, one at a time.
"""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

HERE = Path(__file__).parent

# They measure time, or ask a real model very much: nothing else may run beside them.
ALONE = ("contract/test_canary.py", "contract/test_real_model.py")


settings.load_profile("ci")  # the same examples each time, however busy the machine is


def _is_left_to_others(path: Path, config: pytest.Config) -> bool:
    alone = path.relative_to(HERE).as_posix().startswith(ALONE)
    return alone if hasattr(config, "workerinput") else not alone and _has_workers(config)


def _has_workers(config: pytest.Config) -> bool:
    return config.pluginmanager.hasplugin("dsession")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spare reading a file in vain."""
    return True if collection_path.suffix == ".py" and _is_left_to_others(collection_path, config) else None


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Leave out the tests of a file that was named, since that is never ignored."""
    items[:] = [item for item in items if not _is_left_to_others(item.path, config)]


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Any:
    """After the workers, the tests that need the machine alone."""
    done = yield
    if _has_workers(session.config):
        _run_alone(session)
    return done


def _run_alone(session: pytest.Session) -> None:
    before = session.testscollected
    items = session.perform_collect()
    session.testscollected += before  # progress goes on from where the workers left it
    for item, following in zip_longest(items, items[1:]):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
