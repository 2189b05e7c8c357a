"""All that the price list says of an offer: sizes, hours, days to come, batches, extras."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from broker.catalog_entries import Entry
from broker.price_sheet import Fee, later_prices, price_sheet
from broker.types import Offer, TokenPrice

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry(prices, variants=None, **more) -> Entry:
    line = ModelInfo("m", ClauseEquals("m"), prices=prices, price_variants=variants)
    return Entry(Offer("acme", "m", "m", "Acme", "M", **more), "Acme", listing=line)


def price(amount_in: str, amount_out: str) -> ModelPrice:
    return ModelPrice(input_mtok=Decimal(amount_in), output_mtok=Decimal(amount_out))


def pair(found: TokenPrice | None) -> tuple[Decimal | None, Decimal | None]:
    assert found is not None
    return found.input_mtok, found.output_mtok


def test_days_to_come_in_order_and_none_that_has_passed() -> None:
    sheet = price_sheet(
        entry(
            [
                ConditionalPrice(prices=price("1", "2")),
                ConditionalPrice(StartDateConstraint(date(2027, 3, 1)), prices=price("5", "6")),
                ConditionalPrice(StartDateConstraint(date(2026, 11, 22)), prices=price("2", "3")),
                ConditionalPrice(StartDateConstraint(date(2026, 11, 23)), prices=price("3", "4")),
            ]
        ),
        AT,
    )
    assert pair(sheet.now) == (2, 3)
    # The last line in force wins: that of March stands before the others, so it changes nothing.
    assert [(day, *pair(later)) for day, later in sheet.later] == [(date(2026, 11, 23), 3, 4)]


def test_hours_that_a_later_line_overrules_are_not_told() -> None:
    night = TimeOfDateConstraint(time(1, tzinfo=UTC), time(4, tzinfo=UTC))
    base, discount = ConditionalPrice(prices=price("2", "4")), ConditionalPrice(night, prices=price("1", "2"))
    started = ConditionalPrice(StartDateConstraint(date(2026, 1, 1)), prices=price("9", "9"))
    sheet = price_sheet(entry([base, discount]), AT)
    assert pair(sheet.now) == (2, 4)
    assert [(start.hour, end.hour, *pair(found)) for start, end, found in sheet.hours] == [(1, 4, 1, 2)]
    assert price_sheet(entry([base, discount, started]), AT).hours == ()


def test_sizes_batches_and_extras() -> None:
    tiers = TieredPrices(base=Decimal(1), tiers=[Tier(200_000, Decimal(2)), Tier(500_000, Decimal(4))])
    listed = ModelPrice(
        input_mtok=tiers,
        output_mtok=Decimal(8),
        web_searches_kcount=Decimal(10),
        input_audio_mtok=TieredPrices(base=Decimal(3), tiers=[]),
        cache_write_1h_mtok=Decimal("0.5"),
    )
    batch = PriceVariant({"processing": "batch"}, price("0.5", "4"))
    fast = PriceVariant({"service_tier": "priority"}, price("7", "7"))
    sheet = price_sheet(entry(listed, [fast, batch]), AT)
    assert pair(sheet.now) == (1, 8)
    assert [(start, *pair(found)) for start, found in sheet.above] == [(200_000, 2, 8), (500_000, 4, 8)]
    assert pair(sheet.batch) == (Decimal("0.5"), 4)
    assert sheet.fees == (
        Fee("web searches", Decimal(10), "per 1,000"),
        Fee("input audio", Decimal(3), "per million tokens"),
        Fee("cache write 1h", Decimal("0.5"), "per million tokens"),
    )
    assert price_sheet(entry(listed, [fast]), AT).batch is None


def test_an_own_price_stands_alone_and_an_unknown_one_is_none() -> None:
    own = TokenPrice(Decimal(7), source="broker.toml")
    later = [ConditionalPrice(StartDateConstraint(date(2027, 1, 1)), prices=price("1", "1"))]
    sheet = price_sheet(entry([ConditionalPrice(prices=price("1", "2")), *later], price=own), AT)
    assert (sheet.now, sheet.later, sheet.fees) == (own, (), ())
    assert price_sheet(entry(ModelPrice(audio_hours=Decimal("0.36"))), AT).now is None


def test_every_line_of_the_price_list_can_be_told() -> None:
    dated = 0
    for platform in get_snapshot().providers:
        for line in platform.models:
            sheet = price_sheet(Entry(Offer("x", "m", "m", "x", "m"), "X", listing=line), AT)
            dated += bool(later_prices(line, AT))
            assert all(fee.amount is not None and fee.what.strip() for fee in sheet.fees), line.id
    assert dated >= 1
