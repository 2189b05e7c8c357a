"""Every platform we reach: one row each. To add one that speaks a known dialect, add a row."""

from broker.types import ModelLimit, Provider

# Reasoning models of OpenAI refuse sampling parameters and stop sequences; the others refuse an effort.
_OPENAI_LIMITS = (
    ModelLimit(r"^(o\d|gpt-[5-9](?!.*chat))", frozenset({"temperature", "top_p", "stop"})),
    ModelLimit(r"^(gpt-3|gpt-4|chatgpt|gpt-[5-9].*chat)", frozenset({"reasoning_effort"})),
)

REGISTRY: tuple[Provider, ...] = (
    Provider(
        id="local",
        name="This machine",
        dialect="openai",
        base_url="local:",  # the address is known once the model server runs
        free=True,
        drops=frozenset({"reasoning_effort"}),
    ),
    Provider(
        id="openai",
        name="OpenAI API",
        dialect="openai",
        base_url="https://api.openai.com/v1",
        key_env=("OPENAI_API_KEY",),
        prices_id="openai",
        renames={"max_tokens": "max_completion_tokens"},
        limits=_OPENAI_LIMITS,
    ),
    Provider(
        id="anthropic",
        name="Anthropic API",
        dialect="anthropic",
        base_url="https://api.anthropic.com",
        key_env=("ANTHROPIC_API_KEY",),
        auth="x-api-key",
        prices_id="anthropic",
        settings={"version": "2023-06-01"},
    ),
    Provider(
        id="gemini",
        name="Google Gemini API",
        dialect="gemini",
        base_url="https://generativelanguage.googleapis.com",
        key_env=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        auth="x-goog-api-key",
        prices_id="google",
        settings={"version": "v1beta"},
    ),
    Provider(
        id="mistral",
        name="Mistral API",
        dialect="openai",
        base_url="https://api.mistral.ai/v1",
        key_env=("MISTRAL_API_KEY",),
        prices_id="mistral",
        renames={"seed": "random_seed"},
        drops=frozenset({"reasoning_effort"}),
    ),
    Provider(
        id="groq",
        name="Groq",
        dialect="openai",
        base_url="https://api.groq.com/openai/v1",
        key_env=("GROQ_API_KEY",),
        prices_id="groq",
        renames={"max_tokens": "max_completion_tokens"},
    ),
    Provider(
        id="openrouter",
        name="OpenRouter",
        dialect="openai",
        base_url="https://openrouter.ai/api/v1",
        key_env=("OPENROUTER_API_KEY",),
        prices_id="openrouter",
    ),
    Provider(
        id="ollama",
        name="Ollama",
        dialect="openai",
        base_url="http://127.0.0.1:11434/v1",
        free=True,
    ),
)
