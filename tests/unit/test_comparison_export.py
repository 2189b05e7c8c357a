"""A comparison as tables: every figure comes back from them, and no text of theirs is run."""

import csv
import io
import math
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.assurance import known
from broker.assurance.attributes import ATTRIBUTES
from broker.comparison import CRITERIA, Gate, Gathered, Shortlist
from broker.comparison.scores import SCALES
from broker.comparison_export.columns import Column
from broker.comparison_export.long import long_csv, long_rows
from broker.comparison_export.table import columns
from broker.comparison_export.wide import wide_csv, wide_rows
from broker.comparison_export.written import plain
from broker.pricing import source
from broker.stats import Estimate
from tests.made_up_shortlist import (
    AT,
    ENTRIES,
    FORMULAS,
    RAN,
    fact,
    renamed,
    results,
    shortlist,
    speed,
)

NUMBERS = frozenset({"count", "number", "share", "usd", "ms", "tokens/s", "days", "Elo"})
TEXT = st.text(st.characters(codec="utf-8")) | st.builds(str.__add__, st.sampled_from(FORMULAS), st.text())


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def by_offer(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["offer"]: row for row in rows}


def of(found: Shortlist, **more: Any) -> Shortlist:
    """The shortlist with another question or other facts."""
    return replace(found, gathered=replace(found.gathered, **more))


def with_evidence(offer: str, **more: Any) -> Shortlist:
    """The shortlist with something else known of one offer."""
    found = shortlist()
    ranked = tuple(
        replace(one, evidence=replace(one.evidence, **more)) if one.evidence.id == offer else one
        for one in found.ranked
    )
    return replace(found, ranked=ranked)


def test_a_row_an_offer_in_the_shortlists_order() -> None:
    found = shortlist()
    assert [row["offer"] for row in wide_rows(found)] == [ranked.evidence.id for ranked in found.ranked]
    assert [row["rank"] for row in wide_rows(found)] == [1, 2, None, None, None, None, None]


def test_figures_stand_with_their_limits() -> None:
    row = by_offer(wide_rows(shortlist()))["bolt/pro-2"]
    quality = [row[f"quality_share{part}"] for part in ("", "_low", "_high", "_n")]
    assert quality == [0.885, 0.855, 0.910, 500]
    assert (row["total_p95_ms"], row["total_p95_ms_n"], row["timings"]) == (1_700, 500, "reliable")
    assert (row["retires_not_before"], row["retires_on"], row["ending"]) == ("2027-09-01", None, False)
    assert (row["rating_elo"], row["rating_elo_low"], row["rating_elo_n"]) == (1_540, 1_490, 64)
    assert (row["other_doors"], row["rivals"], row["spent_usd"]) == (0, 1, Decimal("18.4321"))


def test_nobody_knows_how_well_all_recorded_calls_were_timed() -> None:
    known = next(one.evidence.speed for one in shortlist().ranked if one.evidence.id == "bolt/pro-2")
    calls = replace(known, origin="calls", reliable=None)  # type: ignore[type-var]
    row = by_offer(wide_rows(with_evidence("bolt/pro-2", speed=calls)))["bolt/pro-2"]
    assert (row["speed_origin"], row["timings"]) == ("all recorded calls", "unknown")


def test_what_is_not_known_is_empty_and_said_so() -> None:
    row = by_offer(wide_rows(shortlist()))["delta/8b"]
    empty = (
        "quality_share",
        "cost_per_1000_tasks_usd",
        "yearly_cost_our_usd",
        "total_p95_ms",
        "days_left",
        "score",
    )
    assert {row[name] for name in empty} == {None}
    assert row["yearly_cost_unknown_because"] == "no price per token is known"
    assert (row["quality_origin"], row["timings"], row["lifecycle_certainty"]) == ("unknown",) * 3
    assert (row["gate:p95<=6s"], row["fact:hipaa_baa:standing"]) == ("unknown", "unknown")
    assert row["suite:Invoices:origin"] == "not run"
    assert row["suites_missing"] == "Invoices, Contracts"


def test_imported_and_borrowed_figures_are_named_so() -> None:
    rows = by_offer(wide_rows(shortlist()))
    imported, door = rows["cirrus/opus-1"], rows["nimbus/acme-large-4"]
    assert (imported["quality_origin"], imported["suite:Invoices:origin"]) == ("imported", "imported")
    assert (door["quality_share"], door["quality_elsewhere_share"]) == (None, 0.912)
    assert door["quality_elsewhere_offer"] == "acme/large-4"


