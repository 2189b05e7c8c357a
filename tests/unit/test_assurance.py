"""What facts about platforms mean: every shipped value and condition, age, doubt, scope and conflict."""

import csv
import filecmp
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from broker.assurance import COLLECTED_ON, Fact, expired, known, last_day
from broker.assurance.attributes import ATTRIBUTE, ATTRIBUTES, NUMBERS
from broker.assurance.platforms import PLATFORM, PLATFORMS, caveat_of, platform_of
from broker.assurance.shipped import FOLDER, shipped_facts
from broker.assurance.standing import Need, Standing, standing, standing_of
from broker.assurance.values import CONDITIONS, amount, problems
from broker.providers.registry import REGISTRY
from broker.types import Offer

RESEARCH = Path(__file__).parents[3] / "shared" / "data" / "assurance"
TODAY = date(2026, 11, 22)
NONE: frozenset[str] = frozenset()
KNOWN = known(shipped_facts())

# Every yes/no value of the shipped files: the answer, and the condition that the user has to accept.
ANSWERS = {
    "yes": ("yes", ""),
    "no": ("no", ""),
    "yes_default": ("yes", ""),
    "announced_not_available": ("no", ""),
    "yes_by_approval": ("yes", "by_approval"),
    "yes_by_contract": ("yes", "by_contract"),
    "by_contract": ("yes", "by_contract"),
    "yes_by_request": ("yes", "by_request"),
    "yes_conditional": ("yes", "conditional"),
    "conditional": ("yes", "conditional"),
    "yes_enterprise_plan": ("yes", "enterprise_plan"),
    "yes_named_services": ("yes", "named_services"),
    "yes_self_serve": ("yes", "self_serve"),
    "yes_operator_controlled": ("yes", "operator_controlled"),
    "case_by_case": ("yes", "case_by_case"),
    "partial": ("yes", "partial"),
    "priority_tier": ("yes", "priority_tier"),
    "opt_out": ("no", "opt_out"),
    "yes_opt_out": ("no", "opt_out"),
    "no_own_layer": ("no", "own_layer"),
}
NEITHER = {"unclear", "unclear (may train unless opted out)", "listed (type not captured)"}


def fact(value: str = "yes", attribute: str = "soc2_type2", **other: object) -> Fact:
    plain = Fact(value, "acme", attribute, value, "shipped", "high", as_of=date(2026, 7, 1))
    return replace(plain, **other)  # type: ignore[arg-type]


def staff(value: str, hour: int = 9, **other: object) -> Fact:
    created = datetime(2026, 11, 20, hour, tzinfo=UTC)
    checked = {"checked_by": "Ada", "checked_on": date(2026, 11, 20), "created_at": created}
    return fact(value, origin="staff", **{**checked, **other})


def offer(provider: str, model: str = "m", maker: str = "Acme") -> Offer:
    return Offer(provider, model, model, maker, model)


def counts_tried() -> list[frozenset[str]]:
    return [NONE, *(frozenset({name}) for name in CONDITIONS), frozenset(CONDITIONS)]


# -- what is shipped


