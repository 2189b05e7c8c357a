"""Writes docs/providers.md from the registry and the last conformance run: `make providers`."""

import json
from collections.abc import Iterable
from pathlib import Path

from broker.providers.registry import REGISTRY
from broker.sign_in import EXTRAS
from broker.types import Provider
from tests.contract.capabilities import CAPABILITIES, is_offered, offered

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
RUN = Path(__file__).with_name("conformance.json")
SIGN_IN = {
    "aws": "AWS credentials; signatures tested against botocore",
    "google": "Google application default credentials; the exchange with Google is untestable here",
    "entra": "Microsoft Entra; the exchange with Entra is untestable here",
}
MARKS = {"passed": "✓", "skipped": "?", "failed": "✗"}
INTRO = """\
# Platforms

Written by `make providers` from the registry and the last run of the contract tests; a test fails when it is
stale.

## What each platform takes

Each cell was tested: the request against what the makers publish, the answer against servers that others
wrote, behind the platform's own address, key header and path.

- ✓ sent, answered and read
- · not offered: left out of the request, and the answer says so
- prompt: no field for it; the schema goes into the prompt, and the answer says so
- ? untestable here
- ✗ failed

A platform takes something when at least one of its models does; the limits of single models are in
`broker/providers/registry.py`.
"""
HOW_TO = """\
## Add a platform

One that speaks a known dialect is one row in `broker/providers/registry.py`; nothing else changes, the tests
above run for it at once:

```python
Provider(
    id="acme",
    name="Acme AI",
    dialect="openai",
    base_url="https://api.acme.example/v1",
    key_env=("ACME_API_KEY",),
    drops=frozenset({"seed"}),                       # what it answers with 400
    renames={"max_tokens": "max_completion_tokens"}, # what it calls otherwise
)
```

Then `make providers` brings this page up to date. The same can be done for one installation without a change
to the code: on the Connections page, or in `broker.toml` (see [configuration](configuration.md)).

A new wire format is one file in `broker/providers/` with `encode`, `decode`, `decode_body`, `decoder` and
`UNUSUAL` (the protocol `Dialect`), and its name in `DIALECTS`.
"""


def page() -> str:
    """The page as it should be."""
    run = json.loads(RUN.read_text("utf-8"))
    return "\n".join([INTRO, *_matrix(run), "", "## How each is reached", "", *_facts(), "", HOW_TO])


def _matrix(run: dict[str, dict[str, str]]) -> Iterable[str]:
    columns = {name: case.title for name, case in CAPABILITIES.items()} | {"errors": "Errors"}
    yield _line("Platform", *columns.values())
    yield _line(*["---"] * (len(columns) + 1))
    for row in REGISTRY:
        yield _line(row.name, *(_cell(run, row.id, name) for name in columns))


def _cell(run: dict[str, dict[str, str]], row: str, capability: str) -> str:
    mark = MARKS[run.get(row, {}).get(capability, "skipped")]
    if mark != "✓" or capability not in CAPABILITIES or is_offered(row, capability):
        return mark
    return "prompt" if offered(row, capability)[1].adapted else "·"


def _facts() -> Iterable[str]:
    yield _line("Platform", "id", "Dialect", "Address", "Key", "Without a key", "Price list")
    yield _line(*["---"] * 7)
    for row in REGISTRY:
        also = [rule.dialect for rule in row.rules]
        yield _line(
            row.name,
            f"`{row.id}`",
            ", ".join(dict.fromkeys([row.dialect, *also])),
            f"`{row.base_url}`",
            _key(row),
            _without_key(row),
            f"`{row.prices_id}`" if row.prices_id else "none",
        )


def _key(row: Provider) -> str:
    names = " or ".join(f"`{name}`" for name in row.key_env)
    return f"{names}{', optional' if row.key_optional else ''}; as {row.auth}" if names else "none"


def _without_key(row: Provider) -> str:
    if row.identity:
        return f"{SIGN_IN[row.identity]} (extra `{EXTRAS[row.identity]}`)"
    return "works" if row.key_optional or not row.key_env else "not reachable"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"Wrote {PAGE.name}")
