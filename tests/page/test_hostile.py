"""Whatever names, facts, notes and addresses say stays text on every page, and breaks none."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from broker.config import load
from db.session import open_database
from tests import hostile
from tests.hostile import LONG, WORDS

# Fields that the browser reads as markdown.
_MARKDOWN = {
    **dict.fromkeys(("alert", "markdown", "heading", "toast"), ("body", "help", "title")),
    "metric": ("label", "body", "delta", "help", "delta_description"),
    "expandable": ("label",),
    "popover": ("label", "help"),
    "tab": ("label",),
    "dialog": ("title",),
    "progress": ("text",),
    "spinner": ("text",),
    "radio": ("label", "help", "options", "captions"),
}
_LABELLED = ("label", "help")
_RAW = {
    "an image or a link": re.compile(r"(?<!\\)\]\((?!/[\w?])"),
    "HTML": re.compile(r"(?<!\\)<(?=img|b>|script)"),
    "a formula": re.compile(r"(?<!\\)\$[^$]*(?<!\\)\$", re.DOTALL),
    "an icon": re.compile(r"(?<!\\):material/home:"),
    "colour": re.compile(r"(?<!\\):red\[red"),
    "code": re.compile(r"(?<!\\)`code"),
}
_OURS = re.compile(r"\[[^\]]*?(?<!\\)\]\(https?://[^\s()]+\)")  # a link of ours: nothing in it ends it


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A configuration and a database full of such words."""
    place = tmp_path_factory.mktemp("hostile")
    (place / "broker.toml").write_text(hostile.toml(), encoding="utf-8")
    database = open_database(f"sqlite:///{place / 'broker.db'}")
    run_id = hostile.fill(database, load(place / "broker.toml"))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()
    (place / "run").write_text(run_id)
    return place


@pytest.fixture
def show(folder, tmp_path, monkeypatch, open_page):
    """`show("offer.py", id="x")` is a page of that installation."""
    shutil.copy(folder / "broker.db", tmp_path)

    monkeypatch.setenv("BROKER_CONFIG", str(folder / "broker.toml"))
    page = open_page("overview.py")

    def go(name: str, **address: str | list[str]) -> AppTest:
        page.query_params.clear()
        page.query_params.update(address)
        return page.switch_page(name).run()

    return go


def faults(page: AppTest) -> list[str]:
    """What is markup on the page that should be text, and what went wrong."""
    found = [f"{one.message} {one.stack_trace}" for one in page.exception]
    for kind, text in texts(page):
        bare = _OURS.sub("", text)
        found += [
            f"{kind}: {what} in {bare[max(0, at.start() - 60) : at.end() + 60]!r}"
            for what, pattern in _RAW.items()
            if (at := pattern.search(bare))
        ]
    return list(dict.fromkeys(found))


def texts(page: AppTest) -> Iterator[tuple[str, str]]:
    """Every text that the browser reads as markdown, with the kind of its element."""
    for node in _nodes(page._tree):
        proto = getattr(node, "proto", None)
        if not isinstance(proto, Message):
            continue
        kind = _kind(proto)
        for name in _MARKDOWN.get(kind, _LABELLED):
            if name in proto.DESCRIPTOR.fields_by_name:
                value: Any = getattr(proto, name)
                yield from ((kind, text) for text in ([value] if isinstance(value, str) else value))
        if kind == "button_group":
            yield from ((kind, option.content) for option in proto.options)
        if kind == "table":
            frame = node.value
            yield from ((kind, str(cell)) for cell in [*frame.columns, *frame.to_numpy().ravel()])


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from _nodes(child)


def _kind(proto: Message) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", proto.DESCRIPTOR.name).lower()


NAME = hostile.suite_name()
SEEN = {"suite": [NAME], "workload": NAME, "offer": list(hostile.OFFERS)}
GATES = {"gate": ["hipaa_baa", f"maker!={WORDS}", f"region:{WORDS}"]}
FULL = [  # pages that show such words from the database
    ("overview.py", {}),
    ("dependence.py", {"period": "All"}),
    ("offer.py", {"id": hostile.OFFERS[0]}),
    ("facts.py", {"platform": "two", "attribute": "contract_entity"}),
    ("facts.py", {"view": "attribute", "attribute": "licence"}),
    ("terms.py", {}),
    ("terms.py", {"part": "Contract terms"}),
    *(("compare.py", {**SEEN, "view": view}) for view in ("shortlist", "tasks", "stability")),
]
ASKED = [  # addresses that ask for such words
    ("dependence.py", {"period": WORDS, "fails": LONG, "declared": WORDS}),
    ("offer.py", {"id": WORDS}),
    ("offer.py", {"id": f"{LONG}\0"}),
    ("facts.py", {"platform": WORDS, "attribute": WORDS, "view": WORDS, "show": WORDS, "groups": [WORDS]}),
    ("terms.py", {"part": LONG, "term": WORDS, "workload": WORDS}),
    ("run.py", {"id": f"{WORDS}\0"}),
    ("compare.py", {name: [WORDS, LONG, f"{WORDS}:3"] for name in ("suite", "maker", "platform", "offer")}),
    ("compare.py", dict.fromkeys(("workload", "margin", "scope", "search", "view", "saved", "gate"), WORDS)),
    ("compare.py", {"margin": "nan", "quality": "1e9", "search": LONG, "gate": "context>=1e99999999"}),
]


def test_words_from_elsewhere_are_text_on_every_page(show, folder):
    run = ("run.py", {"id": (folder / "run").read_text()})
    for name, address in (*FULL, run):
        page = show(name, **address)
        assert faults(page) == [], name
        assert any("evil" in text for _, text in texts(page)), name


def test_an_address_that_asks_for_anything_breaks_no_page(show):
    for name, address in ASKED:
        page = show(name, **address)
        assert faults(page) == [], (name, address)
        assert len(list(texts(page))) > 1


@pytest.mark.parametrize(("view", "more"), [("cost", {}), ("gates", GATES)])
def test_words_are_text_in_views_of_a_comparison(show, view, more):
    assert faults(show("compare.py", **SEEN, **more, view=view)) == []
