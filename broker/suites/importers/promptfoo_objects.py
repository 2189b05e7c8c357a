"""promptfoo's test cases as objects, in JSON, JSON Lines or a configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from broker.suites import ScorerSpec
from broker.suites.importers.promptfoo_assertions import of_object, spec
from broker.suites.importers.promptfoo_case import Case, refuse_unfilled
from broker.suites.importers.values import items, number, table, text

_READ = {"description", "vars", "assert", "metadata", "threshold", "options"}
_OPTIONS = {"prefix", "suffix", "disableDefaultAsserts", "disableVarExpansion"}
_CODE = {"transform", "transformVars", "postprocess", "assertScoringFunction"}
_CHECK = {"type", "value", "threshold", "weight", "metric", "assert", "$ref"}


def case_of(row: int, raw: Mapping[str, Any], templates: Mapping[str, Any] | None = None) -> Case:
    """The case of an object; what is not taken over is in its `refused`."""
    options = table(raw.get("options"))
    case = Case(
        row,
        vars=table(raw.get("vars")),
        prefix=text(options.get("prefix")),
        suffix=text(options.get("suffix")),
        description=text(raw.get("description")),
        threshold=number(raw.get("threshold")),
        metadata=dict(table(raw.get("metadata"))),
        expands=options.get("disableVarExpansion") is not True,
    )
    case.code = tuple(key for key in (*options, *raw) if key in _CODE)
    if "vars" in raw and not isinstance(raw["vars"], Mapping):
        case.note("vars", "left out: expected names with values; files are not opened")
    for key in (*raw, *options):
        if key not in _READ | _OPTIONS | _CODE:
            case.note(key, "not imported")
    for where, check, weight in _checks(raw.get("assert"), "assert", table(templates)):
        _add(case, where, check, weight)
    refuse_unfilled(case)
    return case


def merged(default: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """A test with the defaults of all tests: its own values go before, its checks come after theirs."""
    options = {**table(default.get("options")), **table(raw.get("options"))}
    checks = [] if options.get("disableDefaultAsserts") is True else items(default.get("assert"))
    own: Any = raw.get("assert")
    both = {**default, **raw, "options": options, "assert": [*checks, *items(own)]}
    if own is not None and not isinstance(own, list):
        both["assert"] = own  # for the report
    for key in ("vars", "metadata"):
        if isinstance(raw.get(key, {}), Mapping):
            both[key] = {**table(default.get(key)), **table(raw.get(key))}
    return both


def _checks(
    raw: Any, where: str, templates: Mapping[str, Any], weight: float = 1.0, depth: int = 0
) -> Iterator[tuple[str, Mapping[str, Any] | ValueError, float]]:
    """Each check with its field and weight; sets without a threshold are taken apart."""
    if raw is not None and not isinstance(raw, list):
        yield where, ValueError("expected a list of assertions"), weight
    for i, entry in enumerate(items(raw)):
        place = f"{where}[{i}]"
        check = table(entry)
        reference = text(check.get("$ref")).removeprefix("#/assertionTemplates/")
        if reference:
            check = {**table(templates.get(reference)), **{k: v for k, v in check.items() if k != "$ref"}}
        own = number(check.get("weight"))
        if check.get("type") != "assert-set":
            yield place, check, weight * (1.0 if own is None else own)
        elif check.get("threshold") is not None or depth:
            yield place, ValueError("a set of assertions with a threshold, or inside another"), weight
        else:
            scale = weight * (1.0 if own is None else own)
            yield from _checks(check.get("assert"), f"{place}.assert", templates, scale, depth + 1)


def _add(case: Case, where: str, check: Mapping[str, Any] | ValueError, weight: float) -> None:
    try:
        if isinstance(check, ValueError):
            raise check
        made = spec(of_object(check))
        if "transform" in check:
            raise ValueError("its transform is code, which is never run")
    except ValueError as error:
        case.refuse(where, error)
        return
    for key in sorted(check.keys() - _CHECK):
        case.note(f"{where}.{key}", "this setting was not imported, the check was")
    case.checks.append(_weighted(made, check, weight))


def _weighted(made: ScorerSpec, check: Mapping[str, Any], weight: float) -> ScorerSpec:
    return replace(made, weight=weight, metric=text(check.get("metric")))
