"""What `broker.toml` may say, what it may not, and what the user is then told."""

import re
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from broker.config import Config, key_of, load, missing_key, settle, to_connect
from broker.config_schema import OFFER, PRICE, PROVIDER, SIGN_IN
from broker.config_tables import offer_of, offer_problems, provider_of, provider_problems
from broker.errors import ConfigError
from broker.providers import auth_headers, base_url, row_for
from broker.providers.registry import REGISTRY
from broker.types import Auth, Params, Provider, TokenPrice

SHIPPED = {row.id: row for row in REGISTRY}
DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"
EXAMPLE = """
[providers.openai]                 # override any shipped row
base_url = "http://127.0.0.1:4010/v1"
[providers.acme]                   # any endpoint that speaks a known dialect
name = "Acme inference"
dialect = "openai"
base_url = "http://127.0.0.1:8000/v1"
key_env = "ACME_API_KEY"           # absent: no auth header
[[offers]]
provider = "acme"
model = "acme-large"
maker = "Acme"
price = { input_mtok = "1.20", output_mtok = "4.80" }   # USD per million tokens; absent: unknown
"""
ACME = '[providers.acme]\ndialect = "openai"\nbase_url = "http://127.0.0.1:8000/v1"\n'


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, with nothing configured in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BROKER_CONFIG", raising=False)


def read(text: str) -> Config:
    Path("broker.toml").write_text(text, encoding="utf-8")
    return load()


def test_the_documented_example() -> None:
    config = read(EXAMPLE)
    assert config.problems == ()
    acme = config.providers["acme"]
    assert (acme.name, acme.dialect, acme.base_url) == (
        "Acme inference",
        "openai",
        "http://127.0.0.1:8000/v1",
    )
    assert missing_key(acme, {}) == "ACME_API_KEY"
    assert auth_headers(acme, key_of(acme, {"ACME_API_KEY": "k-1"})) == {"authorization": "Bearer k-1"}
    (offer,) = config.offers
    assert (offer.id, offer.wire_model, offer.maker) == ("acme/acme-large", "acme-large", "Acme")
    assert offer.price == TokenPrice(Decimal("1.20"), Decimal("4.80"), source="broker.toml")


def test_an_override_keeps_the_other_fields_of_the_row() -> None:
    config = read(EXAMPLE)
    openai, row = config.providers["openai"], SHIPPED["openai"]
    assert openai.base_url == "http://127.0.0.1:4010/v1"
    for field in set(Provider.__dataclass_fields__) - {"base_url"}:
        assert getattr(openai, field) == getattr(row, field), field
    assert {name: row for name, row in config.providers.items() if name not in {"openai", "acme"}} == {
        name: row for name, row in SHIPPED.items() if name != "openai"
    }


def test_every_key_of_a_provider_is_used() -> None:
    config = read(
        '[providers.gemini]\nname = "G"\ndialect = "openai"\nbase_url = "https://proxy.test/g"\n'
        'key_env = "G_KEY"\nprices = "openai"\nversion = "v2"\n'
    )
    gemini = config.providers["gemini"]
    assert config.problems == ()
    assert (gemini.name, gemini.dialect, gemini.base_url) == ("G", "openai", "https://proxy.test/g")
    assert (gemini.key_env, gemini.prices_id, gemini.settings) == (("G_KEY",), "openai", {"version": "v2"})
    assert auth_headers(gemini, "k") == {"authorization": "Bearer k"}


def test_the_account_s_values_and_the_wire_of_a_platform() -> None:
    config = read(
        '[providers.lab]\ndialect = "openai"\nbase_url = "https://{region}.lab.test/v1"\nregion = "eu"\n'
        'key_env = "LAB_KEY"\nauth = "api-key"\nmaker = "Lab"\nmodels_path = ""\nstream_options = "off"\n'
        'drops = ["seed", "images"]\ntakes = ["cache"]\nrenames = { reasoning_effort = "reasoning.effort" }\n'
        "max_concurrency = 2\nrequests_per_minute = 30\ntokens_per_minute = 4_000\n"
    )
    lab = config.providers["lab"]
    assert config.problems == ()
    assert base_url(settle(lab, {})) == "https://eu.lab.test/v1"
    assert auth_headers(lab, "k") == {"api-key": "k"}
    assert (lab.maker, lab.models_path, lab.settings["stream_options"]) == ("Lab", "", "off")
    assert (lab.drops, lab.takes) == ({"seed", "images"}, {"cache"})
    assert lab.renames == {"reasoning_effort": "reasoning.effort"}
    assert (lab.max_concurrency, lab.requests_per_minute, lab.tokens_per_minute) == (2, 30, 4_000)


