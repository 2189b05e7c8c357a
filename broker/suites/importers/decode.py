"""Bytes as text: which encoding a file is in."""

import codecs

from broker.suites.importers.report import ImportRefused, Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark starts with the same bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(name: str, data: bytes) -> tuple[str, tuple[Problem, ...]]:
    """The text and, where its encoding was guessed, a word on it; raises `ImportRefused`."""
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    try:
        return data.decode(encoding or "utf-8"), ()
    except UnicodeDecodeError as error:
        if encoding:
            raise ImportRefused(
                f"{name}: byte {error.start} is not {encoding}, which its mark says."
            ) from None
    if b"\x00" in data:
        raise ImportRefused(f"{name}: this is no text file; expected CSV, XLSX, JSON, JSON Lines or YAML.")
    message = "not UTF-8: read as Windows-1252; check letters with accents"
    try:
        return data.decode("cp1252"), (Problem(None, "", message),)
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{name}: byte {error.start} is neither UTF-8 nor Windows-1252.") from None
