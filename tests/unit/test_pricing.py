"""What a call costs: invoices worked by hand, and every model of the price list against its own sums."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, StartDateConstraint, TieredPrices
from genai_prices.types import Provider as TheirProvider

from broker.pricing import NO_FEE, cost_of, listed_price, platforms, price_at
from broker.providers.registry import REGISTRY
from broker.types import Offer, TokenPrice, Usage

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
ROWS = {row.id: row for row in REGISTRY}
PLATFORMS = {row.id: row for row in get_snapshot().providers}


def offer(provider: str, model: str, **more: object) -> Offer:
    return replace(Offer(provider, model, model, "maker", model), **more)


def parts(usage: Usage, price: TokenPrice | None) -> tuple[Decimal, Decimal, Decimal, Decimal, Decimal]:
    cost = cost_of(usage, price)
    assert cost is not None
    assert cost.price is price
    return cost.input, cost.cache_read, cost.cache_write, cost.output, cost.total


INVOICES = [
    # gpt-4.1: $2 in, $0.50 cached, $8 out. 10,000 in, 4,000 of them cached: 6,000 fresh.
    # 6,000 x 2 = 12,000; 4,000 x 0.5 = 2,000; 1,500 x 8 = 12,000; divided by a million.
    ("openai", "gpt-4.1", Usage(10_000, 4_000, None, 1_500, 700), ("0.012", "0.002", "0", "0.012", "0.026")),
    # claude-sonnet-4-5: $3 in, $0.30 read, $3.75 written, $15 out. 50,000 in: 30,000 read, 12,000 written,
    # 8,000 fresh. 8,000 x 3 = 24,000; 30,000 x 0.3 = 9,000; 12,000 x 3.75 = 45,000; 1,000 x 15 = 15,000.
    (
        "anthropic",
        "claude-sonnet-4-5",
        Usage(50_000, 30_000, 12_000, 1_000),
        ("0.024", "0.009", "0.045", "0.015", "0.093"),
    ),
    # gemini-2.5-pro above 200,000 in: $2.50 in, $0.25 cached, $15 out, for all of the call's tokens.
    # 200,000 x 2.5 = 500,000; 100,000 x 0.25 = 25,000; 2,000 x 15 = 30,000.
    (
        "gemini",
        "gemini-2.5-pro",
        Usage(300_000, 100_000, None, 2_000),
        ("0.5", "0.025", "0", "0.03", "0.555"),
    ),
    # The same model at its threshold, the last call at the lower tier: $1.25 in, $0.125 cached, $10 out.
    # 100,000 x 1.25 = 125,000; 100,000 x 0.125 = 12,500; 2,000 x 10 = 20,000.
    (
        "gemini",
        "gemini-2.5-pro",
        Usage(200_000, 100_000, None, 2_000),
        ("0.125", "0.0125", "0", "0.02", "0.1575"),
    ),
    # llama-3.1-8b-instant on Groq: $0.05 in, $0.08 out, no cache price, so cached tokens cost as fresh ones.
    # 500 x 0.05 = 25; 500 x 0.05 = 25; 1 x 0.08 = 0.08.
    (
        "groq",
        "llama-3.1-8b-instant",
        Usage(1_000, 500, None, 1),
        ("0.000025", "0.000025", "0", "0.00000008", "0.00005008"),
    ),
]


@pytest.mark.parametrize(("provider", "model", "usage", "amounts"), INVOICES)
def test_an_invoice(provider: str, model: str, usage: Usage, amounts: tuple[str, ...]) -> None:
    assert usage.input_tokens is not None
    price = price_at(ROWS[provider], offer(provider, model), usage.input_tokens, AT)
    assert parts(usage, price) == tuple(Decimal(amount) for amount in amounts)


def test_cached_tokens_are_billed_once() -> None:
    """With one price for all classes, only the sum of the tokens counts."""
    price = TokenPrice(*[Decimal(1)] * 4)
    for read, write in [(0, 0), (600, 0), (0, 400), (600, 400), (1_000, 0)]:
        assert parts(Usage(1_000, read, write, 500), price)[-1] == Decimal("0.0015")


def test_the_price_of_the_day_of_the_call() -> None:
    """o3 fell from $10 and $40 to $2 and $8 on 10 June 2025, at midnight UTC."""
    new_year = datetime(2025, 1, 1, tzinfo=UTC)
    change = datetime(2025, 6, 10, tzinfo=UTC)
    kiritimati = timezone(timedelta(hours=14))
    expected = {
        new_year: 10,
        change - timedelta(seconds=1): 10,
        change: 2,
        change.astimezone(kiritimati): 2,
        (change - timedelta(seconds=1)).astimezone(kiritimati): 10,
        AT: 2,
    }
    for at, dollars in expected.items():
        price = listed_price("openai", "o3", 1_000, at)
        assert price is not None
        assert (price.input_mtok, price.output_mtok) == (dollars, 4 * dollars)


PRICE = TokenPrice(Decimal(2), Decimal(8))


@pytest.mark.parametrize(
    "usage",
    [Usage(), Usage(input_tokens=10), Usage(output_tokens=10), Usage(None, 5, 5, 10)],
)
def test_unknown_counts_are_an_unknown_cost(usage: Usage) -> None:
    assert cost_of(usage, PRICE) is None


def test_an_unknown_price_is_an_unknown_cost() -> None:
    assert cost_of(Usage(10, 0, 0, 10), None) is None


def test_a_class_without_tokens_needs_no_price() -> None:
    input_only, output_only = TokenPrice(input_mtok=Decimal(2)), TokenPrice(output_mtok=Decimal(8))
    assert parts(Usage(1_000_000, 0, 0, 0), input_only)[-1] == 2
    assert parts(Usage(0, 0, 0, 1_000_000), output_only)[-1] == 8
    assert parts(Usage(0, 0, 0, 0), TokenPrice())[-1] == 0
    assert cost_of(Usage(1, 0, 0, 0), output_only) is None
    assert cost_of(Usage(0, 0, 0, 1), input_only) is None


def test_a_price_of_zero_is_not_an_unknown_price() -> None:
    free_reads = TokenPrice(Decimal(2), Decimal(8), Decimal(0), Decimal(0))
    assert parts(Usage(3_000, 1_000, 1_000, 0), free_reads) == (Decimal("0.002"), 0, 0, 0, Decimal("0.002"))


def test_our_own_price_comes_first() -> None:
    own = TokenPrice(Decimal("1.20"), Decimal("4.80"), source="broker.toml")
    assert price_at(ROWS["openai"], offer("openai", "gpt-4.1", price=own), 10, AT) is own
    assert price_at(ROWS["ollama"], offer("ollama", "llama3", price=own), 10, AT) is own


def test_own_hardware_has_no_fee() -> None:
    price = price_at(ROWS["local"], offer("local", "smollm2"), 10, AT)
    assert price is NO_FEE
    assert parts(Usage(10, 5, 5, 10), price)[-1] == 0


def test_a_model_that_is_not_listed_has_no_price() -> None:
    assert price_at(ROWS["openai"], offer("openai", "no-such-model"), 10, AT) is None
    assert price_at(replace(ROWS["openai"], prices_id=None), offer("openai", "gpt-4.1"), 10, AT) is None
    assert price_at(replace(ROWS["openai"], prices_id="nowhere"), offer("openai", "gpt-4.1"), 10, AT) is None


def test_the_model_that_is_sent_is_the_model_that_is_priced() -> None:
    named = replace(offer("openai", "our-name"), wire_model="gpt-4.1")
    assert price_at(ROWS["openai"], named, 10, AT) == listed_price("openai", "gpt-4.1", 10, AT)


@pytest.mark.parametrize(
    ("provider", "wire_model", "known_as"),
    [
        ("azure", "gpt-4o", "gpt-5"),  # the name was kept when the model behind it changed
        ("bedrock", "arn:aws:bedrock:us-east-1:1:application-inference-profile/a1", "amazon.nova-pro-v1:0"),
    ],
)
def test_a_name_of_the_accounts_own_says_nothing_of_the_price(
    provider: str, wire_model: str, known_as: str
) -> None:
    ours = offer(provider, "ours", wire_model=wire_model, known_as=known_as)
    price = price_at(ROWS[provider], ours, 10, AT)
    assert price == listed_price(str(ROWS[provider].prices_id), known_as, 10, AT)
    assert price is not None


def test_a_deployment_of_the_accounts_own_name_has_the_price_of_its_model() -> None:
    deployed = replace(offer("azure", "gpt-5-mini"), wire_model="our-deployment")
    price = price_at(ROWS["azure"], deployed, 10, AT)
    assert price == listed_price("azure", "gpt-5-mini", 10, AT)
    assert price is not None


@pytest.mark.parametrize("model", ["sonar", "sonar-pro", "sonar-deep-research"])
def test_a_fee_that_usage_does_not_count_makes_the_price_unknown(model: str) -> None:
    """Perplexity bills each request, or reasoning tokens, beside the four classes."""
    assert listed_price("perplexity", model, 10, AT) is None


def test_a_price_names_its_source() -> None:
    price = listed_price("openai", "gpt-4.1", 10, AT)
    assert price is not None
    assert price.source.startswith("genai-prices 0.")


def test_the_platforms_are_the_rows_of_the_price_list() -> None:
    assert platforms() == tuple(sorted(PLATFORMS))
    assert {row.prices_id for row in REGISTRY if row.prices_id} <= set(platforms())


# Every model of every platform: our classes must add up to the price list's own total.


def price_sets(info: ModelInfo) -> list[ModelPrice]:
    return [info.prices] if isinstance(info.prices, ModelPrice) else [row.prices for row in info.prices]


def instants(info: ModelInfo) -> Iterator[datetime]:
    """Now, and both sides of every moment at which the price changes."""
    yield AT
    constraints = [] if isinstance(info.prices, ModelPrice) else [row.constraint for row in info.prices]
    for constraint in filter(None, constraints):
        if isinstance(constraint, StartDateConstraint):
            changes = [datetime.combine(constraint.start_date, time(), UTC)]
        else:
            changes = [datetime.combine(AT, t) for t in (constraint.start_time, constraint.end_time)]
        for change in changes:
            yield from (change - timedelta(microseconds=1), change, change + timedelta(hours=30))


def usages(info: ModelInfo) -> Iterator[Usage]:
    """With and without cached tokens, and both sides of every tier."""
    yield from (Usage(1_234, None, None, 567), Usage(90_001, 40_000, 30_000, 2_003, 1_000), Usage(0, 0, 0, 0))
    prices = (price for prices in price_sets(info) for price in prices.__dict__.values())
    starts = {tier.start for price in prices if isinstance(price, TieredPrices) for tier in price.tiers}
    for tokens in sorted({start + more for start in starts for more in (0, 1)}):
        yield from (Usage(tokens, None, None, 10), Usage(tokens, tokens // 3, tokens // 7, 10))


def their_total(info: ModelInfo, platform: TheirProvider, usage: Usage, at: datetime) -> Decimal:
    theirs = TheirUsage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
    )
    return info.calc_price(theirs, platform, genai_request_timestamp=at).total_price


def reason_for_unknown(info: ModelInfo, usage: Usage, at: datetime) -> str | None:
    """Why we know no cost where the price list has a sum, which takes what has no price to be free."""
    prices = info.get_prices(at)
    if any(getattr(prices, fee) is not None for fee in ("requests_kcount", "output_reasoning_mtok")):
        return "a fee for something that is not counted"
    fresh = usage.fresh_input_tokens
    if (fresh and prices.input_mtok is None) or (usage.output_tokens and prices.output_mtok is None):
        return "a class in use has no price"
    if prices.input_mtok is None and prices.output_mtok is None:
        return "not priced by token"
    return None


@pytest.mark.parametrize("platform_id", sorted(PLATFORMS))
def test_every_model_costs_what_the_price_list_says(platform_id: str) -> None:
    platform, compared = PLATFORMS[platform_id], 0
    for info in platform.models:
        names = (info.id, f"accounts/fireworks/models/{info.id}")
        name = next((name for name in names if info.is_match(name)), None)
        if name is None:
            continue  # the id heads a family and is no model's name
        for at in instants(info):
            for usage in usages(info):
                assert usage.input_tokens is not None
                cost = cost_of(usage, listed_price(platform_id, name, usage.input_tokens, at))
                case = (info.id, at, usage)
                if cost is None:
                    assert reason_for_unknown(info, usage, at), case
                else:
                    assert cost.total == their_total(info, platform, usage, at), case
                    compared += 1
    assert compared or platform_id not in OURS


OURS = {row.prices_id for row in REGISTRY} | {"deepseek"}  # DeepSeek's prices depend on the time of day