def test_a_list_of_the_file_stands_in_place_of_the_row_s() -> None:
    assert SHIPPED["mistral"].drops
    assert read("[providers.mistral]\ndrops = []").providers["mistral"].drops == frozenset()


def test_a_dialect_that_is_named_is_that_of_every_call() -> None:
    assert SHIPPED["openai"].rules
    assert read('[providers.openai]\ndialect = "openai"').providers["openai"].rules == ()
    assert read('[providers.openai]\nname = "O"').providers["openai"].rules == SHIPPED["openai"].rules


def test_an_offer_has_a_region_and_a_version_of_its_own() -> None:
    config = read(
        '[providers.bedrock]\nregion = "eu-central-1"\n'
        '[[offers]]\nprovider = "bedrock"\nmodel = "m"\nregion = "us-east-1"\n'
        '[[offers]]\nprovider = "anthropic"\nmodel = "m"\nversion = "2026-10-21"\n'
    )
    assert config.problems == ()
    here, pinned = config.offers
    bedrock = settle(config.providers["bedrock"], {"AWS_REGION": "ap-south-1"})
    assert base_url(bedrock) == "https://bedrock-runtime.eu-central-1.amazonaws.com"
    assert base_url(row_for(bedrock, here)) == "https://bedrock-runtime.us-east-1.amazonaws.com"
    assert row_for(config.providers["anthropic"], pinned).settings["version"] == "2026-10-21"


