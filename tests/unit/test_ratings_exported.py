"""A rating that votes give no interval leaves its limits empty, in every file and in what is remembered."""

import csv
import io
import json
from dataclasses import replace

import pandas as pd

from broker.comparison import Rating, Shortlist
from broker.comparison.saved import snapshot
from broker.comparison_export.long import long_csv
from broker.comparison_export.wide import wide_csv
from broker.comparison_export.xlsx import workbook
from tests.made_up_shortlist import shortlist

OFFER = "bolt/pro-2"


def tied_once() -> Shortlist:
    found = shortlist()
    ranked = tuple(
        replace(one, evidence=replace(one.evidence, rating=Rating(1_500, None, None, 1)))
        if one.evidence.id == OFFER
        else one
        for one in found.ranked
    )
    return replace(found, ranked=ranked)


def test_csv() -> None:
    rows = csv.DictReader(io.StringIO(wide_csv(tied_once()).decode("utf-8-sig")))
    row = next(row for row in rows if row["offer"] == OFFER)
    assert [row[f"rating_elo{part}"] for part in ("", "_low", "_high", "_n")] == ["1500", "", "", "1"]
    told = csv.DictReader(io.StringIO(long_csv(tied_once()).decode("utf-8-sig")))
    one = next(row for row in told if (row["offer"], row["attribute"]) == (OFFER, "rating_elo"))
    assert (one["value"], one["low"], one["high"], one["n"]) == ("1500", "", "", "1")


def test_xlsx() -> None:
    sheet = pd.read_excel(io.BytesIO(workbook(tied_once())), sheet_name=0)
    row = sheet[sheet["offer"] == OFFER].iloc[0]
    assert row["rating_elo"] == 1_500
    assert row[["rating_elo_low", "rating_elo_high"]].isna().all()


def test_what_a_saved_comparison_remembers() -> None:
    taken = json.loads(json.dumps(snapshot(tied_once())))
    one = taken["offers"][OFFER]
    assert one["rating"] == {"value": 1_500, "low": None, "high": None, "n": 1}
