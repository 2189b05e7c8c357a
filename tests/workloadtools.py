"""A made-up offer at given prices, and invoices written out by hand."""

from datetime import date
from decimal import Decimal

from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    StartDateConstraint,
)

from broker.catalog_entries import Entry
from broker.types import Offer
from broker.workload import Charges, Tokens, Workload

CLASSES = ("input_mtok", "cache_read_mtok", "cache_write_mtok", "output_mtok")
OFFER = Offer("acme", "m", "m", "Maker", "M")
START = date(2027, 1, 1)


def prices(text: str) -> ModelPrice:
    """`2 0.20 2.50 8`: US dollars per million tokens in, read from and written to the cache, and out."""
    listed = zip(CLASSES, text.split(), strict=True)
    return ModelPrice(**{name: Decimal(amount) for name, amount in listed if amount != "-"})


def entry(now: str | ModelPrice, later: dict[date, str] | None = None, batch: str = "") -> Entry:
    """An offer at these prices, at others `later`, with a batch price where one is given."""
    first = now if isinstance(now, ModelPrice) else prices(now)
    dated = [
        ConditionalPrice(StartDateConstraint(day), prices=prices(text)) for day, text in (later or {}).items()
    ]
    variants = [PriceVariant({"processing": "batch"}, prices(batch))] if batch else None
    listed = [ConditionalPrice(prices=first), *dated] if dated else first
    return Entry(
        OFFER,
        "Acme",
        listing=ModelInfo("m", ClauseEquals("m"), prices=listed, price_variants=variants),
    )


def workload(requests: int = 100_000, given: int = 1_000, written: int = 200, **more: str) -> Workload:
    """Letters from January 2027 on; shares and growth as texts."""
    shares = {name: Decimal(text) for name, text in more.items()}
    return Workload("Letters", Decimal(requests), START, Tokens(Decimal(given), Decimal(written)), **shares)


def invoice(text: str) -> Charges:
    """The amounts of an invoice, one line a class: `output: 20 Mtok at 8.00 = 160.00`.

    A line may go on with factors, `× 0.9`, and a class may have several lines. The sums are checked.
    """
    found: dict[str, Decimal] = {}
    for line in text.strip().splitlines():
        name, _, rest = line.strip().partition(":")
        sum_, _, amount = rest.rpartition("=")
        total = Decimal(amount.replace(",", ""))
        if name != "shortfall":
            count, _, each = sum_.replace(",", "").partition(" Mtok at ")
            product = Decimal(count)
            for factor in each.split("×"):
                product *= Decimal(factor.strip())
            assert product == total, line
        found[name] = found.get(name, Decimal(0)) + total
    return Charges(**found)
