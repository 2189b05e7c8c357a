"""Every platform we reach: one row each. To add one that speaks a known dialect, add a row.

A limit may name one value of a parameter: `reasoning_effort=minimal`.
"""

from broker.types import ModelLimit, Provider

_SAMPLING = frozenset({"temperature", "top_p"})
_EFFORT = frozenset({"reasoning_effort"})
_LEAST_EFFORT = frozenset({"reasoning_effort=minimal"})

# Reasoning models refuse sampling parameters and stop sequences; the others refuse an effort.
_OPENAI_LIMITS = (
    ModelLimit(r"^(o\d|gpt-[5-9](?!.*chat))", _SAMPLING | {"stop"}),
    ModelLimit(r"^(ft:)?(gpt-3|gpt-4|chatgpt|gpt-chat|gpt-[5-9].*chat)", _EFFORT),
    ModelLimit(r"^(o\d|gpt-5\.|gpt-[6-9])", _LEAST_EFFORT),
)
# Sampling parameters ended with Opus 4.6, Sonnet 4.6 and Haiku 4.5; reasoning began with 3.7.
_ANTHROPIC_LIMITS = (
    ModelLimit(r"^claude-(?![23]|(opus|sonnet|haiku)-4(-[0-6])?(-\d{8})?$)", _SAMPLING),
    ModelLimit(r"^claude-(?![23]|(opus|sonnet|haiku)-4(-[0-5])?(-\d{8})?$)", _LEAST_EFFORT),
    ModelLimit(r"^claude-(2|3-(?!7))", _EFFORT),
)
_GEMINI_LIMITS = (
    ModelLimit(r"^(gemini-(1|2\.0)|gemma-[1-3])", _EFFORT),
    ModelLimit(r"^gemini-3(\.\d)?-pro", _LEAST_EFFORT),
)

REGISTRY: tuple[Provider, ...] = (
    Provider(
        id="local",
        name="This machine",
        dialect="openai",
        base_url="local:",  # the address is known once the model server runs
        free=True,
        drops=_EFFORT,
        headers={"connection": "close"},  # it closes after every stream although it says it will not
    ),
    Provider(
        id="openai",
        name="OpenAI API",
        dialect="openai",
        base_url="https://api.openai.com/v1",
        key_env=("OPENAI_API_KEY",),
        prices_id="openai",
        maker="OpenAI",
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
        limits=_ANTHROPIC_LIMITS,
        maker="Anthropic",
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
        limits=_GEMINI_LIMITS,
        maker="Google",
        models=r"^(gemini|gemma)",
        settings={"version": "v1beta"},
    ),
    Provider(
        id="mistral",
        name="Mistral API",
        dialect="openai",
        base_url="https://api.mistral.ai/v1",
        key_env=("MISTRAL_API_KEY",),
        prices_id="mistral",
        maker="Mistral",
        renames={"seed": "random_seed"},
        drops=_EFFORT,
        settings={"stream_options": "off"},  # it refuses unknown fields; usage comes unasked
    ),
    Provider(
        id="groq",
        name="Groq",
        dialect="openai",
        base_url="https://api.groq.com/openai/v1",
        key_env=("GROQ_API_KEY",),
        prices_id="groq",
        renames={"max_tokens": "max_completion_tokens"},
        limits=(ModelLimit(r"^(?!openai/gpt-oss)", _EFFORT),),
    ),
    Provider(
        id="openrouter",
        name="OpenRouter",
        dialect="openai",
        base_url="https://openrouter.ai/api/v1",
        key_env=("OPENROUTER_API_KEY",),
        prices_id="openrouter",
        models=r"/",
        renames={"reasoning_effort": "reasoning.effort"},
    ),
    Provider(
        id="ollama",
        name="Ollama",
        dialect="openai",
        base_url="http://127.0.0.1:11434/v1",
        free=True,
    ),
)
