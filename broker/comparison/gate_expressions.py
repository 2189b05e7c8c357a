"""A must-have as one writes it: `hipaa_baa+by_approval`, `context>=200000`, `p95<=5s`, `maker!=OpenAI`.

The same grammar serves the command line and a page's address; `docs/comparison.md` has it as a table.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from broker.assurance.attributes import ATTRIBUTE, NUMBERS, Attribute
from broker.assurance.values import CONDITIONS
from broker.comparison import GATE_KINDS, Gate

# Of numbers that are told, these should be small; the others large.
AT_MOST = frozenset({"prompt_retention_default", "regional_price_uplift"})
MODALITIES = ("image", "audio", "video", "document", "text")
ALIASES: Mapping[str, str] = {
    "hipaa": "hipaa_baa",
    "baa": "hipaa_baa",
    "eu": "eu_data_residency",
    "gdpr": "gdpr_dpa",
    "dpa": "gdpr_dpa",
    "no_training": "trains_on_customer_data_default",
    "no_storage": "prompts_stored_by_default",
    "zdr": "zdr_option",
    "soc2": "soc2_type2",
    "iso27001": "iso_27001",
    "iso27018": "iso_27018",
    "iso42001": "iso_42001",
    "indemnity": "ip_indemnity",
    "retention": "prompt_retention_default",
    "notice": "deprecation_notice",
    "lifetime": "model_minimum_lifetime",
    "uptime": "uptime_sla",
    "ttft": "ttft_p95",
    "vision": "takes:image",
}
# What is wanted where the attribute's name says what is not.
_INSTEAD = {
    "trains_on_customer_data_default": "No training on our data",
    "free_tier_training": "No training on the free tier",
    "prompts_stored_by_default": "Prompts not stored",
    "data_sent_to_model_maker": "Maker does not see our data",
}
# A few of each for whoever wrote none of them, in words.
_SUCH = "hipaa_baa (HIPAA BAA), eu_data_residency (EU processing), context>=200000, p95<=5s and quality>=0.8"
_COUNTING = "by_approval (with the vendor's approval) and by_contract (in a contract of one's own)"
_PARTS = re.compile(
    r"(?P<name>\w+)\s*(?:(?P<sign>>=|<=|!=|[≥≤≠><=:])\s*(?P<limit>.*)|(?P<counts>(?:\+\w+)*))"
)
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!="}
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,9})?")


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind is written: its sign, an example, and its limit as it is kept, written and said."""

    sign: str
    example: str
    read: Callable[[str], str | None]
    write: Callable[[str], str]
    say: Callable[[str], str]


def parse(expression: str) -> Gate:
    """The gate that an expression means; raises `ValueError` with what was expected in its place."""
    text = expression.strip()
    text = ALIASES["vision"] if text.lower() == "vision" else text
    found = _PARTS.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{expression!r} is no must-have; expected one such as hipaa_baa or context>=200000."
        )
    kind = _kind(found["name"].lower())
    sign, limit = found["sign"] or "", found["limit"] or ""
    if kind in ATTRIBUTE and ATTRIBUTE[kind].kind == "yes/no":
        if sign:
            raise ValueError(f"{kind} is a yes or no: expected {kind} alone, or {kind}+by_approval.")
        return Gate(kind, counts=_conditions(found["counts"]))
    form = _form(kind)
    if form is None:
        raise ValueError(f"{kind} is told in words, which cannot be a must-have.")
    read = form.read(limit.strip()) if _SIGNS.get(sign, sign) == form.sign else None
    if read is None:
        raise ValueError(f"Expected {form.example} in place of {expression!r}.")
    return Gate(kind, read)


def written(gate: Gate) -> str:
    """The expression that `parse` reads as this gate."""
    form = _form(gate.kind)
    if form is None or gate.limit is None:
        return "+".join([gate.kind, *sorted(gate.counts)])
    return f"{gate.kind}{form.sign}{form.write(gate.limit)}"


def in_words(gate: Gate) -> str:
    """The gate as a badge says it: `HIPAA BAA`, `p95 ≤ 5 s`."""
    form = _form(gate.kind)
    if form is not None and gate.limit is not None:
        return form.say(gate.limit)
    attribute = ATTRIBUTE.get(gate.kind)
    name = _INSTEAD.get(gate.kind) or (attribute.name if attribute else gate.kind)
    conditions = " or ".join(CONDITIONS.get(one, one) for one in sorted(gate.counts))
    return f"{name}, also {conditions}" if conditions else name


def sign_of(kind: str) -> str | None:
    """What stands between a kind and its limit; `None` where it has none, as a plain yes."""
    form = _form(kind)
    return form.sign if form else None


