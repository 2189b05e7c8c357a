"""When offers end: matched to published dates by id or by weights, never guessed, with who says so."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from broker.assurance.shipped import FOLDER
from broker.lifecycle import Event, Lifecycle, Published, dated, is_third_party, lifecycle_of, published
from broker.types import Offer

TODAY = date(2026, 11, 22)
VENDOR = "https://acme.example/deprecations"


def offer(provider: str, model: str, **other: str) -> Offer:
    return replace(Offer(provider, model, model, "Acme", model), **other)  # type: ignore[arg-type]


def row(model: str, event: Event, on: str, platform: str = "openai") -> Published:
    return Published(platform, model, event, date.fromisoformat(on), VENDOR)


def test_everything_is_loaded() -> None:
    def count(name: str) -> int:
        with (FOLDER / name).open(encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.DictReader(file))

    events = Counter(row.event for row in published())
    assert count("lifecycle.csv") == events["deprecated"] + events["retires"] == 678
    assert count("lifecycle_not_before.csv") == events["not_before"] == 35


def test_every_published_id_finds_its_own_dates() -> None:
    rows = {"gemini_api": "gemini"}
    for told in published():
        found = lifecycle_of(offer(rows.get(told.platform, told.platform), told.model))
        assert getattr(found, told.event) == told.on, told
        assert found.matched == "id"
        assert found.as_of is not None


def test_a_vendor_s_own_announcement() -> None:
    found = lifecycle_of(offer("anthropic", "claude-sonnet-4-5-20250929"))
    assert found.deprecated == date(2026, 9, 30)
    assert found.retires == date(2026, 11, 30)
    assert (found.certainty, found.matched) == ("vendor", "id")
    assert found.source == "https://platform.claude.com/docs/en/about-claude/model-deprecations"
    assert found.days_left(TODAY) == 8


def test_days_left_are_negative_after_the_end() -> None:
    assert lifecycle_of(offer("anthropic", "claude-opus-4-1-20250805")).days_left(date(2026, 8, 6)) == -1


def test_another_platform_has_dates_of_its_own() -> None:
    bedrock = lifecycle_of(offer("bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"))
    assert (bedrock.retires, bedrock.certainty) == (date(2027, 4, 8), "third party")
    assert bedrock.matched == "identity"


@pytest.mark.parametrize("event", ["deprecated", "retires"])
def test_no_platform_borrows_from_another(event: Event) -> None:
    dates = dated([row("m-1", event, "2026-12-01", "openai")])
    assert lifecycle_of(offer("openai", "m-1"), dates=dates).matched == "id"
    for provider in ("azure", "openrouter", "our-own"):
        assert lifecycle_of(offer(provider, "m-1"), dates=dates) == Lifecycle()


def test_not_sooner_than_announces_nothing() -> None:
    found = lifecycle_of(offer("anthropic", "claude-haiku-4-5"))
    assert (found.not_before, found.retires, found.matched) == (date(2026, 10, 15), None, "identity")
    assert found.days_left(TODAY) is None
    assert not found.ending
    assert found.lasts_until(TODAY) is None  # that day has passed, and nothing was announced


@pytest.mark.parametrize(
    ("life", "lasts"),
    [
        (Lifecycle(), None),
        (Lifecycle(retires=date(2026, 11, 23)), True),
        (Lifecycle(retires=TODAY), False),
        (Lifecycle(retires=date(2026, 1, 1), not_before=date(2027, 1, 1)), False),
        (Lifecycle(not_before=date(2027, 1, 1)), True),
        (Lifecycle(not_before=TODAY), None),
        (Lifecycle(not_before=date(2027, 1, 1), flagged=True), None),
        (Lifecycle(not_before=date(2027, 1, 1), deprecated=TODAY), None),
        (Lifecycle(deprecated=TODAY), None),
    ],
)
def test_whether_it_lasts(life: Lifecycle, lasts: bool | None) -> None:
    assert life.lasts_until(TODAY) is lasts


def test_the_price_list_s_flag_stands_beside_dates() -> None:
    alone = lifecycle_of(offer("cerebras", "llama3.1-8b"), flagged=True)
    assert (alone.flagged, alone.ending, alone.certainty) == (True, True, "price list")
    assert alone.days_left(TODAY) is None
    dates = dated([row("m-1", "retires", "2026-12-01")])
    assert lifecycle_of(offer("openai", "m-1"), flagged=True, dates=dates).certainty == "vendor"


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("Model-X 2025-12-11", "model-x-2025-12-11"),  # Azure's table puts the version after a space
        ("gpt-oss-120b", "GPT-OSS-120B"),
    ],
)
def test_spelling_is_all_that_an_id_may_differ_in(told: str, asked: str) -> None:
    dates = dated([row(told, "retires", "2026-12-01")])
    assert lifecycle_of(offer("openai", asked), dates=dates).matched == "id"


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("model-x-1", "model-x"),
        ("model-x", "model-x-1"),
        ("model-x", "model-x-2026-01-01"),
        ("model-x", "model-x-fast"),
        ("model-x", "model-x-latest"),
        ("model-x-latest", "model-x"),
    ],
)
def test_a_name_that_is_only_like_it_is_not_taken(told: str, asked: str) -> None:
    dates = dated([row(told, "retires", "2026-12-01")])
    assert lifecycle_of(offer("openai", asked), dates=dates) == Lifecycle()


def test_the_id_goes_before_the_weights() -> None:
    dates = dated(
        [row("gpt-4.1", "retires", "2027-01-01"), row("gpt-4.1-2025-04-14", "retires", "2026-12-01")]
    )
    assert lifecycle_of(offer("openai", "gpt-4.1"), dates=dates).retires == date(2027, 1, 1)


def test_weights_with_several_dates_have_none() -> None:
    dates = dated([row("a/m-1", "retires", "2027-01-01"), row("b/m-1", "retires", "2026-12-01")])
    assert lifecycle_of(offer("openai", "c/m-1"), dates=dates) == Lifecycle()


def test_a_door_of_one_place_ends_alone() -> None:
    assert lifecycle_of(offer("fireworks", "glm-5p3-flash-us")).retires is not None
    assert lifecycle_of(offer("fireworks", "accounts/fireworks/models/glm-5p3-flash")) == Lifecycle()


def test_a_deployment_is_known_by_its_model() -> None:
    named = offer("azure", "ours", wire_model="gpt-4", known_as="gpt-4.1-2025-04-14")
    assert lifecycle_of(named).retires == date(2027, 4, 14)


def test_most_dates_are_third_parties() -> None:
    told = [row for row in published() if row.event != "not_before"]
    share = sum(is_third_party(row.source) for row in told) / len(told)
    assert 0.7 < share < 0.8  # "about three quarters"
