"""Suites in the database: every content is a version of its name, and no version ever changes."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from broker.suites import Sample, ScorerSpec, Suite
from broker.types import Image, Message
from db import benchmark_queries as queries
from db import benchmarks as tables
from db.shapes import messages_json, messages_of, params_json, params_of

_SAMPLE, _SPEC = Sample("", ""), ScorerSpec("")


@dataclass(frozen=True, slots=True)
class File:
    """An upload as it came: its name and its bytes; `graders` came beside it, in a file of their own."""

    name: str
    data: bytes
    graders: "File | None" = None


def save_suite(session: Session, suite: Suite, user: str | None, file: File | None = None) -> tuple[str, int]:
    """Keep a suite with the file it was read from; returns the id and number of its version.

    A version with the same content is that version, and takes over the description where there is one;
    anything else becomes the next one of its name.
    Raises `ValueError` where it has no name, no samples, or two samples with one id.
    """
    _check(suite)
    definition, samples = _definition_json(suite), [sample_json(sample) for sample in suite.samples]
    content_hash = hashlib.sha256(json.dumps([definition, samples], sort_keys=True).encode()).hexdigest()
    same = queries.versions(suite.name).where(tables.Suite.content_hash == content_hash).limit(1)
    row = session.scalar(same)
    if row is not None:
        row.archived_at = None
        row.description = suite.description or row.description
        return row.id, row.version
    row = tables.Suite(
        name=suite.name,
        version=1 + (session.scalar(_last_version(suite.name)) or 0),
        content_hash=content_hash,
        user=user,
        description=suite.description,
        source=suite.source,
        file_sha256=keep_file(session, file) if file else None,
        graders_sha256=keep_file(session, file.graders) if file and file.graders else None,
        definition=definition,
        sample_count=len(samples),
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(tables.Sample),
        [_sample_row(row.id, i, *pair) for i, pair in enumerate(zip(suite.samples, samples, strict=True))],
    )
    return row.id, row.version


def describe(session: Session, suite_id: str, description: str) -> None:
    """Say otherwise what a version tests: no part of what is asked, so it makes no new one."""
    session.get_one(tables.Suite, suite_id).description = description


def load_suite(session: Session, suite_id: str) -> Suite:
    """A version of a suite as it was saved; raises `LookupError` where there is none of that id."""
    row = session.get(tables.Suite, suite_id)
    if row is None:
        raise LookupError(f"there is no suite {suite_id}")
    columns = (tables.Sample.content,)
    contents = session.scalars(queries.samples(suite_id).with_only_columns(*columns))
    return Suite(
        name=row.name,
        samples=tuple(sample_of(content) for content in contents),
        scorers=tuple(ScorerSpec(**spec) for spec in row.definition.get("scorers", ())),
        description=row.description,
        system=row.definition.get("system", ""),
        template=row.definition.get("template", ""),
        params=params_of(row.definition.get("params", {})),
        source=row.source,
    )


def find_suite(session: Session, name: str) -> tables.Suite | None:
    """The latest version of the suite of this name, or the version `name@3`, or the one with this id."""
    row = session.get(tables.Suite, name) or session.scalar(queries.versions(name).limit(1))
    stem, _, version = name.rpartition("@")
    if row is None and version.isdecimal():
        return session.scalar(queries.versions(stem).where(tables.Suite.version == int(version)))
    return row


def keep_file(session: Session, file: File) -> str:
    """Keep an upload, once, as it came; returns its key, the SHA-256 of its bytes in hex."""
    key = hashlib.sha256(file.data).hexdigest()
    if session.get(tables.SuiteFile, key) is None:
        session.add(tables.SuiteFile(sha256=key, name=file.name, data=file.data))
        session.flush()
    return key


def sample_json(sample: Sample) -> dict[str, Any]:
    """What is set of a sample, by name; pictures are kept inside, in base64."""
    known = _set_fields(sample, "input", "scorers")
    text = sample.input
    known["input"] = text if isinstance(text, str) else _turns_json(text)
    if sample.scorers:
        known["scorers"] = [_set_fields(spec) for spec in sample.scorers]
    return known


def sample_of(stored: Mapping[str, Any]) -> Sample:
    """The sample of a stored object."""
    known = dict(stored)
    text = known.pop("input")
    for name in ("targets", "choices", "tags"):
        known[name] = tuple(known.get(name, ()))
    known["scorers"] = tuple(ScorerSpec(**spec) for spec in known.get("scorers", ()))
    return Sample(input=text if isinstance(text, str) else _turns_of(text), **known)


def _check(suite: Suite) -> None:
    if not suite.name.strip():
        raise ValueError("A suite needs a name.")
    if not suite.samples:
        raise ValueError("A suite needs at least one sample.")
    keys = [sample.id for sample in suite.samples]
    twice = next((key for key in keys if keys.count(key) > 1), None) if len(set(keys)) < len(keys) else None
    if twice is not None:
        raise ValueError(f"Two samples have the id {twice!r}; each needs its own.")


def _definition_json(suite: Suite) -> dict[str, Any]:
    return {
        "system": suite.system,
        "template": suite.template,
        "params": params_json(suite.params),
        "scorers": [_set_fields(spec) for spec in suite.scorers],
    }


def _sample_row(suite_id: str, position: int, sample: Sample, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "suite_id": suite_id,
        "position": position,
        "key": sample.id,
        "cluster": sample.cluster,
        "tags": list(sample.tags),
        "content": content,
    }


def _set_fields(value: Sample | ScorerSpec, *left_out: str) -> dict[str, Any]:
    """The fields of a value that are not as by default, tuples as lists."""
    standing = _SAMPLE if isinstance(value, Sample) else _SPEC
    names = [field.name for field in fields(value) if field.name not in left_out]
    known: dict[str, Any] = {name: getattr(value, name) for name in names}
    return {
        name: list(cast("tuple[Any]", one)) if isinstance(one, tuple) else one
        for name, one in known.items()
        if one != getattr(standing, name)
    }


def _turns_json(turns: tuple[Message, ...]) -> list[dict[str, Any]]:
    stored = messages_json(turns)
    for turn, message in zip(stored, turns, strict=True):
        for image, kept in zip(message.images, turn.get("images", ()), strict=False):
            kept["data"] = b64encode(image.data).decode()
    return stored


def _turns_of(stored: list[Any]) -> tuple[Message, ...]:
    pictures = [image for turn in stored for image in turn.get("images", ())]
    found = {image["sha256"]: Image(image["media_type"], b64decode(image["data"])) for image in pictures}
    return messages_of(stored, found)


def _last_version(name: str) -> Any:
    return select(func.max(tables.Suite.version)).where(tables.Suite.name == name)
