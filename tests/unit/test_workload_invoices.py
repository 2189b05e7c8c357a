"""Hand-worked invoices: what a workload costs in a month and in a year, class by class."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from genai_prices.types import ConditionalPrice, StartDateConstraint, Tier, TieredPrices, TimeOfDateConstraint

from broker.catalog_entries import Entry
from broker.price_sheet import price_sheet
from broker.pricing import cost_of, price_list, token_price
from broker.types import TokenPrice, Usage
from broker.workload import Charges, Tokens, Unknown, Workload
from broker.workload.terms import Term
from broker.workload.yearly import Bill, yearly_cost
from tests.workloadtools import OFFER, START, entry, invoice, prices, workload

D = Decimal
CENT = D("0.01")
PLAIN = entry("2 - - 8")
TIERED = prices("2 0.20 2.50 8")
TIERED.input_mtok = TieredPrices(base=D(2), tiers=[Tier(200_000, D(4))])
TIERED.output_mtok = TieredPrices(base=D(8), tiers=[Tier(200_000, D(12))])


def term(kind: str, value: str, **more: object) -> Term:
    return Term(**{"kind": kind, "value": D(value), "provider": "acme", "first": date(2026, 1, 1)} | more)


def bills(wanted: Workload, offer: Entry, *terms: Term) -> tuple[Bill, Bill]:
    found = yearly_cost(wanted, offer, terms)
    assert isinstance(found.at_list, Bill)
    assert isinstance(found.ours, Bill)
    return found.at_list, found.ours


def totals(bill: Bill) -> list[Decimal]:
    return [month.total for month in bill.months]


@pytest.mark.parametrize(
    ("wanted", "offer", "worked"),
    [
        pytest.param(
            workload(),
            PLAIN,
            """
            fresh_input: 100 Mtok at 2.00 = 200.00
            output:       20 Mtok at 8.00 = 160.00
            """,
            id="plain",
        ),
        pytest.param(
            workload(cache_read="0.6", cache_write="0.1"),
            entry("2 0.20 2.50 8"),
            """
            fresh_input: 30 Mtok at 2.00 =  60.00
            cache_read:  60 Mtok at 0.20 =  12.00
            cache_write: 10 Mtok at 2.50 =  25.00
            output:      20 Mtok at 8.00 = 160.00
            """,
            id="caching",
        ),
        pytest.param(
            workload(cache_read="0.6", cache_write="0.1"),
            PLAIN,
            """
            fresh_input: 30 Mtok at 2.00 =  60.00
            cache_read:  60 Mtok at 2.00 = 120.00
            cache_write: 10 Mtok at 2.00 =  20.00
            output:      20 Mtok at 8.00 = 160.00
            """,
            id="a cache without prices of its own",
        ),
        pytest.param(
            workload(1_000, 200_000, 1_000),
            entry(TIERED),
            """
            fresh_input: 200 Mtok at 2.00 = 400.00
            output:        1 Mtok at 8.00 =   8.00
            """,
            id="at the edge of a tier",
        ),
        pytest.param(
            workload(1_000, 200_001, 1_000, cache_read="0.5"),
            entry(TIERED),
            """
            fresh_input: 100.0005 Mtok at  4.00 = 400.0020
            cache_read:  100.0005 Mtok at  0.20 =  20.0001
            output:             1 Mtok at 12.00 =  12.00
            """,
            id="past it, all tokens at the higher price",
        ),
        pytest.param(
            workload(batch="0.25", cache_read="0.5"),
            entry("2 0.20 - 8", batch="1 0.10 - 4"),
            """
            fresh_input: 37.5 Mtok at 2.00 =  75.00
            cache_read:  37.5 Mtok at 0.20 =   7.50
            output:      15   Mtok at 8.00 = 120.00
            batch:       12.5 Mtok at 1.00 =  12.50
            batch:       12.5 Mtok at 0.10 =   1.25
            batch:        5   Mtok at 4.00 =  20.00
            """,
            id="a quarter in batches",
        ),
    ],
)
def test_a_month_at_list_price(wanted: Workload, offer: Entry, worked: str) -> None:
    at_list, ours = bills(wanted, offer)
    assert at_list == ours
    assert at_list.months == (invoice(worked),) * 12
    assert at_list.year == invoice(worked).times(D(12))


@pytest.mark.parametrize(
    ("offer", "terms", "worked"),
    [
        pytest.param(
            PLAIN,
            [term("discount", "10"), term("uplift", "5")],
            """
            fresh_input: 75 Mtok at 2.00 × 1.05 × 0.90          = 141.75
            output:      15 Mtok at 8.00 × 1.05 × 0.90          = 113.40
            batch:       25 Mtok at 2.00 × 0.60 × 1.05 × 0.90   =  28.35
            batch:        5 Mtok at 8.00 × 0.60 × 1.05 × 0.90   =  22.68
            """,
            id="discount, uplift and the contract's batch discount",
        ),
        pytest.param(
            entry("2 - - 8", batch="1 - - 5"),
            [term("discount", "10")],
            """
            fresh_input: 75 Mtok at 2.00 × 0.90 = 135.00
            output:      15 Mtok at 8.00 × 0.90 = 108.00
            batch:       25 Mtok at 1.00 × 0.90 =  22.50
            batch:        5 Mtok at 5.00 × 0.90 =  22.50
            """,
            id="a listed batch price goes before the batch discount",
        ),
        pytest.param(
            PLAIN,
            [
                term("discount", "50", offer="acme/m"),
                term("discount", "20", maker="Maker"),
                term("discount", "10"),
                term("discount", "90", maker="Other"),
            ],
            """
            fresh_input: 75 Mtok at 2.00 × 0.50        = 75.00
            output:      15 Mtok at 8.00 × 0.50        = 60.00
            batch:       25 Mtok at 2.00 × 0.60 × 0.50 = 15.00
            batch:        5 Mtok at 8.00 × 0.60 × 0.50 = 12.00
            """,
            id="of one kind, the narrowest term alone",
        ),
        pytest.param(
            PLAIN,
            [term("discount", "0"), term("commitment", "500", period="month")],
            """
            fresh_input: 75 Mtok at 2.00        = 150.00
            output:      15 Mtok at 8.00        = 120.00
            batch:       25 Mtok at 2.00 × 0.60 =  30.00
            batch:        5 Mtok at 8.00 × 0.60 =  24.00
            shortfall: 500.00 - 324.00          = 176.00
            """,
            id="less used than committed",
        ),
        pytest.param(
            PLAIN,
            [term("discount", "50"), term("commitment", "162", period="month")],
            """
            fresh_input: 75 Mtok at 2.00 × 0.50        = 75.00
            output:      15 Mtok at 8.00 × 0.50        = 60.00
            batch:       25 Mtok at 2.00 × 0.60 × 0.50 = 15.00
            batch:        5 Mtok at 8.00 × 0.60 × 0.50 = 12.00
            shortfall: 162.00 - 162.00                 =  0.00
            """,
            id="exactly what was committed",
        ),
    ],
)  # fmt: skip
def test_a_month_at_our_price(offer: Entry, terms: list[Term], worked: str) -> None:
    found = yearly_cost(workload(batch="0.25"), offer, [term("batch_discount", "40"), *terms])
    assert isinstance(found.ours, Bill)
    assert found.ours.months == (invoice(worked),) * 12


def test_growth_is_compounded() -> None:
    _, ours = bills(workload(growth="0.1"), PLAIN)
    assert totals(ours)[:4] == [D(360), D(396), D("435.6"), D("479.16")]
    assert ours.year.total == D("7698.3421561956")  # 360 × (1.1^12 - 1) / 0.1


def test_an_announced_price_is_a_step_in_its_month() -> None:
    offer = entry("2 - - 8", later={date(2026, 5, 1): "2 - - 8", date(2027, 7, 1): "3 - - 8"})
    at_list, _ = bills(workload(), offer)
    assert totals(at_list) == [D(360)] * 6 + [D(460)] * 6
    assert at_list.year.fresh_input == 6 * 200 + 6 * 300
    ((day, price),) = yearly_cost(workload(), offer).steps
    assert (day, price.input_mtok, price.output_mtok) == (date(2027, 7, 1), 3, 8)


def test_within_a_month_days_count() -> None:
    # April: 15 days at 2.00, 15 days at 3.00.
    at_list, _ = bills(workload(), entry("2 - - 8", later={date(2027, 4, 16): "3 - - 8"}))
    assert totals(at_list)[2:5] == [D(360), D(180) + D(230), D(460)]
    # February: 14 of 28 days at half price; March: 14 of 31.
    half = term("discount", "50", first=date(2027, 2, 15), last=date(2027, 3, 14))
    found = totals(bills(workload(), PLAIN, half)[1])
    assert [amount.quantize(CENT) for amount in found[:4]] == [D(360), D(270), D("278.71"), D(360)]


def test_a_yearly_commitment_is_settled_in_december() -> None:
    _, ours = bills(workload(), PLAIN, term("commitment", "5000", period="year"))
    assert totals(ours) == [D(360)] * 11 + [D(360) + D(680)]  # 5,000 - 12 × 360
    assert (ours.year.shortfall, ours.year.total) == (680, 5000)


def test_use_beyond_a_yearly_commitment_is_paid_at_the_discounted_price() -> None:
    terms = (term("commitment", "3000", period="year"), term("discount", "25"))
    _, ours = bills(workload(), PLAIN, *terms)
    assert (ours.year.shortfall, ours.year.total) == (0, 12 * 270)


def test_a_slow_month_makes_up_for_nothing_where_the_commitment_is_monthly() -> None:
    # 10 % more each month: 360.00, 396.00, 435.60 ...; 400 are committed a month.
    _, ours = bills(workload(growth="0.1"), PLAIN, term("commitment", "400", period="month"))
    assert [month.shortfall for month in ours.months] == [D(40), D(4)] + [D(0)] * 10
    _, ours = bills(workload(growth="0.1"), PLAIN, term("commitment", "4800", period="year"))
    assert ours.year.shortfall == 0  # 12 × 400 are used up by 7,698.34


def test_of_a_commitment_that_covers_part_the_part_by_days_counts() -> None:
    # July to December: 184 of 365 days, so 7,300 × 184 / 365 = 3,680; used 6 × 360.
    from_july = term("commitment", "7300", period="year", first=date(2027, 7, 1))
    _, ours = bills(workload(), PLAIN, from_july)
    assert [month.shortfall for month in ours.months] == [D(0)] * 11 + [D(3680 - 2160)]
    # Until 15 January: 620 × 15 / 31 = 300, used 360 × 15 / 31 = 174.19.
    until = term("commitment", "620", period="month", last=date(2027, 1, 15))
    _, ours = bills(workload(), PLAIN, until)
    assert [month.shortfall.quantize(CENT) for month in ours.months] == [D("125.81")] + [D(0)] * 11


def test_an_offers_own_commitment_takes_the_place_of_the_platforms() -> None:
    platform = term("commitment", "500", period="month")
    own = term("commitment", "4800", period="year", offer=OFFER.id)
    _, ours = bills(workload(), PLAIN, platform, own)
    assert ours.year.shortfall == 4800 - 4320


@pytest.mark.parametrize(
    ("wanted", "offer", "reason"),
    [
        (workload(), replace(PLAIN, listing=None), "no price per token is known"),
        (workload(), entry("2 - - -"), "no price for output tokens is known"),
        (workload(), entry("- 1 1 8"), "no price for input tokens is known"),
        (workload(cache_read="1"), entry("- - 1 8"), "no price for cached input tokens is known"),
        (
            workload(cache_write="1"),
            entry("- 1 - 8"),
            "no price for input tokens written to the cache is known",
        ),
        (workload(batch="0.1"), PLAIN, "no batch price is listed and no batch discount agreed"),
    ],
)
def test_a_class_in_use_without_a_price_makes_the_cost_unknown(
    wanted: Workload, offer: Entry, reason: str
) -> None:
    found = yearly_cost(wanted, offer)
    assert found.at_list == found.ours == Unknown((reason,))


def test_what_is_only_sold_in_batches_costs_the_same_in_and_out_of_them() -> None:
    """OpenRouter's `:batch` lines: their own price is that of a batch."""
    sold = replace(PLAIN, offer=replace(PLAIN.offer, model=f"{PLAIN.offer.model}:batch"))
    shared, whole = (yearly_cost(workload(batch=part), sold).ours for part in ("0.4", "1"))
    alone = yearly_cost(workload(), PLAIN).ours
    assert isinstance(shared, Bill)
    assert isinstance(whole, Bill)
    assert isinstance(alone, Bill)
    assert shared.year.total == whole.year.total == alone.year.total
    assert shared.year.batch == alone.year.total * D("0.4")


