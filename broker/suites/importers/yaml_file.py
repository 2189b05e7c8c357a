"""YAML as promptfoo reads it (YAML 1.2), without tags, and bounded before anything is built from it."""

import re
from collections.abc import Iterator
from typing import Any, cast

from broker.suites.importers.json_file import of_value
from broker.suites.importers.report import MAX_DEPTH, MAX_NODES, ImportRefused, Source

_MAX_LENGTH = 5_000_000
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_TAG + kind for kind in ("str", "int", "float", "bool", "null", "map", "seq")}
_PLAIN = (
    ("bool", "true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", "[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?", [*"-+.0123456789"]),
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", "<<", ["<"]),
)


def read_yaml(name: str, content: str) -> Source:
    """A YAML document; raises `ImportRefused`."""
    return of_value(name, "yaml", parse(name, content))


def parse(name: str, content: str) -> Any:
    """Plain data; aliases may not unfold to more than five million values."""
    import yaml

    untyped: Any = yaml  # its functions for events and nodes have no types
    if len(content) > _MAX_LENGTH:
        raise ImportRefused(f"{name}: YAML of more than {_MAX_LENGTH:,} characters.")
    try:
        # The depth comes first: building nodes recurses in C, where Python's own limit does not reach.
        _check_events(name, untyped.parse(content, yaml.CSafeLoader))
        node = untyped.compose(content, yaml.CSafeLoader)
        if node is not None and _unfolded(node, {}) > MAX_NODES:
            raise ImportRefused(f"{name}: its aliases unfold to more than {MAX_NODES:,} values.")
        _check_keys(name, node)
        return _loader()(content).get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", row {min(mark.line, content.rstrip().count(chr(10))) + 1}" if mark else ""
        raise ImportRefused(f"{name}{place}: no plain YAML: {error.problem}.") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ImportRefused(f"{name}: no plain YAML: {error}.") from None


def _check_events(name: str, events: Iterator[Any]) -> None:
    """Refuse what is nested too deep, and tags that make anything but plain data (dates, bytes, sets)."""
    import yaml

    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        row = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise ImportRefused(f"{name}, row {row}: nested deeper than {MAX_DEPTH} levels.")
        tag: str | None = getattr(event, "tag", None)
        if tag and tag not in _PLAIN_TAGS:
            told = tag.replace(_TAG, "!!")[:60]
            raise ImportRefused(f"{name}, row {row}: no plain YAML: the tag {told} is not read.")


def _check_keys(name: str, root: Any) -> None:
    """Refuse a mapping in which a key stands twice."""
    import yaml

    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        waiting += _parts(node.value)
        keys = [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        known = set[str]()
        for key in keys:
            if isinstance(key, yaml.ScalarNode) and key.value in known:
                row = key.start_mark.line + 1
                raise ImportRefused(f"{name}, row {row}: the key {key.value[:60]!r} stands twice.")
            known.add(str(key.value))


def _unfolded(node: Any, known: dict[int, int]) -> int:
    """How many values a node stands for once its aliases are followed; past the limit for a circle."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = MAX_NODES + 1  # what a node inside this one reads that points back to it
    known[id(node)] = 1 + sum(_unfolded(part, known) for part in _parts(node.value))
    return known[id(node)]


def _parts(value: Any) -> list[Any]:
    """The nodes inside a node: of a list, or keys and values of a mapping."""
    entries = cast("list[Any]", value) if isinstance(value, list) else []
    pairs = (cast("tuple[Any, ...]", e if isinstance(e, tuple) else (e,)) for e in entries)
    return [part for pair in pairs for part in pair]


def _loader() -> type[Any]:
    """A safe loader whose plain words mean what they mean in YAML 1.2: `yes` and `12:30` are texts."""
    import yaml

    loader = cast("type[Any]", type("Loader", (yaml.CSafeLoader,), {"yaml_implicit_resolvers": {}}))
    for tag, pattern, first in _PLAIN:
        loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)
    return loader