def test_gates_have_their_reason_and_its_source() -> None:
    row = by_offer(wide_rows(shortlist()))["ember/reason"]
    assert [row[f"gate:hipaa_baa{part}"] for part in ("", ":reason", ":source", ":as_of")] == [
        "unknown",
        "Nothing is known about it.",
        "https://ember.example/trust",
        "2026-09-23",
    ]
    assert row["gate:p95<=6s"] == row["gates_outcome"] == "fail"


def test_facts_have_their_standing() -> None:
    rows = by_offer(wide_rows(shortlist()))
    stands = {id_: row["fact:hipaa_baa:standing"] for id_, row in rows.items()}
    assert stands["ember/reason"] == "amber"
    assert stands["cirrus/opus-1"] == "no evidence"
    assert stands["bolt/pro-2"] == "satisfied"
    kept = rows["bolt/pro-2"]
    assert (kept["fact:prompt_retention_default"], kept["fact:prompt_retention_default:standing"]) == (
        "30 days",
        "told",
    )
    assert rows["acme/large-4"]["fact:eu_data_residency:standing"] == "not satisfied"


def test_a_fact_without_an_address_names_who_checked_it_and_when() -> None:
    told = fact("bolt", "sso", "yes", source_url=None, as_of=None, checked_by="ada", checked_on=AT)
    row = by_offer(wide_rows(of(shortlist(), facts=known((told,)))))["bolt/pro-2"]
    assert (row["fact:sso:source"], row["fact:sso:as_of"]) == ("checked by ada", AT.isoformat())


def test_a_condition_that_counts_in_the_gate_counts_in_the_fact() -> None:
    gate = Gate("eu_data_residency", counts=frozenset({"by_approval"}))
    found = shortlist()
    asked = of(found, wanted=replace(found.gathered.wanted, gates=(gate,)))
    assert by_offer(wide_rows(asked))["acme/large-4"]["fact:eu_data_residency:standing"] == "satisfied"


def test_sources_that_disagree_are_both_in_either_form() -> None:
    told = (fact("bolt", "sso", "yes"), fact("bolt", "sso", "no", source_url="https://other.example"))
    found = shortlist()
    asked = of(found, facts={("bolt", "sso"): told})
    wide = by_offer(wide_rows(asked))["bolt/pro-2"]
    long = {row["attribute"]: row["value"] for row in long_rows(asked) if row["offer"] == "bolt/pro-2"}
    for row in (wide, long):
        assert (row["fact:sso"], row["fact:sso:standing"]) == ("yes", "amber")
        assert row["fact:sso:reason"] == "Sources disagree: “yes” and “no”."
        assert row["fact:sso:also"] == "no (https://other.example)"
    assert wide["fact:sso:source"] == "https://bolt.example/trust"


def test_a_year_is_the_sum_of_its_classes() -> None:
    row = by_offer(wide_rows(shortlist()))["acme/large-4"]
    classes = ("fresh_input", "cache_read", "cache_write", "output", "batch", "shortfall")
    for side in ("list", "our"):
        parts = sum(row[f"yearly_{name}_{side}_usd"] for name in classes)
        assert abs(parts - row[f"yearly_cost_{side}_usd"]) < Decimal("1E-8")
    assert row["yearly_cost_our_usd"] < row["yearly_cost_list_usd"]


def test_a_month_is_a_twelfth_class_by_class() -> None:
    row = by_offer(wide_rows(shortlist()))["acme/large-4"]
    yearly = {name: value for name, value in row.items() if re.fullmatch("yearly_.*_(list|our)_usd", name)}
    assert len(yearly) == 2 * 7
    for name, value in yearly.items():
        assert abs(row[name.replace("yearly", "monthly")] * 12 - value) < Decimal("1E-7")


def test_the_first_and_the_last_month_show_what_grows() -> None:
    """900 fresh and 300 cached tokens in, 300 out, at $3, $0.30 and $12; two percent more each month."""
    row = by_offer(wide_rows(shortlist()))["acme/large-4"]
    first = 200_000 * (900 * 3 + 300 * Decimal("0.3") + 300 * 12) / 1_000_000
    assert row["first_month_list_usd"] == first == 1278
    assert row["last_month_list_usd"] == pytest.approx(first * Decimal("1.02") ** 11)
    assert row["first_month_our_usd"] == first * Decimal("0.9")
    unknown = by_offer(wide_rows(shortlist()))["delta/8b"]
    assert unknown["last_month_our_usd"] is None


def test_a_year_has_limits_where_its_tokens_were_measured() -> None:
    year = Estimate(16_000.0, 12_000.0, 24_000.0, 400, "made up")
    row = by_offer(wide_rows(with_evidence("acme/large-4", year=year)))["acme/large-4"]
    parts = ("_low", "_high", "_n")
    assert [row[f"yearly_cost_our_usd{part}"] for part in parts] == [12_000, 24_000, 400]
    assert [row[f"monthly_cost_our_usd{part}"] for part in parts] == [1_000, 2_000, 400]
    assert row["yearly_cost_our_usd_source"] == source()
    plain_ = by_offer(wide_rows(shortlist()))["acme/large-4"]
    assert [plain_[f"yearly_cost_our_usd{part}"] for part in parts] == [None] * 3


