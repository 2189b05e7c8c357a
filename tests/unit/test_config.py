"""What `broker.toml` may say, what it may not, and what the user is then told."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from broker import config as configuration
from broker.config import Config, key_of, load, missing_key
from broker.providers import auth_headers
from broker.providers.registry import REGISTRY
from broker.types import Provider, TokenPrice

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


OFFER = '[[offers]]\nprovider = "acme"\nmodel = "m"\n'
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
        "providers.openai: expected no url; the keys are name, dialect, base_url, key_env, prices, version",
    ),
    ("[providers.openai]\nversion = 1", "providers.openai.version: expected an API version such as v1beta"),
    (ACME + "[[offers]]", "offers[1]: expected the keys provider, model"),
    (
        ACME + "[[offers]]\nprovider = 'acme'\nmodel = 'a b'",
        "offers[1].model: expected the platform's name for the model, without spaces",
    ),
    (ACME + OFFER + "context_window = 0", "offers[1].context_window: expected a whole number of tokens"),
    (ACME + OFFER + "context_window = 1.5", "offers[1].context_window: expected a whole number of tokens"),
    (ACME + OFFER + "context_window = true", "offers[1].context_window: expected a whole number of tokens"),
    (ACME + OFFER + "price = '1.20'", "offers[1].price: expected a table of prices"),
    (
        ACME + OFFER + "price = { input = 1 }",
        "offers[1].price: expected no input; the keys are "
        "input_mtok, output_mtok, cache_read_mtok, cache_write_mtok",
    ),
    *(
        (
            ACME + OFFER + f"price = {{ input_mtok = {amount} }}",
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
    (ACME + OFFER + OFFER, "offers[2].model: expected a model that no earlier table names for this provider"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_a_wrong_value_is_one_sentence(text: str, sentence: str) -> None:
    assert read(text).problems == (f"broker.toml: {sentence}",)


@pytest.mark.parametrize("provider", ["opnai", "local", "Acme"])
def test_an_offer_of_an_unknown_provider(provider: str) -> None:
    config = read(f"{ACME}[[offers]]\nprovider = '{provider}'\nmodel = 'm'")
    known = "acme, anthropic, gemini, groq, mistral, ollama, openai, openrouter"
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


def test_keys_are_read_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert key_of(SHIPPED["openai"]) is None
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert key_of(SHIPPED["openai"]) == "k"


def documented(word: str) -> bool:
    return f"`{word}`" in DOCS.read_text(encoding="utf-8")


KEYS = {
    **{key: table for table in ("_SHIPPED", "_OFFER") for key in getattr(configuration, table)["properties"]},
    **dict.fromkeys(configuration._PRICE, "_PRICE"),
}


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_documented(key: str) -> None:
    assert documented(key)


@pytest.mark.parametrize("variable", sorted({name for row in REGISTRY for name in row.key_env}))
def test_every_variable_that_holds_a_key_is_documented(variable: str) -> None:
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