def test_every_key_of_an_offer_is_used() -> None:
    prices = "{ input_mtok = 1, output_mtok = 2.5, cache_read_mtok = '0.1', cache_write_mtok = 1.25 }"
    (offer,) = read(
        f'{ACME}[[offers]]\nprovider = "acme"\nmodel = "m"\nwire_model = "org/m v2"\nmaker = "M"\n'
        f'name = "Em"\nprice = {prices}\ncontext_window = 32_000\n'
    ).offers
    assert (offer.id, offer.wire_model, offer.maker, offer.name) == ("acme/m", "org/m v2", "M", "Em")
    assert offer.context_window == 32_000
    assert offer.price == TokenPrice(
        Decimal(1), Decimal("2.5"), Decimal("0.1"), Decimal("1.25"), "broker.toml"
    )


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("0.1", "0.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1.10", "1.10"),
        ("0.000000123456789012345678", "0.000000123456789012345678"),
        ("3", "3"),
        ("0", "0"),
        ('"0.1"', "0.1"),
    ],
)
def test_a_price_keeps_its_decimal_text(written: str, amount: str) -> None:
    config = read(f'{ACME}[[offers]]\nprovider = "acme"\nmodel = "m"\nprice = {{ input_mtok = {written} }}')
    assert config.problems == ()
    price = config.offers[0].price
    assert price is not None
    assert f"{price.input_mtok:f}" == amount
    assert price.output_mtok is None


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "gemini"])
def test_without_key_env_no_key_is_sent(dialect: str) -> None:
    config = read(f'[providers.lab]\ndialect = "{dialect}"\nbase_url = "http://127.0.0.1:9"')
    lab = config.providers["lab"]
    assert missing_key(lab, {}) is None
    assert key_of(lab, {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k", "": "k"}) is None
    names = {name.lower() for name in auth_headers(lab, key_of(lab, {}))}
    assert names & {"authorization", "x-api-key", "x-goog-api-key"} == set()


@pytest.mark.parametrize(
    ("dialect", "header"),
    [
        ("openai", ("authorization", "Bearer k")),
        ("anthropic", ("x-api-key", "k")),
        ("gemini", ("x-goog-api-key", "k")),
    ],
)
def test_a_key_travels_as_the_dialect_wants(dialect: str, header: tuple[str, str]) -> None:
    config = read(
        f'[providers.lab]\ndialect = "{dialect}"\nbase_url = "http://127.0.0.1:9"\nkey_env = "LAB_KEY"'
    )
    assert header in auth_headers(config.providers["lab"], "k").items()


OF_ACME = '[[offers]]\nprovider = "acme"\nmodel = "m"\n'
PLACE = "expected a name or an address without spaces"
MODELS_PATH = 'expected a path such as /models, or "" where there is none'
NAMES = ", ".join(field.name for field in fields(Params))
WRONG = [
    ("color = 1", "color: expected providers or offers"),
    ("providers = 1", "providers: expected tables such as [providers.acme]"),
    ("[[providers]]", "providers: expected tables such as [providers.acme]"),
    ("offers = 1", "offers: expected a list of tables: [[offers]]"),
    ("[offers]\nprovider = 'acme'", "offers: expected a list of tables: [[offers]]"),
    ("offers = [1]", "offers[1]: expected a table of settings"),
    ("[providers]\nx = 1", "providers.x: expected a table of settings"),
    (
        '[providers."Acme Inc"]',
        "providers.Acme Inc: expected an id of small letters, digits, - and _",
    ),
    ('[providers."a/b"]', "providers.a/b: expected an id of small letters, digits, - and _"),
    ('[providers."é"]', "providers.é: expected an id of small letters, digits, - and _"),
    ('[providers.""]', "providers.: expected an id of small letters, digits, - and _"),
    ("[providers.x]", "providers.x: expected the keys dialect, base_url"),
    (
        "[providers.openai]\nname = 1",
        "providers.openai.name: expected the platform's name, a text",
    ),
    ("[providers.openai]\nname = ' '", "providers.openai.name: expected the platform's name, a text"),
    (
        "[providers.openai]\ndialect = 'soap'",
        "providers.openai.dialect: expected one of openai, responses, anthropic, gemini, bedrock",
    ),
    (
        "[providers.openai]\ndialect = 5",
        "providers.openai.dialect: expected one of openai, responses, anthropic, gemini, bedrock",
    ),
    (
        "[providers.openai]\ndialect = ''",
        "providers.openai.dialect: expected one of openai, responses, anthropic, gemini, bedrock",
    ),
    *(
        (
            f"[providers.openai]\nbase_url = {url}",
            "providers.openai.base_url: expected an address starting with http:// or https://",
        )
        for url in (
            '""',
            '"127.0.0.1:80"',
            '"ftp://x"',
            '"http://"',
            '"http:///v1"',
            '"http://a b"',
            '"http://a\\n"',
        )
    ),
    (
        "[providers.openai]\nurl = 'http://x'",
        f"providers.openai: expected no url; the keys are {', '.join(PROVIDER)}",
    ),
    (
        '[providers.gemini]\nversion = "v1/../v2?key=1"',
        "providers.gemini.version: expected an API version such as v1beta",
    ),
    ("[providers.openai]\nversion = 1", "providers.openai.version: expected an API version such as v1beta"),
    (
        "[providers.local]\nbase_url = 'http://127.0.0.1:9'",
        "providers.local: expected no base_url; the keys are "
        "name, max_concurrency, requests_per_minute, tokens_per_minute",
    ),
    *(
        (
            f"[providers.openai]\nbase_url = 'https://{place}.test/v1'",
            "providers.openai.base_url: expected a key of the same table for each {name} in it",
        )
        for place in ("{region}", "{}", "{0}", "{a.b}", "{name}", "{", "}")
    ),
    (
        "[providers.openai]\nregion = 'eu'",
        f"providers.openai: expected no region; the keys are {', '.join(PROVIDER)}",
    ),
    (
        "[providers.openai]\nsign_in = 'on'",
        f"providers.openai: expected no sign_in; the keys are {', '.join(PROVIDER)}",
    ),
    ("[providers.bedrock]\nregion = 'eu west'", f"providers.bedrock.region: {PLACE}"),
    ("[providers.bedrock]\nregion = ''", f"providers.bedrock.region: {PLACE}"),
    ("[providers.bedrock]\nsign_in = true", "providers.bedrock.sign_in: expected one of on, off"),
    (
        "[providers.azure]\nscope = 'x'",
        "providers.azure.scope: expected the address that a token is asked for",
    ),
    (
        "[providers.openai]\nauth = 'basic'",
        f"providers.openai.auth: expected one of {', '.join(get_args(Auth))}",
    ),
    ("[providers.openai]\ndrops = 'seed'", "providers.openai.drops: expected a list of parameters"),
    (
        "[providers.openai]\ntakes = ['magic']",
        f"providers.openai.takes.0: expected one of {NAMES}, images, cache",
    ),
    ("[providers.openai]\nrenames = { magic = 'x' }", f"providers.openai.renames: expected one of {NAMES}"),
    (
        "[providers.openai]\nrenames = { seed = 'a.b.c' }",
        "providers.openai.renames.seed: expected a name such as reasoning.effort",
    ),
    ("[providers.openai]\nmodels_path = 'models'", f"providers.openai.models_path: {MODELS_PATH}"),
    (
        "[providers.openai]\nmax_concurrency = 0",
        "providers.openai.max_concurrency: expected a whole number of calls",
    ),
    (
        "[providers.openai]\ntokens_per_minute = '9'",
        "providers.openai.tokens_per_minute: expected a whole number of tokens",
    ),
    (ACME + "[[offers]]", "offers[1]: expected the keys provider, model"),
    (
        ACME + OF_ACME + "region = 'eu'",
        f"offers[1]: expected no region; the keys are {', '.join(OFFER)}",
    ),
    (
        ACME + "[[offers]]\nprovider = 'acme'\nmodel = 'a b'",
        "offers[1].model: expected the platform's name for the model, without spaces",
    ),
    (ACME + OF_ACME + "context_window = 0", "offers[1].context_window: expected a whole number of tokens"),
    (ACME + OF_ACME + "context_window = 1.5", "offers[1].context_window: expected a whole number of tokens"),
    (ACME + OF_ACME + "context_window = true", "offers[1].context_window: expected a whole number of tokens"),
    (ACME + OF_ACME + "price = '1.20'", "offers[1].price: expected a table of prices"),
    (
        ACME + OF_ACME + "price = { input = 1 }",
        "offers[1].price: expected no input; the keys are "
        "input_mtok, output_mtok, cache_read_mtok, cache_write_mtok",
    ),
    *(
        (
            ACME + OF_ACME + f"price = {{ input_mtok = {amount} }}",
            'offers[1].price.input_mtok: expected US dollars per million tokens such as "1.20"',
        )
        for amount in (
            "-1",
            "-0.5",
            "nan",
            "inf",
            "'$1'",
            "'1,20'",
            "'1.20 '",
            "''",
            "true",
            "[1]",
            "1e9",
            "'١'",
        )
    ),
    (
        ACME + OF_ACME + OF_ACME,
        "offers[2].model: expected a model that no earlier table names for this provider",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_a_wrong_value_is_one_sentence(text: str, sentence: str) -> None:
    assert read(text).problems == (f"broker.toml: {sentence}",)


@pytest.mark.parametrize("provider", ["opnai", "local", "Acme"])
def test_an_offer_of_an_unknown_provider(provider: str) -> None:
    config = read(f"{ACME}[[offers]]\nprovider = '{provider}'\nmodel = 'm'")
    known = ", ".join(sorted({"acme", *SHIPPED} - {"local"}))
    assert config.problems == (f"broker.toml: offers[1].provider: expected one of {known}",)
    assert config.offers == ()


def test_a_platform_that_the_price_list_does_not_have() -> None:
    (problem,) = read('[providers.openai]\nprices = "opnai"').problems
    assert problem.startswith("broker.toml: providers.openai.prices: expected one of anthropic, ")
    assert "openrouter" in problem


def test_the_rest_of_a_wrong_file_is_used() -> None:
    broken = '[providers.bad]\ndialect = "soap"\n[[offers]]\nprovider = "openai"\nmodel = 7\n'
    orphan = '[[offers]]\nprovider = "bad"\nmodel = "m"\n'
    config = read(f"{EXAMPLE}{broken}{orphan}[more]\n")
    assert config.problems == (
        "broker.toml: more: expected providers or offers",
        "broker.toml: providers.bad: expected the keys dialect, base_url",
        "broker.toml: providers.bad.dialect: expected one of openai, responses, anthropic, gemini, bedrock",
        "broker.toml: offers[2].model: expected the platform's name for the model, without spaces",
    )  # and nothing on offers[3], whose provider is the wrong one
    assert [offer.id for offer in config.offers] == ["acme/acme-large"]
    assert config.providers["openai"].base_url == "http://127.0.0.1:4010/v1"
    assert "bad" not in config.providers


SECRET = "sk-proj-abcDEF123"  # the shape of a key


@pytest.mark.parametrize(
    "text",
    [
        f'[providers.openai]\nkey_env = "{SECRET}"',
        '[providers.openai]\nkey_env = "gsk_abcDEF123"',
        f'[providers.openai]\nkey_env = ["{SECRET}"]',
        f'[providers.openai]\napi_key = "{SECRET}"',
        f'[providers.openai]\nbase_url = "{SECRET}"',
        f'[providers.openai]\nprices = "{SECRET}"',
        f'[providers]\nopenai = "{SECRET}"',
        f'providers = "{SECRET}"',
        f'offers = ["{SECRET}"]',
        f'[[offers]]\nprovider = "{SECRET}"\nmodel = "m"',
        f"[providers.openai]\nkey_env = {SECRET}",
        *(
            f'[providers.azure]\n{key} = "{SECRET} "'
            for key in ("endpoint", "auth", "stream_options", "scope")
        ),
        f'[providers.azure]\nbase_url = "https://{{{SECRET}}}.test"',
        '[providers.azure]\nbase_url = "https://{gsk_abcDEF123}.test"',
        f'[providers.azure]\nrenames = {{ seed = "{SECRET}" }}',
        f'[providers.azure]\ndrops = ["{SECRET}"]',
        f'[providers.azure]\nmodels_path = "{SECRET}"',
    ],
)
def test_a_pasted_key_is_never_repeated(text: str) -> None:
    config = read(text)
    assert len(config.problems) == 1
    assert "abcDEF123" not in repr(config)


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\xff\xfe",
        b"\xff" * 100,
        b"providers = {",
        b"a = 1\na = 2",
        b"a = " + b"[" * 9999,
        b"a = " + b"9" * 9999,
    ],
    ids=["binary", "not UTF-8", "broken", "twice", "deep", "huge"],
)
def test_a_file_that_is_not_toml(content: bytes) -> None:
    Path("broker.toml").write_bytes(content)
    config = load()
    (problem,) = config.problems
    assert problem.startswith("broker.toml: expected a TOML file: ")
    assert config.providers == SHIPPED


def test_a_folder_in_place_of_the_file() -> None:
    Path("broker.toml").mkdir()
    assert load().problems == ("broker.toml: expected a TOML file: Is a directory",)


def test_a_file_that_cannot_be_read() -> None:
    Path("broker.toml").symlink_to("broker.toml")
    config = load()
    assert config.problems == ("broker.toml: expected a TOML file: Too many levels of symbolic links",)
    assert config.providers == SHIPPED


def test_no_file_is_no_problem() -> None:
    assert load() == Config(SHIPPED)


def test_an_empty_file_is_no_problem() -> None:
    assert read("") == Config(SHIPPED)


def test_a_byte_order_mark_is_no_problem() -> None:
    Path("broker.toml").write_text(EXAMPLE, encoding="utf-8-sig")
    assert load().problems == ()


def test_broker_config_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read("wrong = 1")
    other = tmp_path / "team.toml"
    other.write_text(EXAMPLE)
    monkeypatch.setenv("BROKER_CONFIG", str(other))
    config = load()
    assert config.problems == ()
    assert config.offers[0].price == TokenPrice(Decimal("1.20"), Decimal("4.80"), source="team.toml")


def test_a_path_wins_over_broker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_CONFIG", "nowhere.toml")
    other = tmp_path / "team.toml"
    other.write_text(EXAMPLE)
    assert load(other).problems == ()


def test_a_named_file_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_CONFIG", "nowhere.toml")
    config = load()
    assert config.problems == ("nowhere.toml: expected a TOML file: No such file or directory",)
    assert config.providers == SHIPPED


def test_an_empty_broker_config_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_CONFIG", "")
    assert read("wrong = 1").problems == ("broker.toml: wrong: expected providers or offers",)


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({}, None),
        ({"GEMINI_API_KEY": "  "}, None),
        ({"GOOGLE_API_KEY": "b"}, "b"),
        ({"GEMINI_API_KEY": "a", "GOOGLE_API_KEY": "b"}, "a"),
        ({"GEMINI_API_KEY": "", "GOOGLE_API_KEY": "b\n"}, "b"),
    ],
)
def test_the_first_variable_with_a_key_wins(environ: dict[str, str], key: str | None) -> None:
    gemini = SHIPPED["gemini"]
    assert key_of(gemini, environ) == key
    assert missing_key(gemini, environ) == (None if key else "GEMINI_API_KEY or GOOGLE_API_KEY")


