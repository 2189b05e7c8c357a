"""Addresses of Google Vertex AI, where the models of several makers stand side by side."""

from urllib.parse import quote

from broker.errors import BadRequest
from broker.types import Provider


def model_path(provider: Provider, version: str, publisher: str, model: str) -> str:
    """The path of a model; below the settings `project` and `location`, unless the door is `express`.

    Raises `BadRequest` when one of the two is missing.
    """
    where = ""
    if provider.settings.get("door") != "express":
        where = f"/projects/{_place(provider, 'project')}/locations/{_place(provider, 'location')}"
    return f"/{version}{where}/publishers/{publisher}/models/{quote(model, safe='@')}"


def _place(provider: Provider, name: str) -> str:
    value = provider.settings.get(name)
    if not value:
        raise BadRequest(f"{provider.name} needs a value for {name}")
    return quote(value, safe=":")  # a project may belong to a domain: example.com:name
