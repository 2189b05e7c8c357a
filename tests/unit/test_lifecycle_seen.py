"""What platforms' own lists say of an end: evidence beside published dates, never a date of our making."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from broker.comparison import Wanted
from broker.comparison.evidence import gather
from broker.comparison.stored import stamp
from broker.discovery import Listed, models_json, models_of
from broker.lifecycle import Lifecycle
from broker.lifecycle_seen import PlatformList, in_words, with_list
from broker.types import Offer, Provider
from db.connections import Discovery, save
from db.session import Database
from tests.comparisontools import AT, config, copy_of, empty_file

ON = date(2026, 11, 20)
ROW = Provider("acme", "Acme", "openai", "https://api.acme.example/v1")
NONE = Lifecycle()
MODELS = (
    Listed("small", retires=date(2027, 1, 31), successor="small-2"),
    Listed("large-2026-05-01"),
    Listed("tiny", aliases=("tiny-0525",)),
    Listed("medium"),
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    (tmp_path / "made").mkdir()
    with empty_file(tmp_path / "made") as file, copy_of(file, tmp_path) as database:
        yield database


def offer(model: str) -> Offer:
    return Offer("acme", model, model, "Acme", model)


def seen(model: str, found: Lifecycle = NONE, row: Provider | None = ROW) -> Lifecycle:
    return with_list(found, offer(model), PlatformList(MODELS, ON), row)


@pytest.mark.parametrize(
    ("model", "listed"),
    [
        ("medium", True),
        ("tiny-0525", True),  # another name for one that is there
        ("large", True),  # its dated form is
        ("large-latest", True),
        ("medium-2025-01-01", None),  # the name without a date may be of other weights by now
        ("large-2025-01-01", None),
        ("huge", False),
    ],
)
def test_whether_a_list_has_an_offer(model: str, listed: bool | None) -> None:
    found = seen(model)
    assert found.listed is listed
    assert found.listed_on == (None if listed is None else ON)
    assert found.retires is None


def test_a_missing_model_is_no_end() -> None:
    found = seen("huge")
    assert not found.ending
    assert found.lasts_until(date(2027, 1, 1)) is None
    assert in_words(found) == "not in the platform's list on 2026-11-20"
    assert in_words(seen("medium")) == "listed on 2026-11-20"
    assert in_words(NONE) is None


def test_a_day_in_the_list_is_the_vendor_s() -> None:
    found = seen("small")
    assert (found.retires, found.successor) == (date(2027, 1, 31), "small-2")
    assert (found.certainty, found.as_of) == ("vendor", ON)
    assert found.source == "https://api.acme.example/v1/models"
    assert seen("medium").successor is None


@pytest.mark.parametrize(
    ("certainty", "as_of", "kept"),
    [
        ("vendor", date(2026, 11, 1), False),  # read before the list
        ("vendor", date(2026, 11, 21), True),  # and after it
        ("third party", date(2026, 11, 21), False),
    ],
)
def test_of_two_days_the_vendor_s_last_word_counts(certainty: str, as_of: date, kept: bool) -> None:
    told = Lifecycle(retires=date(2028, 1, 1), source="x", as_of=as_of, certainty=certainty)  # type: ignore[arg-type]
    assert (seen("small", told).retires == told.retires) is kept
    assert seen("medium", told).retires == told.retires  # a list without a day changes none


def test_nothing_is_said_of_what_a_list_does_not_tell() -> None:
    names = Provider("acme", "Acme", "openai", "https://a.example", settings={"deployments": "on"})
    assert seen("huge", row=names) == NONE  # accounts ask by names of their own
    assert seen("small", row=names).retires == date(2027, 1, 31)
    assert seen("huge", row=None) == NONE
    assert with_list(NONE, offer("huge"), None, ROW) == NONE
    assert with_list(NONE, offer("huge"), PlatformList((), ON), ROW) == NONE


def test_lists_survive_storing_and_those_stored_before_are_read() -> None:
    assert models_of(models_json(MODELS)) == MODELS
    before = {"id": "medium", "name": "", "context_window": None}
    assert models_json((MODELS[3],)) == [before]
    assert models_of([before]) == (MODELS[3],)


def test_a_comparison_sees_the_last_list_of_a_platform(database: Database) -> None:
    known, wanted = config("acme/small", "acme/huge", "beta/other"), Wanted(scope="ready")
    with database.reader() as session:
        before = stamp(session)
    with database.writer() as session:
        at = datetime(2026, 11, 20, 12, tzinfo=UTC)
        save(session, Discovery(provider="acme", found_at=at, models=models_json(MODELS)))
    with database.reader() as session:
        assert stamp(session) != before
        found = {one.id: one.lifecycle for one in gather(session, known, wanted, AT).offers}
    assert found["acme/small"].retires == date(2027, 1, 31)
    assert found["acme/huge"].listed is False
    assert found["beta/other"] == NONE