def test_everything_is_loaded() -> None:
    with (FOLDER / "assurance.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    facts = shipped_facts()
    assert len(facts) == len(rows) == 226
    assert [(f.platform, f.value, f.unit or "", f.source_url) for f in facts] == [
        (row["platform_id"], row["value"], row["unit"], row["source_url"]) for row in rows
    ]
    assert Counter(f.platform for f in facts).keys() == PLATFORM.keys()
    assert len(PLATFORMS) == 16
    assert len({f.id for f in facts}) == 226


@pytest.mark.skipif(not RESEARCH.exists(), reason="the collected files are not beside the repository")
@pytest.mark.parametrize("name", ["assurance.csv", "lifecycle.csv", "lifecycle_not_before.csv"])
def test_the_shipped_files_are_the_collected_ones(name: str) -> None:
    assert filecmp.cmp(FOLDER / name, RESEARCH / name, shallow=False)


def test_attributes_are_those_that_something_is_told_of() -> None:
    assert {f.attribute for f in shipped_facts()} == ATTRIBUTE.keys()
    assert len(ATTRIBUTE) == len(ATTRIBUTES)
    assert all(row.sentence.endswith(".") and row.name for row in ATTRIBUTES)


def test_units_are_those_of_the_attributes() -> None:
    for told in shipped_facts():
        kind = ATTRIBUTE[told.attribute].kind
        assert told.unit in ((kind, None) if kind in NUMBERS else (None,)), told
        assert told.unit is not None or amount(told.value) is None, told


def test_rows_of_a_scope_are_in_the_file() -> None:
    def keys(name: str) -> set[tuple[str, str]]:
        with (FOLDER / name).open(encoding="utf-8", newline="") as file:
            return {(row["platform_id"], row["attribute"]) for row in csv.DictReader(file)}

    assert keys("scopes.csv") <= keys("assurance.csv")


def test_a_month_is_its_first_day_and_said() -> None:
    (told,) = KNOWN["bedrock", "fedramp"]
    assert told.as_of == date(2026, 3, 1)
    assert told.note.endswith("(Dated 2026-03.)")


# -- platforms


def test_platforms_are_reached_by_rows_of_the_registry() -> None:
    ids = {row.id for row in REGISTRY}
    reached = {row for platform in PLATFORMS for row in platform.rows or (platform.id,)}
    assert reached <= ids
    assert ids - reached == {"perplexity", "cerebras"}  # nothing is shipped about these
    assert {row for platform in PLATFORMS for row in platform.apart} <= reached


@pytest.mark.parametrize(
    ("provider", "platform"),
    [
        ("azure", "azure"),
        ("azure-claude", "azure"),
        ("vertex-partner", "vertex"),
        ("gemini", "gemini_api"),
        ("ollama", "self_hosted"),
        ("cerebras", "cerebras"),
        ("our-own", "our-own"),
    ],
)
def test_rows_belong_to_platforms(provider: str, platform: str) -> None:
    assert platform_of(provider) == platform


# -- what values mean


@pytest.mark.parametrize("counts", counts_tried(), ids=lambda counts: "+".join(sorted(counts))[:20] or "none")
def test_every_shipped_answer_under_every_condition(counts: frozenset[str]) -> None:
    for told in shipped_facts():
        attribute = ATTRIBUTE[told.attribute]
        if attribute.kind != "yes/no":
            continue
        sound = replace(told, confidence="high", note="", as_of=TODAY)
        found = standing([sound], TODAY, counts)
        if told.value == "no_public_evidence":
            assert found.verdict == "no evidence"
        elif told.value in NEITHER:
            assert found.verdict == "unknown"
        else:
            answer, condition = ANSWERS[told.value]
            good = answer == attribute.wanted and (not condition or condition in counts)
            assert found.verdict == ("satisfied" if good else "not satisfied"), told
        assert found.fact is sound


def test_every_value_of_the_table_is_shipped() -> None:
    kinds = {told.value for told in shipped_facts() if ATTRIBUTE[told.attribute].kind == "yes/no"}
    assert kinds == ANSWERS.keys() | NEITHER | {"no_public_evidence"}


@pytest.mark.parametrize("told", shipped_facts(), ids=lambda told: f"{told.platform}-{told.attribute}")
def test_only_sound_facts_satisfy_whatever_counts(told: Fact) -> None:
    found = standing([told], TODAY, frozenset(CONDITIONS))
    too_old = told.as_of is not None and (TODAY - told.as_of).days > 365
    if told.confidence == "low" or "CONFLICT" in told.note or too_old:
        assert found.verdict == "amber"
    else:
        assert found.verdict != "amber"


def test_no_row_is_unknown_never_no() -> None:
    assert standing([], TODAY) == Standing("unknown", "Nothing is known about it.")
    assert standing_of(KNOWN, offer("cerebras"), "soc2_type2", TODAY).verdict == "unknown"


@pytest.mark.parametrize(
    ("value", "need", "verdict"),
    [
        ("30", Need(at_most=Decimal(30)), "satisfied"),
        ("30", Need(at_most=Decimal(29)), "not satisfied"),
        ("30", Need(at_least=Decimal(30)), "satisfied"),
        ("30", Need(at_least=Decimal("30.1")), "not satisfied"),
        ("0 to 30", Need(at_most=Decimal(30)), "satisfied"),
        ("0 to 30", Need(at_most=Decimal(10)), "unknown"),
        ("0 to 30", Need(at_least=Decimal(31)), "not satisfied"),
        ("20 to 30", Need(at_most=Decimal(10)), "not satisfied"),
        ("0", Need(at_most=Decimal(0)), "satisfied"),
        ("30", None, "unknown"),
        ("no fixed number stated", Need(at_most=Decimal(30)), "unknown"),
        ("no_public_evidence", Need(at_most=Decimal(30)), "no evidence"),
    ],
)
def test_numbers(value: str, need: Need | None, verdict: str) -> None:
    told = fact(value, "prompt_retention_default", unit="days")
    assert standing([told], TODAY, need=need).verdict == verdict


def test_a_number_of_another_unit_is_no_number() -> None:
    told = fact("1", "prompt_retention_default", unit="months")
    assert standing([told], TODAY, need=Need(at_most=Decimal(30))).verdict == "unknown"


# -- age


@pytest.mark.parametrize(
    ("told", "last"),
    [
        (fact(as_of=date(2026, 3, 1)), date(2027, 3, 1)),
        (fact(as_of=None), date(2027, 11, 22)),  # collected on 2026-11-22
        (staff("yes", as_of=date(2023, 1, 1)), date(2027, 11, 20)),
        (staff("yes", expires=date(2026, 12, 31)), date(2026, 12, 31)),
    ],
)
def test_the_last_day(told: Fact, last: date) -> None:
    assert last_day(told) == last
    assert not expired(told, last)
    assert expired(told, date.fromordinal(last.toordinal() + 1))


def test_undated_facts_count_from_the_collection() -> None:
    assert COLLECTED_ON.isoformat() in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_an_expired_fact_is_amber_and_says_so() -> None:
    found = standing([fact(expires=date(2026, 11, 21))], TODAY)
    assert (found.verdict, found.reason) == (
        "amber",
        "SOC 2 Type II: yes. But it expired on 2026-11-21.",
    )
    assert standing([fact(expires=TODAY)], TODAY).verdict == "satisfied"


def test_an_expired_source_does_not_outweigh_a_fresh_one() -> None:
    old, fresh = fact("no", as_of=date(2024, 1, 1)), fact("yes")
    found = standing([old, fresh], TODAY)
    assert (found.verdict, found.fact, found.also) == ("satisfied", fresh, (old,))


def test_low_confidence_is_amber_both_ways() -> None:
    for value in ("yes", "no"):
        assert standing([fact(value, confidence="low")], TODAY).verdict == "amber"


def test_a_low_source_that_agrees_does_no_harm() -> None:
    low, high = fact(confidence="low"), fact()
    found = standing([low, high], TODAY)
    assert (found.verdict, found.fact) == ("satisfied", high)


# -- conflict


def test_two_sources_that_disagree_are_both_shown() -> None:
    yes, no = fact("yes"), fact("no")
    found = standing([yes, no], TODAY)
    assert found.verdict == "amber"
    assert {found.fact, *found.also} == {yes, no}
    assert found.reason == "Sources disagree: “yes” and “no”."


def test_whether_a_condition_counts_decides_whether_sources_disagree() -> None:
    told = KNOWN["openai", "hipaa_baa"]
    assert [f.value for f in told] == ["yes", "yes_by_approval"]
    assert standing(told, TODAY).verdict == "amber"
    assert standing(told, TODAY, frozenset({"by_approval"})).verdict == "satisfied"


def test_a_conflict_noted_on_a_single_row_is_amber() -> None:
    found = standing(KNOWN["deepseek", "trains_on_customer_data_default"], TODAY)
    assert found.verdict == "amber"
    assert found.reason.startswith("Sources disagree: not all say “unclear (may train unless opted out)”. ")
    assert "tautoru.ai" in found.reason


def test_shipped_pairs_that_disagree() -> None:
    amber = {
        question
        for question, facts in KNOWN.items()
        for scope in {f.scope for f in facts}
        if "disagree" in standing([f for f in facts if f.scope == scope], TODAY).reason
    }
    assert amber == {
        ("openai", "hipaa_baa"),
        ("azure", "eu_data_zone_countries"),
        ("mistral", "hosting_default"),
        ("together", "prompts_stored_by_default"),
        ("deepseek", "trains_on_customer_data_default"),
        ("xai", "eu_data_residency"),
    }


# -- staff's word


def test_the_newest_of_staff_goes_first_and_the_shipped_stay() -> None:
    first, last, shipped = staff("no"), staff("yes", hour=10), fact("no")
    found = standing([shipped, first, last], TODAY)
    assert (found.verdict, found.fact) == ("satisfied", last)
    assert set(found.also) == {shipped, first}
    assert found.reason == "SOC 2 Type II: yes. The shipped source says otherwise: no."


def test_a_checked_conflict_is_settled() -> None:
    told = fact(note="CONFLICT: another says no")
    assert standing([told], TODAY).verdict == "amber"
    assert standing([told, staff("yes", note=told.note)], TODAY).verdict == "satisfied"


def test_staff_can_be_out_of_date_or_unsure() -> None:
    assert standing([staff("yes", expires=date(2026, 1, 1)), fact()], TODAY).verdict == "amber"
    assert standing([staff("yes", confidence="low"), fact()], TODAY).verdict == "amber"


# -- scope


def test_partner_models_carry_their_own_terms() -> None:
    claude, gpt = offer("azure-claude", "claude-opus-5", "Anthropic"), offer("azure", "gpt-5", "OpenAI")
    assert standing_of(KNOWN, gpt, "eu_data_residency", TODAY).verdict == "satisfied"
    own = standing_of(KNOWN, claude, "eu_data_residency", TODAY)
    assert own.fact is not None
    assert (own.verdict, own.fact.value) == ("not satisfied", "partial")
    assert standing_of(KNOWN, claude, "gdpr_dpa", TODAY).verdict == "satisfied"


def test_what_is_told_of_the_whole_platform_is_amber_for_a_row_apart() -> None:
    claude = offer("azure-claude", "claude-opus-5", "Anthropic")
    found = standing_of(KNOWN, claude, "iso_42001", TODAY)
    assert found.verdict == "amber"
    assert found.reason.endswith(f"{caveat_of('azure-claude')}.")
    assert standing_of(KNOWN, offer("azure", "gpt-5", "OpenAI"), "iso_42001", TODAY).verdict == "satisfied"


def test_staff_can_vouch_for_one_maker() -> None:
    vouched = known(
        [*shipped_facts(), staff("yes", attribute="iso_42001", platform="azure", scope="Anthropic")]
    )
    claude = offer("azure-claude", "claude-opus-5", "Anthropic")
    assert standing_of(vouched, claude, "iso_42001", TODAY).verdict == "satisfied"


def test_what_is_told_of_another_maker_is_not_ones_own() -> None:
    found = standing_of(KNOWN, offer("azure", "phi-4", "Microsoft"), "ip_indemnity", TODAY)
    assert (found.verdict, found.reason) == ("unknown", "It is told of OpenAI only.")
    assert [f.scope for f in found.also] == ["OpenAI"]


def test_a_family_of_models_can_be_apart() -> None:
    question = "trains_on_customer_data_default"
    usual, labs = offer("mistral", "mistral-large-2512"), offer("mistral", "labs-leanstral-2603")
    assert standing_of(KNOWN, usual, question, TODAY).verdict == "satisfied"
    assert standing_of(KNOWN, labs, question, TODAY).verdict == "not satisfied"


# -- what may be stored


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (staff("yes"), ""),
        (staff("yes_by_approval"), ""),
        (staff("no_public_evidence"), ""),
        (
            staff("maybe"),
            "Expected yes or no, or a yes with its condition, found 'maybe'. Such are yes_by_approval",
        ),
        (staff("yes, in a contract"), "Did you mean yes_by_contract (yes, in a contract of one's own)"),
        (staff("by approvel"), "Did you mean yes_by_approval (yes, with the vendor's approval)"),
        (staff("m" * 20_000), f"found '{'m' * 80}…'."),
        (staff("Yes"), "Expected yes or no, or a yes with its condition, found 'Yes'."),
        (staff("yes", attribute="colour"), "not an attribute"),
        (staff("yes", platform=" "), "platform is missing"),
        (staff("yes", unit="days"), "unit is empty"),
        (staff("30", attribute="prompt_retention_default", unit="days"), ""),
        (staff("30", attribute="prompt_retention_default"), "unit is days"),
        (staff("30 days", attribute="prompt_retention_default", unit="days"), "Expected a number"),
        (staff("varies", attribute="prompt_retention_default", was="varies"), ""),
        (staff("  ", attribute="hosting_location"), "Expected some words"),
        (staff("yes", source_url="https://trust.acme.example/soc2"), ""),
        (staff("yes", source_url="javascript:alert(1)"), "web address"),
        (staff("yes", confidence="sure"), "Confidence"),
        (staff("yes", as_of=date(2027, 1, 1)), "dated later"),
    ],
)
def test_what_keeps_a_fact_from_being_stored(told: Fact, wrong: str) -> None:
    found = " ".join(problems(told))
    assert wrong in found if wrong else found == ""


@pytest.mark.parametrize("told", shipped_facts(), ids=lambda told: f"{told.platform}-{told.attribute}")
def test_every_shipped_fact_can_be_confirmed_as_it_is(told: Fact) -> None:
    assert problems(replace(told, was=told.value, checked_on=TODAY)) == []
