"""Writes docs/providers.md from the registry and the last conformance run: `make providers`."""

import json
from collections.abc import Iterable
from pathlib import Path

from broker.providers.registry import REGISTRY
from broker.sign_in import EXTRAS
from broker.types import Auth, Identity, Provider
from tests.contract.capabilities import CAPABILITIES, is_offered, offered

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
RUN = Path(__file__).with_name("conformance.json")
SIGN_IN: dict[Identity, tuple[str, str]] = {
    "aws": ("AWS", "✓"),  # what is sent is compared with botocore's own signature
    "google": ("Google Cloud", "?"),
    "entra": ("Microsoft Entra", "?"),
}
SENT_AS: dict[Auth, str] = {"bearer": "Authorization: Bearer", "none": ""}
MARKS = {"passed": "✓", "skipped": "?", "failed": "✗"}
TITLES = {name: case.title for name, case in CAPABILITIES.items()} | {"errors": "Errors"}
INTRO = """\
# Platforms

What each platform takes through the broker, and how it is reached. The page is written by `make providers`
from the registry and the last run of the contract tests; a test fails when it is stale.

## What was tested

No test talks to a platform itself. Each cell stands for three checks with the platform's own path, key header
and format: the request against the contract that the maker of the format publishes (OpenAI's specification,
Google's protocol buffers, AWS's service model, Anthropic's types), the answer from servers that others wrote,
and what the caller is told. *Errors* are refusals, overload, rate limits, and streams that break off, stall
or hold a damaged event. Beside this, requests are compared with recorded ones of the official SDKs.

| Mark | Meaning |
| --- | --- |
| ✓ | sent, answered and read |
| – | not offered: it is left out of the request, and `dropped` names it |
| words | there is no field for the schema: it goes into the prompt, and `adapted` names it |
| ? | untestable here: a token for a sign-in comes from the cloud itself |
| ✗ | failed in the last run |

A platform offers something when at least one of its models in the price list does. What single models refuse
is in `broker/providers/registry_limits.py`.
"""
REACHED = """\
## How each is reached

Addresses can be changed, and values in braces come from the account. *Key* lists the environment variables
that are read, in this order; the key is read for each call and kept nowhere. *Prices* is what
[genai-prices](https://github.com/pydantic/genai-prices) calls the platform.
"""
SIGNED_IN = """\
A sign-in is used where no key is set. It needs an optional extra, named behind it:
`scripts/setup --extra aws` installs one. Anthropic's key travels as `Authorization: Bearer` from API version
`2026-10-21` on.

## Values of the account
"""
HOW_TO = """\
## Add a platform

One that speaks a known dialect is one row in `broker/providers/registry.py`. No test has to be written: the
tests above run for it at once.

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

`make providers` then tests it and brings this page up to date. To add one to a single installation without a
change to the code, use the Connections page or `broker.toml` (see [configuration](configuration.md)).

A new wire format is one file in `broker/providers/` with `encode`, `decode`, `decode_body`, `decoder` and
`UNUSUAL` (the protocol `Dialect`), and its name in `DIALECTS`.
"""


def page() -> str:
    """The page as it should be."""
    run = json.loads(RUN.read_text("utf-8"))
    parts = [INTRO, *_matrix(run), "", REACHED, *_doors(), "", SIGNED_IN, *_account(), "", HOW_TO]
    return "\n".join(parts)


def _matrix(run: dict[str, dict[str, str]]) -> Iterable[str]:
    yield _line("Platform", *TITLES.values(), "Sign-in")
    yield _line("---", *[":-:"] * (len(TITLES) + 1))
    for row in REGISTRY:
        sign_in = SIGN_IN[row.identity][1] if row.identity else "–"
        yield _line(row.name, *(_cell(run, row.id, name) for name in TITLES), sign_in)


def _cell(run: dict[str, dict[str, str]], row: str, capability: str) -> str:
    mark = MARKS[run.get(row, {}).get(capability, "skipped")]
    if mark != "✓" or capability not in CAPABILITIES or is_offered(row, capability):
        return mark
    return "words" if offered(row, capability)[1].adapted else "–"


def _doors() -> Iterable[str]:
    yield _line("Platform", "id", "Dialect", "Address", "Key", "Sent as", "Without a key", "Prices")
    yield _line(*["---"] * 8)
    for row in REGISTRY:
        dialects = dict.fromkeys([row.dialect, *(rule.dialect for rule in row.rules)])
        key = " or ".join(f"`{name}`" for name in row.key_env)
        # To this machine's own server goes a key that is made up when it starts.
        sent_as = f"`{SENT_AS.get(row.auth, row.auth)}`" if key or row.identity else ""
        prices = f"`{row.prices_id}`" if row.prices_id else ""
        address = f"`{row.base_url}`" if row.base_url != "local:" else "its own server"
        cells = (f"`{row.id}`", ", ".join(dialects), address, key, sent_as, _without_key(row), prices)
        yield _line(row.name, *cells)


def _without_key(row: Provider) -> str:
    if row.identity:
        return f"sign-in: {SIGN_IN[row.identity][0]} (`{EXTRAS[row.identity]}`)"
    return "works" if row.key_optional or not row.key_env else ""


def _account() -> Iterable[str]:
    yield _line("Platform", "Value", "Environment", "Unless set")
    yield _line(*["---"] * 4)
    for row in REGISTRY:
        for name, variable in row.variables.items():
            env = " or ".join(f"`{each}`" for each in variable.env)
            yield _line(row.name, name, env, f"`{variable.default}`" if variable.default else "not reachable")


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"Wrote {PAGE.name}")
