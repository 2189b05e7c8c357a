"""What the columns of a table seem to mean: by their names, else by what stands in them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from broker.suites.importers.report import ColumnMapping, Row
from broker.suites.importers.values import number, text

# Plain names (`plain`) in the order of preference: English, German, French, Spanish.
_INPUT = (
    "input", "question", "prompt", "query", "messages", "userinput", "instruction", "request",
    "frage", "anfrage", "aufgabe", "eingabe", "demande", "consigne", "pregunta", "consulta", "solicitud",
    "text", "task", "texte", "texto",
)  # fmt: skip
_ASKING = ("question", "frage", "pregunta")  # also as the end of a longer name: Kundenfrage
_TARGETS = (
    "target", "targets", "expected", "expectedoutput", "expectedanswer", "expectedresult", "ideal",
    "reference", "referenceanswer", "referenceresponse", "groundtruth", "gold", "goldanswer", "label",
    "correct", "correctanswer", "rightanswer", "expectedresponse",
    "erwartet", "erwarteteantwort", "erwartetesergebnis", "erwarteteausgabe", "richtigeantwort",
    "korrekteantwort", "musterantwort", "sollantwort", "referenzantwort", "musterlosung", "musterloesung",
    "attendu", "reponseattendue", "resultatattendu", "bonnereponse", "reponsecorrecte",
    "esperado", "respuestaesperada", "resultadoesperado", "respuestacorrecta",
    "answer", "antwort", "reponse", "respuesta", "losung", "loesung", "expectedlabel", "correctlabel",
)  # fmt: skip
_CHOICES = re.compile(r"(?:option|choice|answer)?([a-j])|(?:option|choice)([0-9]+)")
_LISTED_CHOICES = {"choices", "options"}
_TAGS = {
    "tag", "tags", "category", "categories", "topic", "difficulty", "language",
    "thema", "themen", "kategorie", "kategorien", "schwierigkeit", "sprache",
    "theme", "categorie", "sujet", "difficulte", "langue", "tema", "categoria", "dificultad", "idioma",
}  # fmt: skip
_CLUSTER = (
    "cluster", "document", "documentid", "docid", "doc", "sourcedocument", "page", "group",
    "dokument", "documento",
)  # fmt: skip
_ID = ("id", "sampleid", "caseid", "testid", "questionid", "key", "nr", "lfdnr", "nummer", "numero")
_IMAGES = {"image", "images", "picture", "photo"}
_LOOKED_AT = 200


def propose(columns: Sequence[str], rows: Sequence[Row] = ()) -> ColumnMapping:
    """A mapping by the columns' names; where none is known to ask, by the rows which one does.

    Without rows that is the first column.
    """
    names = {column: plain(column) for column in columns}
    left = list(columns)

    def take(*known: str) -> str | None:
        found = next((column for name in known for column in left if names[column] == name), None)
        if found is not None:
            left.remove(found)
        return found

    def take_all(known: set[str]) -> tuple[str, ...]:
        return tuple(column for column in [take(names[c]) for c in columns if names[c] in known] if column)

    case, cluster = take(*_ID), take(*_CLUSTER)
    chosen = take(*_INPUT) or take(*(name for name in names.values() if name.endswith(_ASKING)))
    targets = (column,) if (column := take(*_TARGETS)) else ()
    tags, images = take_all(_TAGS), take_all(_IMAGES)
    choices = take_all(_LISTED_CHOICES) or _choices(names, left)
    left = [column for column in left if column not in choices]
    if chosen is None:
        chosen = _likeliest(left, rows) or next(iter(columns), "")
        left = [column for column in left if column != chosen]
        choices = tuple(column for column in choices if column != chosen)
    return ColumnMapping(chosen, targets, choices, tags, cluster, case, images, tuple(left))


def asks(columns: Sequence[str]) -> bool:
    """Whether a column's name says that it is what is asked."""
    return any((name := plain(column)) in _INPUT or name.endswith(_ASKING) for column in columns)


def plain(column: str) -> str:
    """The name without case, accents, blanks and punctuation."""
    letters = unicodedata.normalize("NFKD", column)
    return re.sub(r"[\W_]+", "", "".join(c for c in letters if not unicodedata.combining(c))).lower()


def _choices(names: Mapping[str, str], left: Sequence[str]) -> tuple[str, ...]:
    """Columns A, B, C … or option1, option2 …; a single one is no choice."""
    found = tuple(column for column in left if _CHOICES.fullmatch(names[column]))
    return found if len(found) > 1 else ()


def _likeliest(columns: Sequence[str], rows: Sequence[Row]) -> str | None:
    """The column that seems to ask: mostly questions, else the longest different texts."""
    seen = {column: [row.values.get(column) for row in rows[:_LOOKED_AT]] for column in columns}
    return max(columns, key=lambda column: _asking(seen[column]), default=None)


def _asking(cells: Sequence[Any]) -> tuple[bool, int]:
    different = {said for cell in cells if number(cell) is None and (said := text(cell).strip())}
    marked = sum(said.endswith(("?", "\uff1f")) for said in different)
    return marked * 2 > len(different), sum(map(len, different))
