"""What of a request is not sent to an offer, or in another way: found by encoding one of each kind."""

from collections.abc import Mapping
from dataclasses import replace

from broker.config import settle
from broker.providers import encode
from broker.types import ChatRequest, Image, Message, Offer, Params, Provider, Tool

_ASKED = (Message("user", "Hello"),)
_PICTURE = (Message("user", "Hello", images=(Image("image/png", b"\x89PNG"),)),)
_TOOL = Tool("look_up", "Looks up a word.", {"type": "object", "properties": {}})
_PROBES: Mapping[str, ChatRequest] = {
    "temperature": ChatRequest(_ASKED, Params(temperature=0.5)),
    "top-p": ChatRequest(_ASKED, Params(top_p=0.5)),
    "maximum tokens": ChatRequest(_ASKED, Params(max_tokens=4000)),
    "stop sequences": ChatRequest(_ASKED, Params(stop=("END",))),
    "seed": ChatRequest(_ASKED, Params(seed=1)),
    "JSON schema": ChatRequest(_ASKED, Params(json_schema={"type": "object", "properties": {}})),
    "reasoning effort": ChatRequest(_ASKED, Params(reasoning_effort="high")),
    "reasoning budget": ChatRequest(_ASKED, Params(reasoning_budget=2048)),
    "tools": ChatRequest(_ASKED, Params(tools=(_TOOL,))),
    "token probabilities": ChatRequest(_ASKED, Params(logprobs=1)),
    "images": ChatRequest(_PICTURE),
    "cache marks": ChatRequest((replace(_ASKED[0], cache=True),)),
}


def lost(provider: Provider, offer: Offer) -> tuple[list[str], list[str]]:
    """What is dropped, and what is adapted, each asked for alone."""
    row = settle(provider)
    encoded = {name: encode(row, offer, request) for name, request in _PROBES.items()}
    dropped = [name for name, found in encoded.items() if found.dropped]
    return dropped, [name for name, found in encoded.items() if found.adapted and not found.dropped]