TO_CONNECT = [
    ("openai", {}, "set OPENAI_API_KEY", "OPENAI_API_KEY"),
    ("cohere", {}, "set CO_API_KEY or COHERE_API_KEY", "CO_API_KEY or COHERE_API_KEY"),
    (
        "bedrock",
        {},
        "set AWS_BEARER_TOKEN_BEDROCK, or sign in to AWS; set AWS_REGION or AWS_DEFAULT_REGION",
        "AWS_BEARER_TOKEN_BEDROCK or a sign-in to AWS and AWS_REGION or AWS_DEFAULT_REGION",
    ),
    ("bedrock", {"AWS_REGION": "r", "AWS_BEARER_TOKEN_BEDROCK": "k"}, None, None),
    ("bedrock", {"AWS_REGION": "r", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s"}, None, None),
    (
        "vertex",
        {"GOOGLE_CLOUD_PROJECT": "p"},
        "sign in to Google Cloud",
        "a sign-in to Google Cloud",
    ),
    ("vertex", {"GOOGLE_APPLICATION_CREDENTIALS": "f"}, "set GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT"),
    ("vertex", {"GOOGLE_APPLICATION_CREDENTIALS": "f", "GOOGLE_CLOUD_PROJECT": "p"}, None, None),
    ("azure", {"AZURE_OPENAI_API_KEY": "k"}, "set AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_ENDPOINT"),
    ("vllm", {}, None, None),
    ("local", {}, None, None),
]


@pytest.mark.parametrize(("provider", "environ", "told", "names"), TO_CONNECT)
def test_what_is_missing_is_told(
    provider: str,
    environ: dict[str, str],
    told: str | None,
    names: str | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)  # signed in nowhere
    assert to_connect(SHIPPED[provider], environ) == told
    assert missing_key(SHIPPED[provider], environ) == names


def test_a_machine_s_own_identity_is_stated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    signed_in = read('[providers.bedrock]\nsign_in = "on"\nregion = "eu-central-1"').providers["bedrock"]
    assert to_connect(signed_in, {}) is None


@pytest.mark.parametrize(
    ("provider", "environ", "address"),
    [
        ("azure", {"AZURE_OPENAI_ENDPOINT": "https://a.test/"}, "https://a.test/openai/v1"),
        ("databricks", {"DATABRICKS_HOST": "adb.test"}, "https://adb.test/serving-endpoints"),
        ("databricks", {"DATABRICKS_HOST": "http://127.0.0.1:9"}, "http://127.0.0.1:9/serving-endpoints"),
        ("vertex", {}, "https://aiplatform.googleapis.com"),
        ("vertex", {"GOOGLE_CLOUD_LOCATION": "us-east5 "}, "https://us-east5-aiplatform.googleapis.com"),
        ("vertex-claude", {"CLOUD_ML_REGION": "us-east5"}, "https://us-east5-aiplatform.googleapis.com"),
        ("vertex-claude", {"CLOUD_ML_REGION": "us"}, "https://aiplatform.us.rep.googleapis.com"),
        ("azure-claude", {"ANTHROPIC_FOUNDRY_RESOURCE": "r"}, "https://r.services.ai.azure.com/anthropic"),
        ("bedrock", {"AWS_DEFAULT_REGION": "us-west-2"}, "https://bedrock-runtime.us-west-2.amazonaws.com"),
    ],
)
def test_the_account_s_values_come_from_the_environment(
    provider: str, environ: dict[str, str], address: str
) -> None:
    assert base_url(settle(SHIPPED[provider], environ)) == address


@pytest.mark.parametrize(
    "address", ["https://global-models.acme.test/v1", "https://us-aiplatform.acme.test/v1"]
)
def test_an_address_is_used_as_it_is_written(address: str) -> None:
    row = read(f'[providers.acme]\ndialect = "openai"\nbase_url = "{address}"').providers["acme"]
    assert base_url(row) == address


@pytest.mark.parametrize("region", ["other.test/", "other.test?", "other.test#", "me@other.test:1/", "a\\b"])
def test_no_value_moves_a_key_to_another_host(region: str) -> None:
    row = settle(SHIPPED["bedrock"], {"AWS_REGION": f"{region}x"})
    with pytest.raises(ConfigError, match="AWS Bedrock needs a region without"):
        base_url(row)


def test_the_file_wins_over_the_environment() -> None:
    azure = read('[providers.azure]\nendpoint = "https://file.test/"').providers["azure"]
    assert (
        base_url(settle(azure, {"AZURE_OPENAI_ENDPOINT": "https://env.test"}))
        == "https://file.test/openai/v1"
    )


def test_an_address_without_a_scheme_is_encrypted() -> None:
    azure = read('[providers.azure]\nendpoint = "acme.openai.azure.com"').providers["azure"]
    assert base_url(settle(azure, {})) == "https://acme.openai.azure.com/openai/v1"


def test_tables_kept_elsewhere_are_checked_alike() -> None:
    good = {"dialect": "openai", "base_url": "http://127.0.0.1:9"}
    assert provider_problems("Provider", "lab", good, SHIPPED) == []
    assert provider_problems("Provider", "lab", good | {"key": 1}, SHIPPED) != []
    lab = provider_of("lab", good, None)
    assert offer_problems("Offer", {"provider": "lab", "model": "m"}, {"lab": lab}) == []
    assert offer_problems("Offer", {"provider": "lab", "model": "m"}, {"lab": lab}, {"lab/m"}) == [
        "Offer.model: expected a model that no earlier table names for this provider"
    ]
    assert offer_problems("Offer", ["lab"], {"lab": lab}) == ["Offer: expected a table of settings"]
    assert offer_of("here", {"provider": "lab", "model": "m", "price": {"input_mtok": "1"}}, lab).price == (
        TokenPrice(Decimal(1), source="here")
    )


def test_keys_are_read_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert key_of(SHIPPED["openai"]) is None
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert key_of(SHIPPED["openai"]) == "k"


def documented(word: str) -> bool:
    return f"`{word}`" in DOCS.read_text(encoding="utf-8")


PLACES = {name for row in REGISTRY for name in row.variables}
KEYS = {*PROVIDER, *SIGN_IN, *OFFER, *PRICE, *PLACES}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_documented(key: str) -> None:
    assert documented(key)


VARIABLES = {
    name for row in REGISTRY for name in (*row.key_env, *(n for v in row.variables.values() for n in v.env))
}


@pytest.mark.parametrize("variable", sorted(VARIABLES))
def test_every_variable_of_a_platform_is_documented(variable: str) -> None:
    assert documented(variable)


def test_every_variable_of_our_own_is_documented() -> None:
    root = DOCS.parents[1]
    files = [
        root / "app.py",
        *(f for folder in ("broker", "db", "pages") for f in (root / folder).rglob("*.py")),
    ]
    named = {name for file in files for name in re.findall(r"\bBROKER_[A-Z_]+\b", file.read_text())}
    assert {"BROKER_CONFIG", "BROKER_DATABASE_URL", "BROKER_USER"} <= named
    assert {name for name in named if not documented(name)} == set()


def test_the_documented_files_are_valid() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        assert read(block).problems == ()
    written = {key for block in blocks for key in re.findall(r"(\w+) *=", block)}
    assert set(KEYS) <= written