def test_classes_not_in_use_need_no_price() -> None:
    assert totals(bills(workload(written=0), entry("2 - - -"))[0]) == [D(200)] * 12
    assert totals(bills(workload(cache_read="1"), entry("- 1 - 8"))[0]) == [D(260)] * 12
    assert totals(bills(workload(batch="1"), entry("2 - - 8", batch="1 - - 4"))[0]) == [D(180)] * 12


def test_a_fee_that_is_not_counted_makes_the_cost_unknown() -> None:
    listed = prices("2 - - 8")
    listed.requests_kcount = D(5)
    assert yearly_cost(workload(), entry(listed)).ours == Unknown(
        ("it also charges for requests, which a workload does not count",)
    )


def test_own_hardware_costs_nothing_and_an_own_price_stands_alone() -> None:
    free = replace(PLAIN, free=True)
    assert bills(workload(batch="0.5"), free)[0].year == Charges()
    own = replace(PLAIN, offer=replace(OFFER, price=TokenPrice(D(1), D(4))))
    assert totals(bills(workload(), own, term("discount", "50"))[1]) == [D(90)] * 12


def test_tokens_of_a_run_are_each_offers_own() -> None:
    wanted = replace(workload(), tokens=None, run_id="r")
    found = yearly_cost(wanted, PLAIN, measured={"acme/m": Tokens(D("500.5"), D(100))})
    assert isinstance(found.ours, Bill)
    assert found.ours.months[0].total == D("100.1") + 80
    missing = yearly_cost(wanted, PLAIN, measured={"acme/other": Tokens(D(1), D(1))})
    assert missing.ours == Unknown(
        ("the run that measures the tokens of this workload has none of this offer",)
    )


