"""The command line: listing, asking, and the benchmarks of `cli_benchmarks`; the same engine as the pages."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from broker import cli_benchmarks, cli_compare, cli_listing, cli_rollups
from broker.cli_listing import config_in_force, engine, harmless, json_line

if TYPE_CHECKING:
    from broker.config import Config
    from broker.types import Completion, Offer

app = typer.Typer(
    help="Compare generative AI models across makers and clouds.", no_args_is_help=True, add_completion=False
)


app.command()(cli_listing.offers)
app.command()(cli_listing.providers)
cli_benchmarks.register(app)
app.command()(cli_compare.compare)
app.command()(cli_rollups.rebuild_rollups)


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

    config = config_in_force()
    chosen = [_known(config, offer_id) for offer_id in offer]
    text = sys.stdin.read() if prompt == "-" else prompt
    messages = (*([Message("system", system)] if system else []), Message("user", text))
    params = Params(max_tokens=max_tokens, temperature=temperature, seed=seed)
    with engine() as running:
        completions = running.complete(chosen, ChatRequest(messages, params), CallContext("cli", user_name()))
    for completion in completions:
        typer.echo(json_line(completion_row(completion)) if as_json else harmless(_answer(completion)))
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
