"""Case-insensitive "contains" for every alphabet, on both engines, fast enough to read every answer.

Both engines compare ASCII letters of either case quickly and others slowly or not at all. So a first look
ignores the case of ASCII letters and takes any character for the others; what passes gets a close look.
"""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, SQLColumnExpression, case, false, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from db.base import clean


def contains(column: SQLColumnExpression[Any], words: str) -> ColumnElement[bool]:
    """True where `column` holds `words` as they stand, whatever their case; a NULL column holds nothing."""
    words = clean(words)
    first = _FirstLook(column, literal(_any_for_letters_beyond_ascii(words)))
    if not any(_folds(char) for char in words):
        return first
    # CASE, unlike AND, promises the order.
    return case(
        (first, _CloseLook(column, literal(f"%{_escaped(words)}%"), literal(_glob(words)))), else_=false()
    )


class _FirstLook(FunctionElement[bool]):
    """Column, LIKE pattern."""

    name = "first_look"
    inherit_cache = True
    type = Boolean()


class _CloseLook(FunctionElement[bool]):
    """Column, LIKE pattern, GLOB pattern."""

    name = "close_look"
    inherit_cache = True
    type = Boolean()


@compiles(_FirstLook, "sqlite")
def _like(element: _FirstLook, compiler: Any, **kw: Any) -> str:
    column, like = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} LIKE {like} ESCAPE '/'"


@compiles(_FirstLook)
def _ilike_ascii(element: _FirstLook, compiler: Any, **kw: Any) -> str:
    column, like = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} COLLATE \"C\" ILIKE {like} ESCAPE '/'"


@compiles(_CloseLook, "sqlite")
def _as_glob(element: _CloseLook, compiler: Any, **kw: Any) -> str:
    column, _, glob = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} GLOB {glob}"


@compiles(_CloseLook)
def _ilike(element: _CloseLook, compiler: Any, **kw: Any) -> str:
    column, like, _ = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} ILIKE {like} ESCAPE '/'"


def _any_for_letters_beyond_ascii(words: str) -> str:
    return "%" + "".join("_" if _folds(char) else _escaped(char) for char in words) + "%"


def _escaped(words: str) -> str:
    for special in "/%_":
        words = words.replace(special, f"/{special}")
    return words


def _glob(words: str) -> str:
    return "*" + "".join(_either_case(char) for char in words) + "*"


def _either_case(char: str) -> str:
    if char in "*?[":
        return f"[{char}]"
    cases = {v for v in (char, char.lower(), char.upper()) if len(v) == 1}
    return f"[{''.join(sorted(cases))}]" if len(cases) > 1 else char


def _folds(char: str) -> bool:
    """True for a letter beyond ASCII that has another case."""
    return not char.isascii() and char.lower() != char.upper()