def test_a_year_may_begin_in_any_month() -> None:
    _, ours = bills(
        replace(workload(), start=date(2027, 11, 1)), PLAIN, term("discount", "50", first=date(2028, 2, 1))
    )
    assert totals(ours) == [D(360)] * 3 + [D(180)] * 9  # fmt: skip


DOUBLED = [
    (workload(cache_read="0.3", batch="0.2", growth="0.07"), entry("2 0.3 - 8", batch="1 0.1 - 4")),
    (workload(7, 123, 45, growth="-0.5"), entry("2 - - 8", later={START.replace(day=9): "3 - - 5"})),
]


@pytest.mark.parametrize(("wanted", "offer"), DOUBLED)
def test_without_commitments_twice_the_volume_costs_twice_as_much(wanted: Workload, offer: Entry) -> None:
    terms = (term("discount", "12.5"), term("uplift", "3"))
    once = bills(wanted, offer, *terms)
    twice = bills(replace(wanted, requests=wanted.requests * 2), offer, *terms)
    for one, two in zip(once, twice, strict=True):
        assert abs(two.year.total - 2 * one.year.total) < D("1e-15")
        assert abs(one.year.total - sum(totals(one))) < D("1e-15")


@pytest.mark.parametrize(("wanted", "offer"), DOUBLED)
def test_all_of_it_off_leaves_the_commitment(wanted: Workload, offer: Entry) -> None:
    _, ours = bills(wanted, offer, term("discount", "100"), term("commitment", "600", period="year"))
    assert ours.year.usage == 0
    assert abs(ours.year.total - 600) < D("1e-15")


