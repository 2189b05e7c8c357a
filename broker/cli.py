"""The command line: `broker offers` and `broker ask`, the same engine as the pages."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from broker.config import Config
    from broker.types import Completion, Offer

app = typer.Typer(
    help="Compare generative AI models across makers and clouds.", no_args_is_help=True, add_completion=False
)


@app.command()
def offers(
    search: Annotated[str, typer.Option(help="Only offers whose id or name contains this.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the offers: what can be asked, what it costs, which key is missing."""
    from broker import catalog

    config = _config()
    wanted = search.lower()
    for offer in catalog.offers(config):
        if wanted in offer.id.lower() or wanted in offer.name.lower():
            row = _offer_row(config, offer)
            typer.echo(_json(row) if as_json else _offer_line(row))


@app.command()
def ask(
    prompt: Annotated[str, typer.Argument(help="What to ask; '-' reads standard input.")],
    offer: Annotated[list[str], typer.Option(help="An offer's id, platform/model; repeat it to compare.")],
    system: Annotated[str | None, typer.Option(help="The system prompt.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="The longest answer, in tokens.")] = None,
    temperature: Annotated[float | None, typer.Option(min=0)] = None,
    seed: Annotated[int | None, typer.Option(help="Asks for the same answer each time.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Ask one prompt of several offers at once. Exit status 0 if all answered, 1 if any failed."""
    from broker.config import user_name
    from broker.types import CallContext, ChatRequest, Message, Params

    config = _config()
    chosen = [_known(config, offer_id) for offer_id in offer]
    text = sys.stdin.read() if prompt == "-" else prompt
    messages = (*([Message("system", system)] if system else []), Message("user", text))
    params = Params(max_tokens=max_tokens, temperature=temperature, seed=seed)
    completions = _complete(chosen, ChatRequest(messages, params), CallContext("cli", user_name()))
    for completion in completions:
        typer.echo(_json(completion_row(completion)) if as_json else _answer(completion))
    raise typer.Exit(0 if all(c.status == "ok" for c in completions) else 1)


def completion_row(completion: "Completion") -> dict[str, Any]:
    """A Completion as the flat object that `broker ask --json` prints; unknown is null."""
    usage, timing = completion.usage, completion.timing
    return {
        "offer": completion.offer.id,
        "text": completion.text,
        "finish_reason": completion.finish_reason,
        "error": None
        if completion.error is None
        else {
            "kind": completion.error.kind,
            "status": completion.error.status,
            "message": completion.error.message,
        },
        "served_model": completion.served_model,
        "usage": {
            "input_tokens": usage.input_tokens,
            "cache_read_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
            "output_tokens": usage.output_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
        },
        "cost_usd": None if completion.cost is None else str(completion.cost.total),
        "ttft_ms": _round(timing.ttft_ms),
        "ttfa_ms": _round(timing.ttfa_ms),
        "total_ms": _round(timing.total_ms),
        "output_tokens_per_s": _round(completion.output_tokens_per_s),
        "attempts": len(completion.attempts),
        "dropped": list(completion.dropped),
    }


def _complete(chosen: "Sequence[Offer]", request: Any, context: Any) -> "list[Completion]":
    from broker import runtime
    from broker.record import RecordError

    engine = runtime.runtime()
    try:
        return engine.complete(chosen, request, context)
    finally:
        try:
            runtime.shutdown()
        except RecordError as error:
            typer.echo(f"Not everything could be recorded: {error}", err=True)


def _config() -> "Config":
    """The configuration; what is wrong with its file goes to standard error."""
    from broker.config import load

    config = load()
    for problem in config.problems:
        typer.echo(problem, err=True)
    return config


def _known(config: "Config", offer_id: str) -> "Offer":
    from broker import catalog

    found = catalog.find(config, offer_id)
    if found is None:
        known = ", ".join(config.providers)
        typer.echo(
            f"No offer {offer_id!r}. An offer is platform/model; the platforms are {known}. "
            "`broker offers --search TEXT` lists offers.",
            err=True,
        )
        raise typer.Exit(2)
    return found


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
    state = f"set {row['missing_key']}" if row["missing_key"] else "ready"
    return f"{row['offer']:<48} {row['maker']:<14} {price:<48} {state}"


def _answer(completion: "Completion") -> str:
    """One answer with its figures, for a terminal."""
    from broker.errors import BY_KIND

    lines = [f"── {completion.offer.id}", completion.text.strip()]
    if completion.error is not None:
        kind = BY_KIND[completion.error.kind]
        lines.append(f"{kind.title}: {completion.error.message}\n{kind.advice}")
    lines.append(" · ".join(_figures(completion)))
    return "\n".join(line for line in lines if line) + "\n"


def _figures(completion: "Completion") -> Iterable[str]:
    timing, usage = completion.timing, completion.usage
    yield f"finish {completion.finish_reason or 'none'}"
    yield f"first token {_shown(timing.ttft_ms, ' ms')}"
    yield f"total {_shown(timing.total_ms, ' ms')}"
    yield f"{_shown(completion.output_tokens_per_s, '')} tokens/s"
    yield f"{_shown(usage.input_tokens, '')} tokens in, {_shown(usage.output_tokens, '')} out"
    yield "cost unknown" if completion.cost is None else f"${completion.cost.total.normalize():f}"
    if completion.dropped:
        yield f"not sent: {', '.join(completion.dropped)}"
    if completion.other_model_served:
        yield f"served by {completion.served_model}"


def _shown(value: float | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:,.0f}{unit}"


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _decimal(value: Any) -> str | None:
    return None if value is None else str(value)


def _json(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False)


if __name__ == "__main__":
    app()
