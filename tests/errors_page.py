"""Writes docs/errors.md from the tree of errors: `python -m tests.errors_page`."""

from inspect import getdoc
from pathlib import Path

from broker.complete import MAX_ATTEMPTS, MAX_WAIT_S
from broker.errors import PROVIDER_ERRORS, ProviderError

PAGE = Path(__file__).parents[1] / "docs" / "errors.md"
TEXT = """\
# Errors

Written by `.venv/bin/python -m tests.errors_page` from `broker/errors.py`; a test fails when it is stale.

A call that fails is kept like any other, with its kind, the HTTP status and the platform's own words, from
which keys are blotted out. The kind comes from the status first and from the words second, so a platform
that words its errors in its own way is still understood. What arrived before the failure is kept.

| kind | what it means | what to do | retried? |
|---|---|---|---|
{rows}

A retry happens before the first token only, up to {attempts} attempts in all, after a growing wait or after
the one that the platform asks for in `Retry-After`. More than {wait:g} s is left to the user.
"""


def page() -> str:
    """The whole page."""
    rows = "\n".join(map(_row, PROVIDER_ERRORS))
    return TEXT.format(rows=rows, attempts=MAX_ATTEMPTS, wait=MAX_WAIT_S)


def _row(error: type[ProviderError]) -> str:
    meaning, retried = " ".join((getdoc(error) or "").split()), "yes" if error.retryable else "no"
    return f"| `{error.kind}` | **{error.title}.** {meaning} | {error.advice} | {retried} |"


if __name__ == "__main__":
    PAGE.write_text(page())