def test_where_the_price_depends_on_the_hour_the_dearest_counts() -> None:
    night, listing = TimeOfDateConstraint(time(1, tzinfo=UTC), time(4, tzinfo=UTC)), PLAIN.listing
    assert listing is not None
    for by_day, by_night in (("2 - - 8", "3 - - 8"), ("3 - - 8", "2 - - 8")):
        hours = [ConditionalPrice(prices=prices(by_day)), ConditionalPrice(night, prices=prices(by_night))]
        offer = replace(PLAIN, listing=replace(listing, prices=hours))
        assert totals(bills(workload(), offer)[0]) == [D(460)] * 12


def test_until_a_batch_price_is_listed_the_batch_discount_counts() -> None:
    offer = entry("2 - - 8", batch="1 - - 4")
    assert offer.listing is not None
    assert offer.listing.price_variants is not None
    offer.listing.price_variants[0].constraint = StartDateConstraint(date(2027, 7, 1))
    found = yearly_cost(workload(batch="1"), offer, [term("batch_discount", "40")])
    assert isinstance(found.at_list, Unknown)
    assert isinstance(found.ours, Bill)
    assert totals(found.ours) == [D(216)] * 6 + [D(180)] * 6  # 360 × 0.60, then 100 × 1 + 20 × 4


def test_every_line_of_the_price_list_is_billed_like_a_single_call() -> None:
    instant, billed = datetime.combine(START, time(), UTC), 0
    wanted = workload(1_000_000, 250_000, 700, cache_read="0.4")
    for platform in price_list().providers:
        for line in platform.models:
            offer = replace(PLAIN, listing=line)
            found = yearly_cost(wanted, offer).at_list
            call = cost_of(Usage(250_000, 100_000, 0, 700), token_price(line, 250_000, instant))
            if isinstance(found, Bill) and call and not price_sheet(offer, instant).hours:
                assert found.months[0].total == call.total * 1_000_000, line.id
                billed += 1
    assert billed > 1_000