def _kind(name: str) -> str:
    kind = ALIASES.get(name, name)
    if kind in ATTRIBUTE or kind in GATE_KINDS:
        return kind
    raise ValueError(
        f"No must-have is called {name!r}.{_nearest(name, [*ATTRIBUTE, *GATE_KINDS, *ALIASES], _SUCH)}"
    )


def _conditions(text: str) -> frozenset[str]:
    names = [name.lower() for name in text.split("+") if name]
    for name in names:
        if name not in CONDITIONS:
            raise ValueError(f"No condition is called {name!r}.{_nearest(name, list(CONDITIONS), _COUNTING)}")
    return frozenset(names)


def _nearest(name: str, known: list[str], such: str) -> str:
    """What comes nearest, else a few that there are."""
    found = get_close_matches(name, known, n=1, cutoff=0.5)
    return f" Did you mean {found[0]}?" if found else f" Such are {such}."


def _form(kind: str) -> _Form | None:
    """How a kind with a limit is written; `None` for a plain yes, and for what is told in words."""
    attribute = ATTRIBUTE.get(kind)
    if attribute is None:
        return _FORMS.get(kind)
    return _of_number(attribute) if attribute.kind in NUMBERS else None


def _of_number(attribute: Attribute) -> _Form:
    unit = "%" if attribute.kind == "percent" else attribute.kind
    sign = "<=" if attribute.id in AT_MOST else ">="
    shown = "≤" if attribute.id in AT_MOST else "≥"
    return _Form(
        sign,
        f"{attribute.id}{sign}30",
        lambda text: _number(text.removesuffix(unit).strip()),
        str,
        lambda limit: f"{attribute.name} {shown} {limit} {unit}",
    )


def _number(text: str) -> str | None:
    """A number without what is only for the eye; `None` where it is none."""
    plain = re.sub(r"(?<=\d)[,_](?=\d{3}(?!\d))", "", text)
    return plain_number(Decimal(plain)) if _NUMBER.fullmatch(plain) else None


def plain_number(number: Decimal) -> str:
    """A number's digits without an exponent and without zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(text: str) -> str | None:
    number = _number(text)
    return None if number is None or "." in number else number


def _milliseconds(text: str) -> str | None:
    for unit, factor in (("ms", 1), ("s", 1000)):
        if text.endswith(unit):
            number = _number(text.removesuffix(unit).strip())
            return number and plain_number(Decimal(number) * factor)
    return None


def _share(text: str) -> str | None:
    number = _number(text.removesuffix("%").strip())
    if number is None:
        return None
    share = Decimal(number) / (100 if text.endswith("%") else 1)
    return plain_number(share) if share <= 1 else None


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _duration(limit: str, gap: str = "") -> str:
    number = Decimal(limit)
    in_seconds = number >= 1000
    return f"{plain_number(number / 1000 if in_seconds else number)}{gap}{'s' if in_seconds else 'ms'}"


def _phrase(words: str, form: Callable[[str], str] = str) -> Callable[[str], str]:
    return lambda limit: words.format(form(limit))


def _thousands(limit: str) -> str:
    return f"{Decimal(limit):,f}"


_TAKES = {"image": "images", "document": "documents"}
_FORMS: Mapping[str, _Form] = {
    "context": _Form(">=", "context>=200000", _whole, str, _phrase("Context ≥ {} tokens", _thousands)),
    "takes": _Form(
        ":",
        f"takes: and one of {', '.join(MODALITIES)}",
        lambda text: text.lower() if text.lower() in MODALITIES else None,
        str,
        _phrase("Takes {}", lambda limit: _TAKES.get(limit, limit)),
    ),
    "p95": _Form(
        "<=",
        "p95<=5s or p95<=800ms",
        _milliseconds,
        _duration,
        _phrase("p95 ≤ {}", lambda x: _duration(x, " ")),
    ),
    "ttft_p95": _Form(
        "<=",
        "ttft_p95<=2s or ttft_p95<=800ms",
        _milliseconds,
        _duration,
        _phrase("First token p95 ≤ {}", lambda x: _duration(x, " ")),
    ),
    "quality": _Form(
        ">=",
        "quality>=0.8 or quality>=80%",
        _share,
        str,
        _phrase("Quality ≥ {} %", lambda limit: plain_number(Decimal(limit) * 100)),
    ),
    "cost": _Form(
        "<=",
        "cost<=50000 (US dollars a year)",
        lambda text: _number(text.removeprefix("$")),
        str,
        _phrase("Cost ≤ ${} a year", _thousands),
    ),
    "retires": _Form(">", "retires>2027-06-30", _day, str, _phrase("There after {}")),
    "maker": _Form("!=", "maker!=OpenAI", lambda text: text or None, str, _phrase("Not from {}")),
    "region": _Form(
        ":", "region:eu", lambda text: text.lower() or None, str, _phrase("Configured in region {}")
    ),
}
