"""Tables for other programs: CSV that no spreadsheet mistakes for formulas, and JSON.

The columns use the product's nouns; units stand in their names. Unknown is an empty cell or `null`.

In CSV, a text that a spreadsheet might run, and a text that starts with an apostrophe, has one apostrophe
put before it. To read a cell back, remove the first character if it is an apostrophe.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from broker.playground import Turn
from broker.types import Completion
from db.shapes import logprobs_json, tool_calls_json, tools_json

BOM = "\ufeff"
HIDDEN = "hidden until the vote"
# What starts a formula, also in full width. Some programs skip white space before it, some drop what they
# cannot show: control characters and those that Unicode calls Default_Ignorable_Code_Point.
_UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_NEEDS_APOSTROPHE = re.compile(rf"['\t\r\n]|[{_UNSEEN}]*[=+\-@＝＋－＠]")

COLUMNS = (
    "prompt_id",
    "asked_at",
    "user",
    "system",
    "prompt",
    "temperature",
    "top_p",
    "max_tokens",
    "stop",
    "seed",
    "reasoning_effort",
    "reasoning_budget",
    "json_schema",
    "tools",
    "tool_choice",
    "logprobs",
    "images",
    "blind",
    "offer",
    "maker",
    "platform",
    "model",
    "served_model",
    "status",
    "answer",
    "tool_calls",
    "finish_reason",
    "error_kind",
    "error_status",
    "error_message",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "cost_input_usd",
    "cost_cache_read_usd",
    "cost_cache_write_usd",
    "cost_output_usd",
    "price_source",
    "ttft_ms",
    "ttfa_ms",
    "total_ms",
    "elapsed_ms",
    "output_tokens_per_s",
    "attempts",
    "dropped",
    "adapted",
    "voted_best",
    "votes_tie",
    "votes_all_bad",
    "vote_reasons",
)
JSON_COLUMNS = (*COLUMNS, "token_logprobs")  # too long for a cell


def answer_rows(
    turns: Iterable[Turn], hidden: Callable[[Turn], bool] = lambda _: False
) -> list[dict[str, Any]]:
    """One row an answer, with the columns of `JSON_COLUMNS`; `images` are the SHA-256 of the prompt's own.

    The answers of turns that are `hidden` keep to themselves what would tell who gave them.
    """
    return [
        _veiled(_row(turn, answer)) if hidden(turn) else _row(turn, answer)
        for turn in turns
        for answer in turn.answers
    ]


def to_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> bytes:
    """UTF-8 with a byte order mark, by which spreadsheets know the encoding."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([safe_cell(column) for column in columns])
    for row in rows:
        writer.writerow([safe_cell(row.get(column)) for column in columns])
    return (BOM + out.getvalue()).encode(errors="replace")  # of halves of characters


def to_json(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A JSON array of objects; money as texts of digits, so that it stays exact."""
    return json.dumps(list(rows), ensure_ascii=False, indent=2, default=_digits).encode(errors="replace")


def safe_cell(value: object) -> object:
    """A cell as it may be written: numbers as they are, text never the start of a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return value
        case Decimal():
            return _digits(value)
        case _:
            text = str(value)
            return "'" + text if _NEEDS_APOSTROPHE.match(text) else text


def _digits(value: object) -> str:
    """Money as it is written: every digit, no exponent."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _row(turn: Turn, answer: Completion) -> dict[str, Any]:
    prompt, params = turn.prompt, answer.request.params
    usage, timing, cost, error = answer.usage, answer.timing, answer.cost, answer.error
    return {
        "prompt_id": prompt.id,
        "asked_at": prompt.created_at.isoformat(),
        "user": prompt.user,
        "system": prompt.system,
        "prompt": prompt.text,
        "temperature": params.temperature,
        "top_p": params.top_p,
        "max_tokens": params.max_tokens,
        "stop": _json(params.stop),
        "seed": params.seed,
        "reasoning_effort": params.reasoning_effort,
        "reasoning_budget": params.reasoning_budget,
        "json_schema": _json(params.json_schema),
        "tools": _json(tools_json(params.tools)),
        "tool_choice": params.tool_choice,
        "logprobs": params.logprobs,
        "images": ", ".join(prompt.images or ()) or None,
        "blind": prompt.blind,
        "offer": answer.offer.id,
        "maker": answer.offer.maker,
        "platform": turn.platforms.get(answer.offer.provider),
        "model": answer.offer.wire_model,
        "served_model": answer.served_model,
        "status": answer.status,
        "answer": answer.text,
        "tool_calls": _json(tool_calls_json(answer.tool_calls)),
        "finish_reason": answer.finish_reason,
        "error_kind": error.kind if error else None,
        "error_status": error.status if error else None,
        "error_message": error.message if error else None,
        "input_tokens": usage.input_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_usd": cost.total if cost else None,
        "cost_input_usd": cost.input if cost else None,
        "cost_cache_read_usd": cost.cache_read if cost else None,
        "cost_cache_write_usd": cost.cache_write if cost else None,
        "cost_output_usd": cost.output if cost else None,
        "price_source": cost.price.source if cost else None,
        "ttft_ms": timing.ttft_ms,
        "ttfa_ms": timing.ttfa_ms,
        "total_ms": timing.total_ms,
        "elapsed_ms": timing.elapsed_ms,
        "output_tokens_per_s": answer.output_tokens_per_s,
        "attempts": len(answer.attempts),
        "dropped": ", ".join(answer.dropped) or None,
        "adapted": ", ".join(answer.adapted) or None,
        **_votes(turn, answer),
        "token_logprobs": logprobs_json(answer.logprobs) or None,
    }


def _json(value: Any) -> str | None:
    """A value in one cell; nothing where it is empty."""
    return json.dumps(value, ensure_ascii=False) if value else None


def _veiled(row: dict[str, Any]) -> dict[str, Any]:
    told = {"offer", "maker", "platform", "model", "served_model"}
    kept = (*COLUMNS[: COLUMNS.index("offer")], "status", "answer", "tool_calls")
    return {name: value if name in kept else HIDDEN if name in told else None for name, value in row.items()}


def _votes(turn: Turn, answer: Completion) -> dict[str, Any]:
    reasons = [vote.reason for vote in turn.votes if vote.reason]
    return {
        "voted_best": sum(vote.call_id == answer.call_id for vote in turn.votes),
        "votes_tie": sum(vote.choice == "tie" for vote in turn.votes),
        "votes_all_bad": sum(vote.choice == "all_bad" for vote in turn.votes),
        "vote_reasons": " | ".join(reasons) or None,
    }
