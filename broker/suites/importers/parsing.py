"""Bytes as records or a document: which kind of file it is, by its first bytes and then by its name."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from broker.suites.importers.decode import decode
from broker.suites.importers.json_file import read_json
from broker.suites.importers.report import MAX_BYTES, ImportRefused, Source
from broker.suites.importers.table_file import read_csv
from broker.suites.importers.values import table
from broker.suites.importers.xlsx_file import read_xlsx
from broker.suites.importers.yaml_file import read_yaml

_BINARY: Mapping[bytes, str] = {
    b"\xd0\xcf\x11\xe0": "an old or encrypted Excel file; save it as .xlsx without a password",
    b"\x1f\x8b": "a compressed file; unpack it first",
    b"PAR1": "a Parquet file; save it as CSV or JSON Lines",
    b"%PDF": "a PDF",
}
_WORKBOOK = b"PK\x03\x04"
_YAML_KEYS = re.compile(r"(?m)^(?:prompts|tests|defaultTest|providers|testing_criteria|choice_strings)\s*:")


def parse(name: str, data: bytes, sheet: str | None = None) -> Source:
    """The file after parsing; raises `ImportRefused` for one that is too large or of no known kind.

    Of a workbook, that `sheet` is read, else the first of two rows or more.
    """
    if len(data) > MAX_BYTES:
        raise ImportRefused(f"{name}: {len(data) / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read.")
    for mark, what in _BINARY.items():
        if data.startswith(mark):
            raise ImportRefused(f"{name}: this is {what}.")
    if data.startswith(_WORKBOOK):
        return read_xlsx(name, data, sheet)
    content, notes = decode(name, data)
    if not content.strip():
        raise ImportRefused(f"{name}: the file is empty.")
    source = _text(name, content)
    return replace(source, problems=(*notes, *source.problems))


def sheets(name: str, data: bytes) -> tuple[str, ...]:
    """The sheets of a workbook that may be read, none of any other file; raises `ImportRefused`."""
    return parse(name, data).sheets if data.startswith(_WORKBOOK) else ()


def parse_graders(name: str, data: bytes) -> Mapping[str, Any]:
    """A second file, in YAML or JSON, as an object; raises `ImportRefused`."""
    content, _ = decode(name, data)
    source = _text(name, content) if content.lstrip()[:1] in {"{", "["} else read_yaml(name, content)
    if not table(source.document):
        raise ImportRefused(f"{name}: expected an object that says how answers are judged.")
    return table(source.document)


def _text(name: str, content: str) -> Source:
    start = content.lstrip()[:1]
    if name.lower().endswith((".yaml", ".yml")):
        return read_yaml(name, content)
    if start == "{" or (start == "[" and not name.lower().endswith((".csv", ".tsv"))):
        return read_json(name, content)
    if not name.lower().endswith((".csv", ".tsv")) and _YAML_KEYS.search(content):
        return read_yaml(name, content)
    return read_csv(name, content)
