"""Shares, concentration and losses, worked out by hand; what is declared, and reading it all from calls."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from broker.config import load as load_config
from broker.dependence import Dependence, Door, Use, as_even_as, band, hhi, open_doors, shares
from broker.dependence.declared import MOST, Declared, load, problems, remove, save, spend_between
from broker.dependence.reading import gather, platform_name
from broker.types import Completion, Cost, Offer
from db.calls import write_calls
from db.rows import call_row, content_row
from db.session import Database
from db.turns import Overtaken
from tests.dbtools import ENGINES, PRICE, answered, context, failed, fresh_database, started

D = Decimal


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.mark.parametrize(
    ("amounts", "index"),
    [
        ([30, 30, 20, 20], 2_600),  # the US Department of Justice's own example
        ([7], 10_000),
        ([1] * 8, 1_250),
        ([D("0.0000000001"), D("0.0000000001"), 0], 5_000),
        ([90, 10], 8_200),
        ([], None),
        ([0, 0], None),
    ],
)
def test_the_index(amounts: list[Decimal], index: float | None) -> None:
    found = hhi(map(Decimal, amounts))
    assert found == (None if index is None else pytest.approx(index, rel=1e-12))


@pytest.mark.parametrize(
    ("index", "name"),
    [
        (625, "low"),
        (999.9, "low"),
        (1_000, "moderate"),
        (1_800, "moderate"),
        (1_800.1, "high"),
        (1e4, "high"),
    ],
)
def test_bands(index: float, name: str) -> None:
    assert band(index) == name


def test_as_many_equal_shares() -> None:
    assert as_even_as(10_000) == 1
    assert as_even_as(hhi([D(1)] * 5) or 0) == pytest.approx(5)


USES = (
    # Gamma's weights are sold by its own platform, by a cloud, and by a host without a key.
    Use(
        "Gamma",
        "Gamma API",
        D(60),
        "gamma/g",
        "G",
        100,
        3,
        2,
        (Door("cloud/g", "Cloud", None, True), Door("host/g", "Host")),
    ),
    Use("Gamma", "Cloud", D(15), "cloud/g", "G", 50, doors=(Door("gamma/g", "Gamma API", "Gamma", True),)),
    Use("Omega", "Cloud", D(5), "cloud/o", "O", 50, doors=()),
    Use("Omega", "Reseller", D(20)),
)
FOUND = Dependence(date(2026, 1, 1), date(2026, 1, 31), USES)


def test_shares_by_hand() -> None:
    gamma, omega = FOUND.shares("maker")
    assert (gamma.name, gamma.spend, gamma.share, gamma.calls, gamma.cost_unknown) == (
        "Gamma",
        75,
        0.75,
        150,
        3,
    )
    assert (omega.recorded, omega.declared, omega.share, omega.share_of_calls) == (5, 20, 0.25, 0.25)
    names = [(one.name, one.share) for one in FOUND.shares("platform")]
    assert names == [("Gamma API", 0.6), ("Cloud", 0.2), ("Reseller", 0.2)]
    assert FOUND.spend == 100


def test_without_spend_there_are_no_shares_of_it() -> None:
    (one,) = shares([Use("Acme", "Here", D(0), "here/a", "A", 4)], "maker")
    assert (one.share, one.share_of_calls) == (None, 1)
    assert shares([], "platform") == []


def test_what_is_lost_when_a_platform_fails() -> None:
    losses = {loss.share.name: loss for loss in FOUND.losses("platform")}
    own, cloud, reseller = losses["Gamma API"], losses["Cloud"], losses["Reseller"]
    assert ([use.offer for use in own.movable], [use.offer for use in own.ready]) == (
        ["gamma/g"],
        ["gamma/g"],
    )
    assert own.movable_share == 1
    assert [use.offer for use in cloud.offers] == ["cloud/g", "cloud/o"]
    assert [use.offer for use in cloud.movable] == ["cloud/g"]
    assert cloud.movable_share == 0.75  # 15 of 20 dollars
    assert (reseller.offers, reseller.movable_share) == ((), 0)  # of declared spend no model is known


def test_what_is_lost_when_a_maker_fails() -> None:
    gamma, _ = FOUND.losses("maker")
    # Its own platform goes with it: the cloud's offer has no door left, its own still has cloud and host.
    assert [use.offer for use in gamma.movable] == ["gamma/g"]
    assert gamma.movable_share == 0.8
    assert [door.offer for door in open_doors(USES[0], "maker")] == ["cloud/g", "host/g"]
    assert open_doors(USES[1], "maker") == []
    assert open_doors(replace(USES[1], doors=None), "platform") == []


def test_a_door_of_the_same_platform_is_none_when_it_fails() -> None:
    use = Use("Gamma", "Cloud", D(1), "cloud/g", "G", 1, doors=(Door("cloud/g-eu", "Cloud", None, True),))
    assert open_doors(use, "platform") == []


@pytest.mark.parametrize(
    ("first", "last", "since", "until", "amount"),
    [
        ((2026, 1, 1), (2026, 3, 31), (2026, 1, 1), None, "300"),
        ((2026, 1, 1), (2026, 1, 31), (2026, 1, 17), (2026, 1, 31), "48.3870967742"),  # 15 of 31 days
        ((2026, 1, 15), (2026, 2, 14), (2025, 1, 1), None, "104.8387096774"),  # 17/31 and 14/28
        ((2024, 2, 1), (2024, 2, 29), (2024, 2, 29), None, "3.4482758621"),  # a leap year
        ((2026, 5, 1), (2026, 5, 31), (2026, 6, 1), None, "0"),
        ((2026, 5, 1), (2026, 5, 31), (2026, 1, 1), (2026, 4, 30), "0"),
        ((2025, 12, 31), (2026, 1, 1), (2025, 1, 1), None, "6.4516129032"),  # 1/31 twice
    ],
)
def test_a_month_counts_by_its_days(first, last, since, until, amount: str) -> None:
    said = Declared("P", "M", D(100), date(*since), date(*until) if until else None)
    assert spend_between(said, date(*first), date(*last)) == D(amount)


@pytest.mark.parametrize(
    "changes",
    [
        {"platform": " "},
        {"maker": ""},
        {"amount": D(0)},
        {"amount": D("-1")},
        {"amount": D("NaN")},
        {"amount": MOST + 1},
        {"last": date(2025, 12, 31)},
    ],
)
def test_faults_are_told(changes) -> None:
    right = Declared("P", "M", D(1), date(2026, 1, 1))
    assert problems(right) == []
    assert len(problems(replace(right, **changes))) == 1


def test_declared_spend_that_was_changed_since_it_was_read_is_refused(database: Database) -> None:
    said = Declared("Azure", "OpenAI", D(100), date(2026, 1, 1))
    with database.writer() as session:
        read = replace(said, id=save(session, said, "ada"))
        save(session, replace(read, note="invoice 7"), "bob", read)
    with pytest.raises(Overtaken) as told, database.writer() as session:
        save(session, replace(read, amount=D(200)), "ada", read)
    assert (told.value.by, told.value.now) == ("bob", replace(read, note="invoice 7"))
    with database.reader() as session:
        assert load(session) == [told.value.now]


def test_declared_spend_is_kept_changed_removed_and_put_back(database: Database) -> None:
    said = Declared("Azure", "OpenAI", D("1234.56"), date(2026, 1, 1), None, "invoice 7")
    with database.writer() as session:
        kept = replace(said, id=save(session, said, "ada"))
        save(session, replace(said, platform="AWS"), "ada")
    with database.writer() as session:
        save(session, replace(kept, amount=D(5), last=date(2026, 1, 1)), "bob")
    with database.reader() as session:
        aws, azure = load(session)
    assert (aws.platform, azure) == ("AWS", replace(kept, amount=D(5), last=date(2026, 1, 1)))
    with pytest.raises(ValueError, match="more than 0"), database.writer() as session:
        save(session, replace(kept, amount=D(0)), "bob")
    with database.writer() as session:
        assert remove(session, kept.id) == azure
        assert remove(session, kept.id) is None
    with database.writer() as session:
        save(session, azure, "ada")
    with database.reader() as session:
        assert load(session) == [aws, azure]


def test_a_cloud_is_one_platform_and_has_an_owner() -> None:
    config = load_config()
    rows = ("vertex", "vertex-claude", "azure-claude", "bedrock", "local", "groq", "nobody")
    named = ["Google Vertex AI", "Google Vertex AI", "Azure AI Foundry", "AWS Bedrock", "Own servers", "Groq"]
    assert [platform_name(config, row) for row in rows] == [*named, "nobody"]


def spent(offer: Offer, amount: str | None, day: datetime) -> Completion:
    call = answered(replace(started(offer), started_at=day))
    cost = None if amount is None else Cost(D(amount), D(0), D(0), D(0), PRICE)
    return replace(call, cost=cost)


def test_reading_calls_and_declarations(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.delenv("AZURE_OPENAI_API_KEY", raising=False)
    mini = Offer("openai", "gpt-5-mini", "gpt-5-mini", "OpenAI", "GPT-5 mini")
    azure = replace(mini, provider="azure")
    own = Offer("mine", "ours", "ours", "We", "Ours")
    june, july = datetime(2026, 6, 30, 23, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    calls = [
        spent(mini, "3", june),
        spent(mini, None, june),
        failed(replace(started(mini), started_at=june)),
        spent(azure, "2", june),
        spent(own, "1", june),
        spent(mini, "500", july),
    ]
    with database.writer() as session:
        rows = [call_row(call, context(), "?", None) for call in calls]
        write_calls(session, rows, [content_row(call) for call in calls])
        save(session, Declared("openai api", "OPENAI", D(30), date(2026, 6, 16)), None)
        save(session, Declared("Later", "Acme", D(30), date(2026, 7, 1)), None)
    with database.reader() as session:
        found = gather(session, load_config(), date(2026, 6, 12), date(2026, 6, 30))
    by_offer = {use.offer: use for use in found.uses}
    assert set(by_offer) == {mini.id, azure.id, own.id, None}
    used = by_offer[mini.id]
    assert (used.maker, used.platform, used.cost, used.calls) == ("OpenAI", "OpenAI API", D(3), 3)
    assert (used.cost_unknown, used.failed) == (2, 1)
    doors = {door.offer: door for door in used.doors or ()}
    assert not doors[azure.id].ready
    assert (doors[azure.id].platform, doors[azure.id].owner) == ("Azure AI Foundry", "Microsoft")
    assert by_offer[azure.id].platform == "Azure AI Foundry"
    assert {door.offer: door.ready for door in by_offer[azure.id].doors or ()}[mini.id]
    assert (by_offer[own.id].platform, by_offer[own.id].doors) == ("mine", None)
    declared = by_offer[None]  # 15 of June's 30 days, under the names that are known
    assert (declared.cost, declared.maker, declared.platform) == (D(15), "OpenAI", "OpenAI API")
    assert found.spend == D(21)
