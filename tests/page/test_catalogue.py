"""The catalogue page: what it lists, finds and says of an offer. Selecting in the table is for a browser."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from broker import catalog, catalog_export, export
from broker.config import load
from pages._catalogue_rows import exact, rows

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)

TOML = """
[providers.acme]
name = "Acme inference"
dialect = "openai"
base_url = "http://127.0.0.1:1/v1"

[providers.bazaar]
name = "Bazaar"
dialect = "openai"
base_url = "http://127.0.0.1:1/v1"
key_env = "BAZAAR_TOKEN"

[[offers]]
provider = "acme"
model = "yonder-9-70b"
maker = "Yonder labs"
price = { input_mtok = "2", output_mtok = "8" }
context_window = 500000

[[offers]]
provider = "bazaar"
model = "yonder-labs/Yonder-9-70B"
maker = "Yonder labs"
price = { input_mtok = "1.0625", output_mtok = "10" }

[[offers]]
provider = "bazaar"
model = "yonder-9-70b:free"
maker = "Yonder labs"
"""


@pytest.fixture
def page(open_page, tmp_path, monkeypatch):
    """The catalogue with three offers of one model that no price list knows."""
    file = tmp_path / "broker.toml"
    file.write_text(TOML)
    monkeypatch.setenv("BROKER_CONFIG", str(file))
    return open_page("catalogue.py")


def table(app):
    return app.dataframe[0].value


def words(app) -> str:
    groups = (app.markdown, app.caption, app.warning, app.info, app.header)
    return "\n".join(element.value for group in groups for element in group)


def choose(app, offer_id: str):
    app.query_params["offer"] = offer_id
    app.run()
    assert [e.message for e in app.exception] == []
    return app


def test_everything_is_listed_the_askable_first(page):
    offers = table(page)
    assert len(offers) > 1_900
    assert offers["Availability"].iloc[0] == "Ready"
    assert {"AWS Bedrock", "Novita", "This machine"} <= set(offers["Platform"])
    assert "offers on" in page.caption[0].value


def test_unknown_prices_are_missing_and_never_zero(page):
    page.text_input(key="search").set_value("yonder").run()
    offers = table(page).set_index("Offer")
    assert offers.loc["acme/yonder-9-70b", "Input"] == 2
    assert offers["Input"].isna()["bazaar/yonder-9-70b:free"]
    assert offers["Context"].isna()["bazaar/yonder-9-70b:free"]


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("search", "yonder bazaar", {"bazaar/yonder-labs/Yonder-9-70B", "bazaar/yonder-9-70b:free"}),
        ("state", "Ready to ask", {"acme/yonder-9-70b"}),
        ("price", 1.5, {"bazaar/yonder-labs/Yonder-9-70B"}),
        ("context", "200,000", {"acme/yonder-9-70b"}),
        ("platforms", ["Acme inference"], {"acme/yonder-9-70b"}),
        ("takes", ["image"], set()),
        ("kind", "Embeddings", set()),
        (
            "several",
            True,
            {"acme/yonder-9-70b", "bazaar/yonder-labs/Yonder-9-70B", "bazaar/yonder-9-70b:free"},
        ),
    ],
)
def test_a_filter(page, key, value, found):
    page.multiselect(key="makers").set_value(["Yonder labs"]).run()
    kinds = (page.text_input, page.selectbox, page.number_input, page.multiselect, page.toggle)
    widget = next(w for kind in kinds for w in kind if w.key == key)
    widget.set_value(value).run()
    assert [e.message for e in page.exception] == []
    listed = set(table(page)["Offer"]) if len(page.dataframe) else set()
    assert listed == found
    if not found:
        assert "No offer matches" in words(page)


def test_deprecated_offers_are_hidden_until_asked_for(page):
    page.text_input(key="search").set_value("gemini 2.0 flash").run()
    assert "gemini/gemini-2.0-flash" not in set(table(page)["Offer"])
    page.toggle(key="deprecated").set_value(True).run()
    assert "gemini/gemini-2.0-flash" in set(table(page)["Offer"])


def test_other_kinds_are_listed_when_asked_for(page):
    assert "openai/whisper-1" in set(table(page)["Offer"])  # it gives text
    assert "openai/text-embedding-3-small" not in set(table(page)["Offer"])
    page.selectbox(key="kind").set_value("Embeddings").run()
    assert "openai/text-embedding-3-small" in set(table(page)["Offer"])


def test_an_offer_with_its_other_doors(page):
    choose(page, "acme/yonder-9-70b")
    text = words(page)
    assert "on Acme inference" in text
    assert "**2 other offers** of the same weights" in text
    assert "none that answers at once is known to be cheaper" in text  # 0.94 dollars less in, two more out
    doors = page.dataframe[1].value.set_index("Offer")
    paid, free = doors.loc["bazaar/yonder-labs/Yonder-9-70B"], doors.loc["bazaar/yonder-9-70b:free"]
    assert (paid["Input compared"], paid["Output compared"]) == ("−$0.9375 (−47 %)", "+$2.00 (+25 %)")
    assert (free["Input compared"], free["Output compared"]) == ("unknown", "unknown")
    assert paid["Availability"] == "Needs a key"
    assert [metric.value for metric in page.metric] == ["$2.00", "$8.00", "unknown", "unknown", "500,000"]


def test_a_price_that_stays_is_told_where_the_list_is_asked(page):
    assert "No change of this price is announced" in words(choose(page, "anthropic/claude-sonnet-4-5"))
    assert "No change" not in words(choose(page, "acme/yonder-9-70b"))  # a price of one's own has no list


def test_an_announced_price_is_told_with_its_day(page):
    choose(page, "gemini/gemini-3.8-flash")
    assert "**From 2027-01-01**: \\$1.50 in, \\$7.50 out" in words(page)
    assert "No change" not in words(page)
    assert "set GEMINI\\_API\\_KEY or GOOGLE\\_API\\_KEY" in words(page)


def test_prices_by_size_by_hour_and_beside_tokens(page):
    choose(page, "gemini/gemini-2.5-pro")
    assert "Calls with more than 200,000 input tokens: \\$2.50 in, \\$15.00 out" in words(page)
    choose(page, "perplexity/sonar")
    assert "Requests: \\$12.00 per 1,000" in words(page)
    choose(page, "deepseek/deepseek-v4-pro")
    assert "Each day from 01:00 to 04:00 UTC" in words(page)


def test_an_ambiguous_name_says_so(page):
    choose(page, "openai/gpt-4o")
    assert "cannot be said" in words(page)


def test_a_price_that_another_platform_lends_is_said(page):
    choose(page, "azure/gpt-5-mini")
    assert "which takes the price of OpenAI" in words(page)


def test_a_link_to_nothing_says_so_and_a_filter_keeps_the_offer(page):
    choose(page, "nowhere/nothing")
    assert "not in the catalogue" in words(page)
    choose(page, "acme/yonder-9-70b")
    page.text_input(key="search").set_value("no such words").run()
    assert "on Acme inference" in words(page)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.0375", "$0.0375"),
        ("0.6375", "$0.6375"),
        ("15", "$15.00"),
        ("1500", "$1,500.00"),
        ("0", "$0.00"),
        ("-0.5", "−$0.50"),
        ("0.40", "$0.40"),
        ("1E+2", "$100.00"),
        (None, "unknown"),
    ],
)
def test_prices_keep_all_their_digits(amount, text):
    assert exact(None if amount is None else Decimal(amount)) == text


def test_the_export_has_every_row_with_source_and_instant(page):
    config = load()
    known = catalog.catalogue(config)
    every = rows(config, known, AT)
    data = export.to_csv(
        (catalog_export.row(row.entry, AT, row.state, row.platforms) for row in every), catalog_export.COLUMNS
    )
    written = {row["offer"]: row for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))}
    assert len(written) == len(known.entries)
    gemini = written["gemini/gemini-3.8-flash"]
    assert gemini["price_source"].startswith("genai-prices ")
    assert gemini["as_of"] == "2026-11-22T12:00:00+00:00"
    assert (gemini["next_price_from"], gemini["next_input_usd_per_mtok"]) == ("2027-01-01", "1.5")
    unknown = written["bazaar/yonder-9-70b:free"]
    assert (unknown["input_usd_per_mtok"], unknown["context_window"]) == ("", "")
    assert written["azure/gpt-5-mini"]["price_taken_from"] == "OpenAI"
    assert written["bazaar/yonder-labs/Yonder-9-70B"]["weights"] == "yonder-9-70b"
    assert not [cell for row in written.values() for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]
