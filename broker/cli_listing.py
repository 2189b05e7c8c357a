"""The commands that list: which platforms there are and whether they answer, which offers they have."""

import json
import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from broker.config import Config
    from broker.connections import Connection
    from broker.runtime import Runtime
    from broker.types import Offer, Provider

# Controls but for tab and line feed, what turns the direction of writing, halves of characters.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def offers(
    search: Annotated[str, typer.Option(help="Only offers whose id or name contains this.")] = "",
    platform: Annotated[str, typer.Option(help="Only this platform's: its id or name.")] = "",
    as_json: _AsJson = False,
) -> None:
    """List the offers: what can be asked, what it costs, which key is missing."""
    from broker import catalog

    config = config_in_force()
    wanted = search.lower()
    provider = _platform(config, platform) if platform else None
    for offer in catalog.offers(config):
        of_platform = provider is None or offer.provider == provider.id
        if of_platform and (wanted in offer.id.lower() or wanted in offer.name.lower()):
            row = _offer_row(config, offer)
            typer.echo(json_line(row) if as_json else harmless(_offer_line(row)))


def providers(
    check: Annotated[
        bool, typer.Option("--check", help="Make the cheapest real call to each first.")
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """List the platforms and how each fared when last checked. Exit status 1 if a check just made failed."""
    from broker.connections import connections
    from db.session import open_database

    config = config_in_force()
    if check:
        _check_all(config)
    found = connections(config, open_database())
    for connection in found:
        row = _provider_row(connection)
        typer.echo(json_line(row) if as_json else harmless(_provider_line(connection)))
    raise typer.Exit(1 if check and any(connection.state == "refused" for connection in found) else 0)


def config_in_force() -> "Config":
    """The configuration with what was added in the app; what is wrong with it goes to standard error."""
    from broker import connections
    from db.session import open_database

    config = connections.load(open_database())
    for problem in config.problems:
        typer.echo(problem, err=True)
    return config


@contextmanager
def engine() -> "Generator[Runtime]":
    """The engine, ended afterwards; calls that could not be recorded are told on standard error."""
    from broker import runtime
    from broker.record import RecordError

    running = runtime.runtime()
    try:
        yield running
    finally:
        try:
            runtime.shutdown()
        except RecordError as error:
            typer.echo(f"Not everything could be recorded: {error}", err=True)


def json_line(row: dict[str, Any]) -> str:
    """One object a line; what would control the terminal is written as its code."""
    text = json.dumps(row, ensure_ascii=False, default=str)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def harmless(text: str) -> str:
    """A model's or a platform's words without what would control the terminal or cannot be written to it."""
    return _CONTROLS.sub("", text)


def _check_all(config: "Config") -> None:
    """Check every provider that lacks nothing, all at once."""
    from broker import checks
    from broker.config import missing_key, user_name
    from db.session import open_database

    askable = [provider.id for provider in config.providers.values() if not missing_key(provider)]
    with engine() as running:
        for future in [
            running.submit(checks.check(running, open_database(), name, user_name())) for name in askable
        ]:
            future.result()


def _platform(config: "Config", wanted: str) -> "Provider":
    """The provider with this id or name."""
    for provider in config.providers.values():
        if wanted.lower() in (provider.id.lower(), provider.name.lower()):
            return provider
    typer.echo(f"No platform {wanted!r}. The platforms are {', '.join(config.providers)}.", err=True)
    raise typer.Exit(2)


def _offer_row(config: "Config", offer: "Offer") -> dict[str, Any]:
    from datetime import UTC, datetime

    from broker.config import missing_key
    from broker.pricing import price_at

    provider = config.providers[offer.provider]
    price = price_at(provider, offer, 0, datetime.now(UTC))
    return {
        "offer": offer.id,
        "name": offer.name,
        "maker": offer.maker,
        "platform": provider.name,
        "input_usd_per_mtok": _decimal(price and price.input_mtok),
        "output_usd_per_mtok": _decimal(price and price.output_mtok),
        "price_source": price.source if price else None,
        "context_window": offer.context_window,
        "missing_key": missing_key(provider),
        "note": offer.note or None,
    }


def _offer_line(row: dict[str, Any]) -> str:
    prices = (row["input_usd_per_mtok"], row["output_usd_per_mtok"])
    price = "price unknown" if None in prices else "$" + " in, $".join(prices) + " out per million tokens"
    state = f"needs {row['missing_key']}" if row["missing_key"] else "ready"
    return f"{row['offer']:<48} {row['maker']:<14} {price:<48} {state}"


def _provider_row(connection: "Connection") -> dict[str, Any]:
    """A platform as the flat object that `broker providers --json` prints; unknown is null."""
    provider, check = connection.provider, connection.check
    failed = check is not None and not check.ok
    return {
        "platform": provider.id,
        "name": provider.name,
        "source": connection.source,
        "state": connection.state,
        "missing_key": connection.missing,
        "base_url": provider.base_url,
        "models_listed": None if connection.models is None else len(connection.models),
        "checked_at": check and check.checked_at.isoformat(),
        "offer": check and check.offer,
        "served_model": check and check.served_model,
        "ttft_ms": check and check.ttft_ms and round(check.ttft_ms, 2),
        "total_ms": check and check.total_ms and round(check.total_ms, 2),
        "cost_usd": _decimal(check and check.cost),
        "error": {"kind": check.error_kind, "message": check.message} if check and failed else None,
    }


def _provider_line(connection: "Connection") -> str:
    return f"{connection.provider.id:<16} {connection.provider.name:<40} {' · '.join(_told(connection))}"


def _told(connection: "Connection") -> Iterable[str]:
    from broker.config import to_connect
    from broker.errors import BY_KIND

    check = connection.check
    match connection.state:
        case "no_key":
            yield to_connect(connection.provider) or ""
        case "unchecked":
            yield "ready, not checked yet"
        case "not_running":
            yield f"no server at {connection.provider.base_url}"
        case "refused" if check is not None:
            error = BY_KIND[check.error_kind or "server_error"]
            yield f"{error.title}: {check.message}"
            yield error.advice
        case _ if check is not None:
            yield "answers"
            yield f"first token {check.ttft_ms or 0:,.0f} ms"
            yield f"served by {check.served_model or 'unknown'}"
        case _:
            pass


def digits(value: Any) -> str:
    """What JSON has no form for as a text: money in plain digits, `0` for nothing."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _decimal(value: Any) -> str | None:
    return None if value is None else digits(value)
