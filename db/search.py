"""Case-insensitive "contains" for every alphabet, on both engines, at the speed of their own operators."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, SQLColumnExpression, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from db.base import clean


class _Contains(FunctionElement[bool]):
    """column, LIKE pattern, coarse LIKE pattern, GLOB pattern."""

    name = "contains"
    inherit_cache = True
    type = Boolean()


def contains(column: SQLColumnExpression[Any], words: str) -> ColumnElement[bool]:
    """True where `column` holds `words` as they stand, whatever their case; NULL where it is NULL."""
    words = clean(words)
    return _Contains(column, literal(_like(words)), literal(_coarse(words)), literal(_glob(words)))


@compiles(_Contains)
def _ilike(element: _Contains, compiler: Any, **kw: Any) -> str:
    column, like, _, _ = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} ILIKE {like} ESCAPE '/'"


@compiles(_Contains, "sqlite")
def _like_and_glob(element: _Contains, compiler: Any, **kw: Any) -> str:
    # SQLite's LIKE ignores the case of ASCII letters alone. GLOB knows character classes but is twenty
    # times slower, so LIKE, with any character in place of the other letters, sifts first.
    column, _, coarse, glob = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} LIKE {coarse} ESCAPE '/' AND {column} GLOB {glob})"


def _like(words: str) -> str:
    for special in "/%_":
        words = words.replace(special, f"/{special}")
    return f"%{words}%"


def _coarse(words: str) -> str:
    return "%" + "".join("_" if _folds(char) else _like(char)[1:-1] for char in words) + "%"


def _glob(words: str) -> str:
    if not any(_folds(char) for char in words):
        return "*"
    return "*" + "".join(_glob_class(char) for char in words) + "*"


def _glob_class(char: str) -> str:
    if char in "*?[":
        return f"[{char}]"
    variants = {char, char.lower(), char.upper()}
    return f"[{''.join(sorted(v for v in variants if len(v) == 1))}]" if len(variants) > 1 else char


def _folds(char: str) -> bool:
    """True for a letter beyond ASCII that has another case."""
    return not char.isascii() and char.lower() != char.upper()
