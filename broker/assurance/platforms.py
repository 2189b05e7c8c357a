"""About whom facts are told: several of our rows can be one platform, with the same vendor behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform as facts name it, and the registry's rows that reach it: without any, the row of its id.

    `apart` has rows of which facts about the whole platform may not be true, and why.
    """

    id: str
    name: str
    rows: tuple[str, ...] = ()
    apart: Mapping[str, str] = field(default_factory=dict[str, str])


PLATFORMS: tuple[Platform, ...] = (
    Platform("openai", "OpenAI API"),
    Platform("anthropic", "Anthropic API"),
    Platform("gemini_api", "Google Gemini API", ("gemini",)),
    Platform("mistral", "Mistral API"),
    Platform("cohere", "Cohere"),
    Platform("deepseek", "DeepSeek API"),
    Platform("xai", "xAI API"),
    Platform(
        "azure",
        "Azure AI Foundry",
        ("azure", "azure-claude"),
        {"azure-claude": "Claude in Foundry is sold by Anthropic on its own terms"},
    ),
    Platform(
        "vertex",
        "Google Vertex AI",
        ("vertex", "vertex-express", "vertex-claude", "vertex-partner"),
        {"vertex-express": "express mode is reached by a key alone, without a region"},
    ),
    Platform("bedrock", "AWS Bedrock"),
    Platform("groq", "Groq"),
    Platform("together", "Together AI"),
    Platform("fireworks", "Fireworks AI"),
    Platform("databricks", "Databricks"),
    Platform("openrouter", "OpenRouter"),
    Platform("self_hosted", "Own servers", ("local", "ollama", "vllm", "llamacpp", "lmstudio")),
)
PLATFORM = {platform.id: platform for platform in PLATFORMS}
_BY_ROW = {row: platform for platform in PLATFORMS for row in platform.rows or (platform.id,)}


def platform_of(provider: str) -> str:
    """The platform that a provider reaches; any other than the registry's rows is one of its own."""
    found = _BY_ROW.get(provider)
    return found.id if found else provider


def caveat_of(provider: str) -> str:
    """Why what is true of the whole platform may not be true of this row; empty where it is."""
    found = _BY_ROW.get(provider)
    return found.apart.get(provider, "") if found else ""