def test_a_score_stands_with_its_limits() -> None:
    found = shortlist()
    first = replace(found.ranked[0], score_low=0.6, score_high=0.8)
    row = wide_rows(replace(found, ranked=(first, *found.ranked[1:])))[0]
    assert (row["score_low"], row["score_high"]) == (0.6, 0.8)


def test_speed_says_which_calls_were_timed_and_when() -> None:
    rows = by_offer(wide_rows(shortlist()))
    assert rows["bolt/pro-2"]["speed_source"].count("in November (run-") == 2
    assert rows["bolt/pro-2"]["speed_as_of"] == RAN.isoformat()
    assert (rows["delta/8b"]["speed_source"], rows["delta/8b"]["speed_as_of"]) == (None, None)
    in_calls = with_evidence("bolt/pro-2", speed=replace(speed(900, 1_700), origin="calls"))
    row = by_offer(wide_rows(in_calls))["bolt/pro-2"]
    assert (row["speed_source"], row["speed_as_of"]) == ("all recorded calls", AT.isoformat())


def test_imported_runs_time_nothing() -> None:
    one, other = results("bolt/pro-2", 0.88, 0.90, 9.70)
    both = (replace(one, origin="imported", ended_at=RAN - timedelta(days=300)), other)
    row = by_offer(wide_rows(with_evidence("bolt/pro-2", results=both)))["bolt/pro-2"]
    assert row["speed_source"] == "Contracts in November (run-contracts)"
    assert row["speed_as_of"] == RAN.isoformat()


def test_votes_calls_and_what_a_model_takes_have_their_source() -> None:
    row = by_offer(wide_rows(shortlist()))["bolt/pro-2"]
    assert (row["rating_elo_source"], row["rating_elo_as_of"]) == ("votes in the playground", AT.isoformat())
    assert row["takes_source"].startswith(f"{source()} and ")
    long = {one["attribute"]: one for one in long_rows(shortlist()) if one["offer"] == "bolt/pro-2"}
    assert (long["spent_usd"]["source"], long["spent_usd"]["as_of"]) == ("all recorded calls", AT.isoformat())


def test_the_size_of_a_context_is_the_price_lists_where_that_says_so() -> None:
    entry = ENTRIES["bolt/pro-2"]
    assert entry.listing is not None
    listed = replace(entry, listing=replace(entry.listing, context_window=200_000))
    assert by_offer(wide_rows(shortlist()))["bolt/pro-2"]["context_tokens_source"] == "as it was configured"
    row = by_offer(wide_rows(with_evidence("bolt/pro-2", entry=listed)))["bolt/pro-2"]
    assert (row["context_tokens"], row["context_tokens_source"]) == (200_000, source())


def test_facts_say_who_looked_and_until_when_they_count() -> None:
    checked = fact("acme", "sso", "yes", scope="Acme", checked_by="ada", checked_on=AT - timedelta(days=9))
    found = shortlist()
    rows = by_offer(wide_rows(of(found, facts={("acme", "sso"): (checked,)})))
    told = {part: rows["acme/large-4"][f"fact:sso:{part}"] for part in ("scope", "confidence", "checked_by")}
    assert told == {"scope": "Acme", "confidence": "high", "checked_by": "ada"}
    assert rows["acme/large-4"]["fact:sso:checked_on"] == "2026-11-13"
    assert rows["acme/large-4"]["fact:sso:expires"] == "2027-11-13"
    assert rows["bolt/pro-2"]["fact:sso:expires"] is None


def test_headers_are_the_same_whatever_is_known() -> None:
    found = shortlist()
    headers = read(wide_csv(found))[0]
    assert headers == read(wide_csv(replace(found, ranked=())))[0]
    assert len(set(headers)) == len(headers)
    assert [header for header in headers if header.startswith("fact:") and header.count(":") == 1] == [
        f"fact:{attribute.id}" for attribute in ATTRIBUTES
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.2345678912"), "1.234567891"),
        (Decimal("0E-26"), "0"),
        (Decimal("1200.00"), "1200"),
        (Decimal("0.000000001"), "0.000000001"),
        (date(2026, 1, 2), "2026-01-02"),
        (0.11957500000000004, 0.119575),
        (1 / 3, 0.333333333333),
        (123456.0, 123456.0),
    ],
)
def test_values_are_written_short(value: Any, expected: str | float) -> None:
    found = plain(value)
    assert (f"{found:f}" if isinstance(found, Decimal) else found) == expected


