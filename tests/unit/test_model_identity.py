"""Which ids name the same weights: pairs from real price lists, judged by what the makers publish."""

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from genai_prices.data_snapshot import get_snapshot

from broker import model_identity as module
from broker.model_identity import model_identity

LISTED = [(platform.id, model.id) for platform in get_snapshot().providers for model in platform.models]
TABLE = tomllib.loads((Path(module.__file__).parent / "data" / "model_aliases.toml").read_text())

# (platform, id) twice; the platform as genai-prices calls it.
SAME = [
    # Claude: the maker's own id, Bedrock's profiles, Vertex AI's date, the point of resellers
    ("anthropic", "claude-haiku-4-5", "aws", "global.anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("anthropic", "claude-haiku-4-5", "aws", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("anthropic", "claude-haiku-4-5", "google", "claude-haiku-4-5@20251001"),
    ("anthropic", "claude-haiku-4-5", "openrouter", "anthropic/claude-haiku-4.5"),
    ("anthropic", "claude-haiku-4-5", "openrouter", "anthropic/claude-haiku-4.5:batch"),
    ("anthropic", "claude-haiku-4-5-20251001", "github-copilot", "claude-haiku-4.5"),
    ("anthropic", "claude-sonnet-4-5", "aws", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("anthropic", "claude-sonnet-4-5-20250929", "google", "claude-sonnet-4-5"),
    ("anthropic", "claude-sonnet-4-0", "google", "claude-4-sonnet"),
    ("anthropic", "claude-sonnet-4-20250514", "openrouter", "anthropic/claude-sonnet-4"),
    ("anthropic", "claude-opus-4-0", "aws", "regional.anthropic.claude-opus-4-20250514-v1:0"),
    ("anthropic", "claude-opus-4-1", "aws", "regional.anthropic.claude-opus-4-1-20250805-v1:0"),
    ("anthropic", "claude-opus-4-5", "aws", "global.anthropic.claude-opus-4-5-v1:0"),
    ("anthropic", "claude-opus-4-5", "google", "claude-opus-4-5@20251101"),
    ("anthropic", "claude-opus-4-6", "openrouter", "anthropic/claude-opus-4.6"),
    ("anthropic", "claude-sonnet-5", "aws", "global.anthropic.claude-sonnet-5-v1:0"),
    ("anthropic", "claude-3-haiku", "aws", "regional.anthropic.claude-3-haiku-20240307-v1:0"),
    ("google", "claude-3-5-haiku", "aws", "regional.anthropic.claude-3-5-haiku-20241022-v1:0"),
    ("google", "claude-3-7-sonnet", "openrouter", "anthropic/claude-3.7-sonnet"),
    ("google", "claude-3-5-sonnet-v2@20241022", "aws", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ("google", "claude-3-5-sonnet@20240620", "aws", "anthropic.claude-3-5-sonnet-20240620-v1:0"),
    # GPT
    ("openai", "gpt-4.1", "openrouter", "openai/gpt-4.1"),
    ("openai", "gpt-4.1", "openai", "gpt-4.1-2025-04-14"),
    ("openai", "gpt-4o-mini", "openai", "gpt-4o-mini-2024-07-18"),
    ("openai", "gpt-4o-2024-05-13", "openrouter", "openai/gpt-4o-2024-05-13"),
    ("openai", "gpt-4o-2024-05-13", "openrouter", "openai/gpt-4o-20240513"),
    ("openai", "gpt-5", "openai", "gpt-5-2025-08-07"),
    ("openai", "gpt-5.6-luna", "aws", "regional.openai.gpt-5.6-luna"),
    ("openai", "gpt-5.4", "aws", "openai.gpt-5.4"),
    ("openai", "o3", "azure", "o3-2025-04-16"),
    ("openai", "o4-mini", "azure", "o4-mini"),
    ("openai", "gpt-oss-120b", "aws", "openai.gpt-oss-120b-1:0"),
    ("openai", "gpt-oss-20b", "cloudflare", "@cf/openai/gpt-oss-20b"),
    ("groq", "openai/gpt-oss-120b", "fireworks", "accounts/fireworks/models/gpt-oss-120b"),
    ("databricks", "databricks-gpt-oss-120b", "openrouter", "openai/gpt-oss-120b:free"),
    # Gemini and Gemma
    ("google", "gemini-2.5-flash", "openrouter", "google/gemini-2.5-flash"),
    ("google", "gemini-2.0-flash", "openrouter", "google/gemini-2.0-flash-001"),
    ("google", "publishers/google/models/gemini-2.5-pro", "openrouter", "google/gemini-2.5-pro"),
    ("aws", "google.gemma-3-27b-it", "openrouter", "google/gemma-3-27b-it:free"),
    ("groq", "gemma2-9b-it", "openrouter", "google/gemma-2-9b-it"),
    ("cerebras", "gemma-4-31b", "google", "gemma-4-31b-it"),
    # Llama
    ("groq", "llama-3.3-70b-versatile", "aws", "us.meta.llama3-3-70b-instruct-v1:0"),
    ("groq", "llama-3.1-8b-instant", "huggingface_novita", "meta-llama/Llama-3.1-8B-Instruct"),
    ("cerebras", "llama-3.3-70b", "ovhcloud", "Meta-Llama-3_3-70B-Instruct"),
    ("cerebras", "llama3.1-8b", "fireworks", "llama-v3p1-8b-instruct"),
    ("databricks", "databricks-meta-llama-3-1-8b-instruct", "aws", "meta.llama3-1-8b-instruct-v1:0"),
    ("databricks", "databricks-llama-4-maverick", "groq", "meta-llama/llama-4-maverick-17b-128e-instruct"),
    ("aws", "meta.llama4-scout-17b-instruct-v1:0", "openrouter", "meta-llama/llama-4-scout"),
    ("aws", "meta.llama3-2-11b-instruct-v1:0", "openrouter", "meta-llama/llama-3.2-11b-vision-instruct"),
    ("together", "meta-llama/Llama-3-8b-chat-hf", "groq", "llama3-8b-8192"),
    ("together", "meta-llama/Llama-2-70b-chat-hf", "groq", "llama2-70b-4096"),
    # Mistral
    ("mistral", "mistral-large-2512", "aws", "mistral.mistral-large-3-675b-instruct"),
    ("mistral", "devstral-2512", "doubleword", "mistralai/Devstral-2-123B-Instruct-2512"),
    ("mistral", "ministral-8b-2512", "aws", "mistral.ministral-3-8b-instruct"),
    ("mistral", "mistral-nemo", "ovhcloud", "Mistral-Nemo-Instruct-2407"),
    ("aws", "mistral.mistral-7b-instruct-v0:2", "together", "mistralai/Mistral-7B-Instruct-v0.2"),
    ("aws", "mistral.mixtral-8x7b-instruct-v0:1", "groq", "mixtral-8x7b-32768"),
    # others
    ("aws", "deepseek.r1-v1:0", "openrouter", "deepseek/deepseek-r1"),
    ("openrouter", "deepseek/deepseek-chat-v3-0324", "huggingface_nebius", "deepseek-ai/DeepSeek-V3-0324"),
    ("fireworks", "deepseek-v4p1-flash-1017", "mistral", "deepseek-v4-1-flash-1017"),
    ("cerebras", "qwen-3-32b", "aws", "qwen.qwen3-32b-v1:0"),
    ("openrouter", "qwen/qwen-2.5-72b-instruct", "huggingface_novita", "Qwen/Qwen2.5-72B-Instruct"),
    ("openrouter", "qwen/qwen3-235b-a22b-2507", "huggingface_nebius", "Qwen/Qwen3-235B-A22B-Instruct-2507"),
    ("aws", "qwen.qwen3-coder-480b-a35b-v1:0", "huggingface_nebius", "Qwen/Qwen3-Coder-480B-A35B-Instruct"),
    ("cerebras", "zai-glm-4.7", "fireworks", "glm-4p7"),
    ("aws", "global.zai.glm-5.3", "openrouter", "z-ai/glm-5.3"),
    ("moonshotai", "kimi-k3", "databricks", "databricks-kimi-k3"),
    ("moonshotai", "kimi-k3", "fireworks", "kimi-k3-us"),
    ("moonshotai", "kimi-k2-0905-preview", "openrouter", "moonshotai/kimi-k2-0905"),
    ("aws", "amazon.nova-lite-v1:0", "openrouter", "amazon/nova-lite-v1"),
    ("aws", "writer.palmyra-x5-v1:0", "openrouter", "writer/palmyra-x5"),
    ("aws", "nvidia.nemotron-nano-9b-v2:0", "openrouter", "nvidia/nemotron-nano-9b-v2"),
    ("aws", "nvidia.nemotron-super-3-120b:0", "openrouter", "nvidia/nemotron-3-super-120b-a12b"),
    ("cohere", "command-r7b", "openrouter", "cohere/command-r7b-12-2024"),
    ("together", "microsoft/WizardLM-2-8x22B", "novita", "microsoft/wizardlm-2-8x22b"),
]

# Other weights, or not known to be the same.
APART = [
    # snapshots, and names that were moved between them
    ("anthropic", "claude-3-5-sonnet-20240620", "anthropic", "claude-3-5-sonnet-20241022"),
    ("google", "claude-3-5-sonnet@20240620", "google", "claude-3-5-sonnet-v2@20241022"),
    ("anthropic", "claude-3-5-sonnet", "anthropic", "claude-3-5-sonnet-20241022"),
    ("anthropic", "claude-3-5-sonnet", "openrouter", "anthropic/claude-3.5-sonnet"),
    ("anthropic", "claude-3-5-haiku-latest", "google", "claude-3-5-haiku"),
    ("anthropic", "claude-3-opus-latest", "openrouter", "anthropic/claude-3-opus"),
    ("openrouter", "~anthropic/claude-sonnet-latest", "anthropic", "claude-sonnet-5-5"),
    ("google", "claude-4-opus", "anthropic", "claude-opus-4-0"),
    ("google", "claude-4-opus", "anthropic", "claude-opus-4-1"),
    ("anthropic", "claude-2", "openrouter", "anthropic/claude-2"),
    ("anthropic", "claude-haiku-4-5", "anthropic", "claude-haiku-4-5-20991231"),
    ("openai", "gpt-4o", "openai", "gpt-4o-2024-05-13"),
    ("openai", "gpt-4o", "openrouter", "openai/gpt-4o"),
    ("openai", "gpt-4o-2024-05-13", "openai", "gpt-4o-2024-08-06"),
    ("openai", "gpt-3.5-turbo", "openai", "gpt-3.5-turbo-1106"),
    ("openai", "gpt-4", "openrouter", "openai/gpt-4-1106-preview"),
    ("openai", "chatgpt-4o-latest", "openrouter", "openai/chatgpt-4o-latest"),
    ("openai", "gpt-chat-latest", "openrouter", "openai/gpt-5.3-chat"),
    ("mistral", "mistral-large", "mistral", "mistral-large-2512"),
    ("mistral", "mistral-large", "openrouter", "mistralai/mistral-large"),
    ("mistral", "mistral-small-latest", "mistral", "mistral-small-2603"),
    ("mistral", "codestral", "mistral", "codestral-2508"),
    ("openrouter", "mistralai/codestral-2501", "openrouter", "mistralai/codestral-2508"),
    ("mistral", "ministral-8b", "mistral", "ministral-8b-2512"),
    ("aws", "mistral.mistral-large-2402-v1:0", "mistral", "mistral-large-2512"),
    ("deepseek", "deepseek-chat", "openrouter", "deepseek/deepseek-chat"),
    ("deepseek", "deepseek-v4-flash", "openrouter", "deepseek/deepseek-v4-flash"),
    ("deepseek", "deepseek-v4-pro", "openrouter", "deepseek/deepseek-v4-pro-0813"),
    ("openrouter", "deepseek/deepseek-v4-pro", "openrouter", "deepseek/deepseek-v4-pro-0813"),
    ("openrouter", "deepseek/deepseek-r1", "openrouter", "deepseek/deepseek-r1-0528"),
    ("huggingface_novita", "deepseek-ai/DeepSeek-V3", "huggingface_novita", "deepseek-ai/DeepSeek-V3-0324"),
    ("fireworks", "deepseek-v4p1-flash", "fireworks", "deepseek-v4p1-flash-1017"),
    ("openrouter", "qwen/qwen-plus", "openrouter", "qwen/qwen-plus-2025-07-28"),
    ("openrouter", "qwen/qwen3.5-plus-02-15", "openrouter", "qwen/qwen3.5-plus-20260420"),
    ("openrouter", "moonshotai/kimi-k2", "openrouter", "moonshotai/kimi-k2-0905"),
    ("cohere", "command-r-plus", "openrouter", "cohere/command-r-plus-08-2024"),
    ("google", "gemini-1.5-pro", "google", "gemini-pro-1.5"),
    ("google", "gemini-2.5-flash", "openrouter", "google/gemini-2.5-flash-preview-09-2025"),
    ("google", "gemini-3-flash-preview", "google", "gemini-3.5-flash"),
    ("google", "gemini-3-pro-image-preview", "openrouter", "google/gemini-3-pro-image"),
    ("openrouter", "x-ai/grok-3-beta", "x-ai", "grok-3"),
    # versions and sizes
    ("anthropic", "claude-opus-4-5", "anthropic", "claude-opus-4-6"),
    ("anthropic", "claude-opus-5", "anthropic", "claude-opus-5-5"),
    ("openai", "gpt-4.1", "openai", "gpt-4.1-mini"),
    ("openai", "gpt-5.6-luna", "openai", "gpt-6-luna"),
    ("openai", "gpt-oss-120b", "openai", "gpt-oss-20b"),
    ("openai", "gpt-oss-20b", "openai", "gpt-oss-safeguard-20b"),
    ("aws", "amazon.titan-embed-text-v1", "aws", "amazon.titan-embed-text-v2:0"),
    ("aws", "amazon.nova-2-sonic-v1:0", "aws", "amazon.nova-sonic-v1:0"),
    ("aws", "global.amazon.nova-2-lite-v1:0", "aws", "amazon.nova-lite-v1:0"),
    ("aws", "mistral.mistral-7b-instruct-v0:2", "together", "mistralai/Mistral-7B-Instruct-v0.1"),
    ("openrouter", "mistralai/mistral-7b-instruct", "openrouter", "mistralai/mistral-7b-instruct-v0.2"),
    ("groq", "llama-3.1-8b-instant", "groq", "llama-3.1-70b-versatile"),
    ("openrouter", "qwen/qwen3.8-27b", "openrouter", "qwen/qwen3-8b"),
    ("aws", "nvidia.nemotron-nano-9b-v2:0", "aws", "nvidia.nemotron-nano-3-30b:0"),
    ("aws", "global.moonshotai.kimi-k3.1", "aws", "global.moonshotai.kimi-k3"),
    ("moonshotai", "kimi-k3.1-pro", "aws", "global.moonshotai.kimi-k3.1"),
    ("mistral", "mistral-medium-3-1", "mistral", "mistral-medium-3-5"),
    # base and instruct, thinking and not, other tuning
    ("openrouter", "meta-llama/llama-3.1-405b", "openrouter", "meta-llama/llama-3.1-405b-instruct"),
    ("together", "mistralai/Mixtral-8x7B-v0.1", "together", "mistralai/Mixtral-8x7B-Instruct-v0.1"),
    ("huggingface_nebius", "Qwen/Qwen2.5-Coder-7B", "openrouter", "qwen/qwen2.5-coder-7b-instruct"),
    ("openrouter", "qwen/qwen3-235b-a22b-2507", "openrouter", "qwen/qwen3-235b-a22b-thinking-2507"),
    ("openrouter", "qwen/qwen3-next-80b-a3b-instruct", "openrouter", "qwen/qwen3-next-80b-a3b-thinking"),
    ("x-ai", "grok-4-fast-reasoning", "x-ai", "grok-4-fast-non-reasoning"),
    ("openrouter", "openai/gpt-5.3-codex", "openai", "gpt-5.3"),
    ("openrouter", "nvidia/llama-3.1-nemotron-70b-instruct", "aws", "meta.llama3-1-70b-instruct-v1:0"),
    ("openrouter", "qwen/qwq-32b", "openrouter", "arliai/qwq-32b-arliai-rpr-v1:free"),
    (
        "openrouter",
        "google/gemini-2.5-flash-preview",
        "openrouter",
        "google/gemini-2.5-flash-preview:thinking",
    ),
    ("google", "gemma-3", "openrouter", "google/gemma-3-27b-it"),
    # quantised, or served another way
    ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "groq", "llama-3.3-70b-versatile"),
    ("together", "meta-llama/Meta-Llama-3-8B-Instruct-Lite", "aws", "meta.llama3-8b-instruct-v1:0"),
    ("cloudflare", "@cf/meta/llama-3.1-8b-instruct-fp8", "cloudflare", "@cf/meta/llama-3.1-8b-instruct"),
    ("cloudflare", "@cf/meta/llama-3.1-8b-instruct-awq", "cloudflare", "@cf/meta/llama-3.1-8b-instruct"),
    ("cloudflare", "@cf/meta/llama-3.3-70b-instruct-fp8-fast", "groq", "llama-3.3-70b-versatile"),
    (
        "together",
        "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
        "openrouter",
        "meta-llama/llama-4-maverick",
    ),
    ("novita", "meta-llama/llama-3.1-8b-instruct-bf16", "novita", "meta-llama/llama-3.1-8b-instruct"),
    ("doubleword", "zai-org/GLM-5.2-FP8", "openrouter", "z-ai/glm-5.2"),
    ("modal", "nvidia/GLM-5.3-Flash-NVFP4", "modal", "zai-org/GLM-5.3-Flash"),
    ("fireworks", "glm-5p3-fast", "fireworks", "glm-5p3"),
    ("fireworks", "kimi-k3-fast", "fireworks", "kimi-k3"),
    ("openrouter", "anthropic/claude-opus-4.6-fast", "openrouter", "anthropic/claude-opus-4.6"),
    ("moonshotai", "kimi-k2.7-code-highspeed", "moonshotai", "kimi-k2.7-code"),
    ("groq", "llama-3.3-70b-specdec", "groq", "llama-3.3-70b-versatile"),
    ("novita", "deepseek/deepseek-r1-turbo", "novita", "deepseek/deepseek-r1"),
    ("openai", "gpt-4o:extended", "openai", "gpt-4o"),
    ("perplexity", "sonar-pro", "openrouter", "perplexity/sonar-pro"),
]


def same(platform_a: str, a: str, platform_b: str, b: str) -> bool:
    first = model_identity(a, platform_a)
    return first is not None and first == model_identity(b, platform_b)


@pytest.mark.parametrize("pair", SAME, ids=lambda pair: f"{pair[1]} = {pair[3]}")
def test_the_same_weights(pair: tuple[str, str, str, str]) -> None:
    assert same(*pair)


@pytest.mark.parametrize("pair", APART, ids=lambda pair: f"{pair[1]} and {pair[3]}")
def test_not_the_same_weights(pair: tuple[str, str, str, str]) -> None:
    assert not same(*pair)


def test_there_are_enough_pairs_and_each_is_told_once() -> None:
    assert len(set(SAME)) == len(SAME) >= 60
    assert len(set(APART)) == len(APART) >= 60


def test_the_pairs_are_of_listed_ids() -> None:
    """Most are, so that they are not about ids that nobody uses."""
    ids = set(LISTED)
    told = [side for pair in SAME + APART for side in (pair[:2], pair[2:])]
    assert sum(side in ids for side in told) / len(told) > 0.85


@pytest.mark.parametrize("nothing", ["", "  ", "/", "claude-latest", "~x-ai/grok-latest", "latest"])
def test_what_names_no_model(nothing: str) -> None:
    assert model_identity(nothing) is None


def test_an_identity_is_its_own_identity() -> None:
    for platform, model in LISTED:
        identity = model_identity(model, platform)
        assert identity is None or model_identity(identity) == identity, model


def test_spelling_does_not_matter() -> None:
    for platform, model in LISTED:
        assert model_identity(model.upper(), platform) == model_identity(f" {model} ", platform), model


DATED = re.compile(r"(20\d\d)-?([01]\d)-?([0-3]\d)")


def test_two_listed_snapshots_are_never_the_same() -> None:
    dates: dict[str, set[str]] = defaultdict(set)
    for platform, model in LISTED:
        identity, date = model_identity(model, platform), DATED.search(model)
        if identity and date:
            dates[identity].add("".join(date.groups()))
    assert len(dates) > 10
    assert {name: found for name, found in dates.items() if len(found) > 1} == {}


def test_two_made_up_snapshots_of_any_model_are_never_the_same() -> None:
    for platform, model in LISTED:
        base = re.sub(r":\w+$", "", model)
        spellings = [[f"{base}{form}" for form in forms] for forms in (FIRST, SECOND)]
        first, second = ({model_identity(name, platform) for name in names} for names in spellings)
        assert first.isdisjoint(second) or first == {None}, model


FIRST = ("-20990101", "-2099-01-01", "@20990101")
SECOND = ("-20990102", "-2099-01-02", "@20990102")


def test_a_size_in_the_name_stays_apart() -> None:
    sizes: dict[str, set[str]] = defaultdict(set)
    for platform, model in LISTED:
        identity, size = model_identity(model, platform), re.search(r"[-_](\d+)b(?![a-z])", model.lower())
        if identity and size:
            sizes[identity].add(size[1])
    assert {name: found for name, found in sizes.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    "mark", ["fp8", "fp4", "nvfp4", "awq", "int8", "turbo", "fast", "highspeed", "lite", "gguf"]
)
def test_a_mark_of_other_weights_or_another_service_is_kept(mark: str) -> None:
    marked = re.compile(rf"[-_.]{mark}(?![a-z])")
    for platform, model in LISTED:
        identity = model_identity(model, platform)
        if identity and marked.search(model.lower()):
            assert mark in identity, model


def test_the_table_is_written_as_the_rules_leave_names() -> None:
    names = [name for row in TABLE["same"] + TABLE["moving"] for name in row["names"]]
    for name in [*names, *(row["model"] for row in TABLE["same"])]:
        assert module._plain(name) == name


def test_each_line_of_the_table_has_its_reason_and_no_two_speak_of_one_name() -> None:
    keys = [(row.get("platform"), name) for row in TABLE["same"] + TABLE["moving"] for name in row["names"]]
    assert len(set(keys)) == len(keys)
    for row in TABLE["same"] + TABLE["moving"]:
        assert row["because"].strip()
        assert row["names"]
        assert row.keys() <= {"model", "names", "platform", "because"}


def test_no_name_of_the_table_leads_to_another() -> None:
    names = {name for row in TABLE["same"] for name in row["names"] if "platform" not in row}
    moving = {name for row in TABLE["moving"] for name in row["names"]}
    assert {row["model"] for row in TABLE["same"]}.isdisjoint(names | moving)
