"""The short way through a table of right texts says what the schema's validator says."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from broker.config_schema import OFFER, PROVIDER, offer_schema, only_right_texts, provider_schema
from broker.providers import DIALECTS
from broker.types import Provider

RIGHT = ["http://127.0.0.1:8000/v1", "ACME_KEY", "bearer", "on", "v1", "/models", "https://a", *DIALECTS]
VALUES = st.one_of(
    st.sampled_from(RIGHT), st.text(), st.integers(), st.none(), st.lists(st.text(), max_size=1)
)
KEYS = st.sampled_from([*PROVIDER, *OFFER, "deployment", "typo"])
TABLES = st.dictionaries(KEYS, VALUES, max_size=5)
SCHEMAS = [
    provider_schema(None, ["deployment"]),
    provider_schema(Provider("acme", "Acme", "openai", "http://a", identity="entra"), []),
    provider_schema(Provider("local", "Local", "openai", "local:"), []),
    offer_schema(["deployment"]),
]


@given(TABLES, st.sampled_from(SCHEMAS))
@example({"dialect": "openai", "base_url": "http://127.0.0.1:8000/v1"}, SCHEMAS[0])
@example({"dialect": "openai", "base_url": "http://a b"}, SCHEMAS[0])
@example({"dialect": "opnai", "base_url": "http://a"}, SCHEMAS[0])
@example({"dialect": "openai"}, SCHEMAS[0])
@example({"base_url": "http://a", "typo": "x"}, SCHEMAS[1])
@example({"scope": "https://a"}, SCHEMAS[1])
@example({"name": "Mine", "max_concurrency": 4}, SCHEMAS[2])
@example({"provider": "acme", "model": "large", "deployment": "mine"}, SCHEMAS[3])
@example({"provider": "acme", "model": "a b"}, SCHEMAS[3])
def test_only_right_tables_go_the_short_way(table: dict[str, Any], schema: dict[str, Any]) -> None:
    right = not any(Draft202012Validator(schema).iter_errors(table))
    texts = all(isinstance(value, str) for value in table.values())
    assert only_right_texts(table, schema) == (right and texts)


def test_what_is_no_table_goes_the_long_way() -> None:
    assert not any(only_right_texts(value, SCHEMAS[1]) for value in ("text", None, ["a"], 1))
