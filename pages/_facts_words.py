"""How a fact reads on a page: badge, source, dates. Every word of it comes from outside and is escaped."""

from datetime import date
from urllib.parse import quote, urlsplit

import streamlit as st

from broker.assurance import Fact, last_day
from broker.assurance.values import in_words
from pages import _format as fmt
from pages import _ui as ui
from pages._facts_rows import STATES, Line, State

_KINDS = {"official_doc": "official page", "repo": "vendor's repository", "third_party": "third party"}
_IN_AN_ADDRESS = ":/?#[]@!&'*+,;=%"  # what may stay as it is: nothing that ends a link in markdown


_LEGEND = """
- :green-badge[:material/check: Satisfied] the answer that a buyer wants, plainly.
  :blue-badge[:material/rule: Under a condition] the same, but it hangs on something, such as approval.
- :red-badge[:material/close: Not satisfied] the other answer. :gray-badge[:material/notes: Told] a number or
  words: whether they are good enough depends on what you need.
- :orange-badge[:material/warning: Amber] what is told cannot be relied on: it has expired, confidence in it
  is low, or sources disagree. It never lets an offer pass a must-have.
- :gray-badge[:material/search_off: No evidence] somebody looked and found nothing public.
  :gray-badge[:material/question_mark: Unknown] nothing is told, or it is neither yes nor no.
- **Confidence** is high for the vendor's own page or several that agree, medium for one dated third party or
  an official page that leaves something open, low for what is undated, old or contradicted.
- A cloud's attestations are the cloud's, not those of the makers whose models it serves. A fact with a
  maker's name beside it is true of that maker's models only. EU processing says what an account can be set
  up for, not how yours is.
- This is research, not legal advice: before a decision, check each value against the contract for the
  product, region, tier and model in question. Part of the evidence comes from
  [AI Provider Trust Registry](https://aiprovidertrust.com).
"""


def draw_legend() -> None:
    """What the badges mean, and how far the facts go."""
    with st.expander("How to read these facts", icon=":material/help:"):
        st.markdown(_LEGEND)


def badge(state: State) -> str:
    """What a line comes to, as a badge."""
    words, colour, icon = STATES[state]
    return f":{colour}-badge[:material/{icon}: {words}]"


def value(fact: Fact, length: int | None = None) -> str:
    """The value in words; cut where a length is given."""
    words = in_words(fact)
    return plain(fmt.short(words, length) if length else words)


def plain(text: str) -> str:
    """Text from outside on one line, without a meaning in markdown."""
    return fmt.no_formula(ui.plain(" ".join(text.split())))


def day(when: date | None) -> str:
    """`5 Aug 2026`."""
    return f"{when.day} {when:%b %Y}" if when else fmt.UNKNOWN


def source(fact: Fact) -> str:
    """A link to the source that says whose page it opens."""
    kind = _KINDS.get(fact.source_kind or "", "source")
    led = link(fact.source_url)
    return f"{led}, {kind}" if led else "no source given"


def link(address: str | None, name: str = "") -> str:
    """A link to a web address under a name, else under its host; empty for what is no web address."""
    host = _host(address or "")
    return f"[{plain(name or host)}]({quote(address or '', safe=_IN_AN_ADDRESS)})" if host else ""


def dated(fact: Fact) -> str:
    """The date of the source."""
    return f"dated {day(fact.as_of)}" if fact.as_of else "undated"


def trust(fact: Fact) -> str:
    """How far to trust it: confidence, who checked it, until when it counts."""
    if fact.origin == "shipped":
        checked = "shipped"
    elif fact.checked_by or fact.checked_on:
        by = f" by {plain(fact.checked_by)}" if fact.checked_by else ""
        checked = f"checked{by}{f' on {day(fact.checked_on)}' if fact.checked_on else ''}"
    else:
        checked = "from staff"
    return f"{fact.confidence} confidence · {checked} · until {day(last_day(fact))}"


def subject(line: Line, name: str) -> str:
    """What a line is about: a name, and the scope where it is not the whole platform."""
    return f"**{plain(name)}**" + (f" :gray-badge[{plain(line.scope)}]" if line.scope else "")


def _host(address: str) -> str:
    """The host of a web address; empty for anything else."""
    try:
        parts = urlsplit(address)
        return parts.hostname or "" if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""
