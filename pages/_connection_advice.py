"""What to do about a platform that cannot be asked, in words."""

import re
from urllib.parse import urlsplit

from broker.config import to_connect
from broker.connections import Connection
from broker.discovery import lists_models
from broker.errors import BY_KIND
from broker.types import Provider
from db.connections import ProviderCheck
from pages import _format as fmt
from pages import _ui as ui

KEY_PAGES = {
    "openai": "https://platform.openai.com/api-keys",
    "anthropic": "https://platform.claude.com/settings/keys",
    "gemini": "https://aistudio.google.com/apikey",
    "mistral": "https://console.mistral.ai/api-keys",
    "cohere": "https://dashboard.cohere.com/api-keys",
    "deepseek": "https://platform.deepseek.com/api_keys",
    "xai": "https://console.x.ai",
    "perplexity": "https://www.perplexity.ai/account/api/group",
    "azure": "https://ai.azure.com",
    "azure-claude": "https://ai.azure.com",
    "vertex-express": "https://console.cloud.google.com/vertex-ai/studio/settings/api-keys",
    "bedrock": "https://console.aws.amazon.com/bedrock/home#/api-keys",
    "groq": "https://console.groq.com/keys",
    "together": "https://api.together.ai/settings/api-keys",
    "fireworks": "https://app.fireworks.ai/settings/users/api-keys",
    "cerebras": "https://cloud.cerebras.ai",
    "openrouter": "https://openrouter.ai/settings/keys",
}
_LONGEST = 300  # characters of what a platform says
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b")


def key_page(provider: Provider) -> str:
    """A link to where a key is made, as markdown; empty where none is known."""
    url = KEY_PAGES.get(provider.id)
    return f"[Get a key]({url})" if url else ""


def what_to_do(provider: Provider) -> str:
    """What connects a platform, as markdown: Set **OPENAI_API_KEY**."""
    wanted = to_connect(provider) or ""
    sentence = _VARIABLE.sub(lambda found: f"**{ui.plain(found[0])}**", wanted)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def no_list(provider: Provider) -> str:
    """What it means that a platform has no list of models where it should be, and what to do."""
    ends = " The addresses of most servers end in /v1." if not urlsplit(provider.base_url).path[1:] else ""
    return f"There is no list of models at its address.{ends} Check the address, or add a model by its name."


def title(connection: Connection, check: ProviderCheck) -> str:
    """What went wrong, in a few words for a badge."""
    if _lacks_list(connection, check):
        return "No list of models"
    return BY_KIND[check.error_kind or "server_error"].title


def trouble(connection: Connection, check: ProviderCheck) -> str:
    """What went wrong, in the platform's own words, and what to do."""
    if _lacks_list(connection, check):
        return no_list(connection.provider)
    return f"{_sentence(check.message or '')} {BY_KIND[check.error_kind or 'server_error'].advice}"


def _lacks_list(connection: Connection, check: ProviderCheck) -> bool:
    """Whether there was no model to ask because the list was not found; one that was read may be empty."""
    unread = connection.models is None and lists_models(connection.provider)
    return unread and check.offer is None and check.error_kind == "not_found"


def _sentence(words: str) -> str:
    """What a platform says, as a sentence on one line."""
    words = fmt.short(words, _LONGEST)
    return ui.plain(f"{words[:1].upper()}{words[1:].rstrip('.')}.")
