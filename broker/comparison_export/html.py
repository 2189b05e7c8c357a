"""Pieces of a page: every text that goes into one is escaped here, and nowhere else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that may stand in a page as it is."""

    text: str


def tag(name: str, *children: "str | Html", **attributes: str) -> Html:
    """An element; texts among its children and attributes are escaped. `aria_label` is `aria-label`."""
    named = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value}
    told = "".join(f' {key}="{escape(value)}"' for key, value in named.items())
    return Html(f"<{name}{told}>{''.join(map(_inside, children))}</{name}>")


def joined(pieces: Iterable["str | Html"]) -> Html:
    """Pieces one after the other."""
    return Html("".join(map(_inside, pieces)))


def table(header: Sequence[str], rows: Iterable[Sequence["str | Html"]], numbers: Sequence[int] = ()) -> Html:
    """A table whose header is repeated on every printed page; columns `numbers` stand on the right."""
    styles = ["number" if i in numbers else "" for i in range(len(header))]
    cells = (tag("th", name, class_=style, scope="col") for name, style in zip(header, styles, strict=True))
    head = tag("thead", tag("tr", *cells))
    body = tag("tbody", *(tag("tr", *_cells(row, styles)) for row in rows))
    return tag("table", head, body)


def listed(items: Iterable["str | Html"]) -> Html:
    """A list with dots; nothing where it is empty."""
    found = [tag("li", item) for item in items]
    return tag("ul", *found) if found else Html("")


def _cells(row: Sequence["str | Html"], styles: Sequence[str]) -> Iterable[Html]:
    return (tag("td", cell, class_=style) for cell, style in zip(row, styles, strict=True))


def _inside(piece: "str | Html") -> str:
    return piece.text if isinstance(piece, Html) else escape(piece)