def test_the_wide_file_comes_back_through_pandas() -> None:
    found = shortlist()
    table = pd.read_csv(io.BytesIO(wide_csv(found)), keep_default_na=False, na_values=[""])
    assert len(table) == len(found.ranked)
    kinds = {
        header: column.kind_of(part) for column in columns(found) for header, part in column.headers.items()
    }
    for row, (_, back) in zip(wide_rows(found), table.iterrows(), strict=True):
        for header, value in row.items():
            assert alike(value, back[header], kinds[header]), header


def alike(value: Any, back: Any, kind: str) -> bool:
    """Whether a cell that pandas read is the value that was written."""
    if value is None:
        return bool(pd.isna(back))
    if kind in NUMBERS:
        return math.isclose(float(value), float(back), rel_tol=1e-15)
    return str(back).removeprefix("'") == as_text(value)


def as_text(value: Any) -> str:
    """A value that is not unknown, as a cell has it."""
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def test_money_is_exact_as_text() -> None:
    found = shortlist()
    table = pd.read_csv(io.BytesIO(wide_csv(found)), dtype=str, keep_default_na=False)
    for row, text in zip(wide_rows(found), table["yearly_cost_our_usd"], strict=True):
        assert (Decimal(text) if text else None) == row["yearly_cost_our_usd"]


def test_the_long_file_says_the_same_as_the_wide_one() -> None:
    found = shortlist()
    wide = by_offer(wide_rows(found))
    table = pd.read_csv(io.BytesIO(long_csv(found)), dtype=str, keep_default_na=False)
    assert ",".join(table.columns) == "offer,attribute,value,low,high,n,unit,source,as_of"
    assert not table.duplicated(["offer", "attribute"]).any()
    for row in table.to_dict("records"):
        expected = wide[row["offer"]].get(row["attribute"])
        if expected is not None:
            assert row["value"].removeprefix("'") == as_text(expected), row
    known = {(offer, name) for offer, row in wide.items() for name, value in row.items() if value is not None}
    told = set(zip(table["offer"], table["attribute"], strict=True))
    parts = ("_low", "_high", "_n", "_source", "_as_of", ":source", ":as_of")
    assert {(offer, name) for offer, name in known - told if not name.endswith(parts)} == {
        *((offer, "offer") for offer in wide),
        *((offer, name) for offer, name in known - told if name in ("lifecycle_source", "lifecycle_as_of")),
    }


def test_the_long_file_has_limits_and_origin() -> None:
    rows = [row for row in long_rows(shortlist()) if row["attribute"] == "quality_share"]
    row = by_offer(rows)["bolt/pro-2"]
    assert [row[name] for name in ("value", "low", "high", "n", "unit")] == [0.885, 0.855, 0.91, 500, "share"]
    assert row["source"] == "Invoices in November (run-invoices); Contracts in November (run-contracts)"
    assert row["as_of"] == "2026-11-18T09:30:00+00:00"


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_any_text_comes_back_and_starts_no_formula(text: str) -> None:
    whole = shortlist()
    found = renamed(replace(whole, ranked=whole.ranked[:2]), text)
    data = wide_csv(found)
    for cells, row in zip(read(data)[1:], wide_rows(found), strict=True):
        for cell, value in zip(cells, row.values(), strict=True):
            assert not (isinstance(value, str) and cell.lstrip().startswith(FORMULAS))
    table = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    assert {cell.removeprefix("'") for cell in table["platform"]} == {text}
    assert f"suite:{text}:quality_share" in read(data)[0]
    long = pd.read_csv(io.BytesIO(long_csv(found)), dtype=str, keep_default_na=False)
    assert {cell.removeprefix("'") for cell in long[long["attribute"] == "region"]["value"]} == {text}


def test_a_shortlist_without_gates_suites_or_offers_is_a_header() -> None:
    found = shortlist()
    wanted = replace(found.gathered.wanted, gates=(), suites=())
    bare = Shortlist(Gathered(AT, wanted, (), {}), (), 0)
    assert len(read(wide_csv(bare))) == len(read(long_csv(bare))) == 1


def test_a_scale_is_described_as_it_is_worked_out() -> None:
    told = {column.header.removeprefix("scale_"): column.about for column in columns(shortlist())}
    assert "a hundred times" in told["cost"]
    assert "ten times" in told["speed"]
    for name in CRITERIA:
        assert SCALES[name] in told[name]
        assert "the worst of these offers" not in told[name]


def test_columns_are_described() -> None:
    assert all(isinstance(column, Column) and column.about.endswith(".") for column in columns(shortlist()))
