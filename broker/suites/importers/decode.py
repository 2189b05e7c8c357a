"""Bytes as text: which encoding a file is in."""

import codecs

from broker.suites.importers.report import ImportRefused, Problem

_HEAD = 4096  # bytes that show how the file is written
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark starts with the same bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(name: str, data: bytes) -> tuple[str, tuple[Problem, ...]]:
    """The text and, where its encoding was guessed, a word on it; raises `ImportRefused`."""
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    encoding = marked or _unmarked(data)
    notes = (
        ()
        if marked or not encoding
        else (Problem(None, "", f"its encoding has no mark: read as {encoding}"),)
    )
    try:
        return data.decode(encoding or "utf-8"), notes
    except UnicodeDecodeError as error:
        if encoding:
            why = "its mark says" if marked else "its first bytes look like"
            raise ImportRefused(f"{name}: byte {error.start} is not {encoding}, which {why}.") from None
    if b"\x00" in data:
        raise ImportRefused(f"{name}: this is no text file; expected CSV, XLSX, JSON, JSON Lines or YAML.")
    message = "not UTF-8: read as Windows-1252; check letters with accents"
    try:
        return data.decode("cp1252"), (Problem(None, "", message),)
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{name}: byte {error.start} is neither UTF-8 nor Windows-1252.") from None


def _unmarked(data: bytes) -> str | None:
    """UTF-16 where every other byte of the beginning is NUL, as it is for letters of European languages."""
    head = data[:_HEAD]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 <= len(head) or min(even, odd):
        return None
    return "utf-16-le" if odd else "utf-16-be"
