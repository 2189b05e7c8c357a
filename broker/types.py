"""The nouns of the product as frozen values; nothing here does any work.

Units: tokens are counts, money is `Decimal` US dollars, durations end in `_ms` (milliseconds, from a
monotonic clock), instants are UTC-aware `datetime`. Unknown is `None`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
Effort = Literal["minimal", "low", "medium", "high"]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "refusal", "error"]
Outcome = Literal["answered", "refused", "filtered", "truncated", "error", "timeout", "stopped"]
Status = Literal["running", "ok", "error", "stopped", "interrupted"]
Auth = Literal["bearer", "x-api-key", "api-key", "api-key and x-api-key", "x-goog-api-key", "none"]
Identity = Literal["aws", "google", "entra"]
ImageType = Literal["image/png", "image/jpeg", "image/webp"]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as its file's bytes; `broker.images` makes one from bytes or a data URL."""

    media_type: ImageType
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may ask to have called; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model asks for. `arguments` is JSON as the model wrote it, unchecked.

    `signature` is the platform's own mark on the call, which it wants back with the result.
    """

    id: str
    name: str
    arguments: str
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; the turn of a `tool` is the result of the call `tool_call_id`.

    `cache` marks the end of a part that the platform should keep for later calls. `reasoning_blocks` are
    an assistant turn's reasoning as the platform wants it back beside its `tool_calls`: signed or
    encrypted, in the shape of the dialect that it came from.
    """

    role: Role
    content: str = ""
    images: tuple[Image, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    reasoning_blocks: tuple[Mapping[str, str], ...] = ()
    cache: bool = False


@dataclass(frozen=True, slots=True)
class Params:
    """What a caller may ask of a model beside the messages; `None` (or empty) means: not sent.

    `reasoning_budget` counts tokens; where a platform takes it, it goes before the effort. `tool_choice` is
    `auto`, `none`, `required` or a tool's name. `logprobs` is how many alternatives to each token are told.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    json_schema: Mapping[str, Any] | None = None
    reasoning_effort: Effort | None = None
    reasoning_budget: int | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    logprobs: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked: messages in order (system turns first) and parameters."""

    messages: tuple[Message, ...]
    params: Params = field(default_factory=Params)


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """US dollars per million tokens of one class each; `None` where that class has no known price.

    `source` says where the figures come from, for example `genai-prices 0.2.3`.
    """

    input_mtok: Decimal | None = None
    output_mtok: Decimal | None = None
    cache_read_mtok: Decimal | None = None
    cache_write_mtok: Decimal | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class ModelLimit:
    """What models whose id matches `pattern` (a regular expression) do not take.

    A parameter's name, or one value of it: `reasoning_effort=minimal`; `images` and `cache` count as names.
    """

    pattern: str
    drops: frozenset[str]


@dataclass(frozen=True, slots=True)
class DialectRule:
    """Calls that go in another dialect than the row's: of models whose id matches `models`.

    Where `asks` is not empty, only those that ask for one of these parameters.
    """

    dialect: str
    models: str = ""
    asks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that the account gives: a region, a project, an address. `env` lists where it may stand."""

    env: tuple[str, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """Our configured way to reach a platform: one row of the registry.

    Address: `base_url` may hold `{names}`, filled from `settings`; those of `variables` come from the
    environment where the settings do not have them. `spelled` has the beginnings of addresses that are
    spelled in another way. `dialect` is the wire format, `rules` name exceptions.

    Key: `key_env` lists the environment variables that may hold it, first match wins; empty means that no
    key is sent, `key_optional` that a server may do without. `identity` is how
    to sign in where no key is set, by an optional extra.

    Wire: `renames` maps our parameter names to this platform's (a dot nests, as in `reasoning.effort`);
    `drops` are parameters the platform does not take (`images` and `cache` count), `takes` those it takes
    beyond what is usual in its dialect. `settings` are the dialect's own (an API version, say).
    `models_path` lists the account's models; empty where there is no such address.

    Market: `maker` is set where one maker trained all that the platform sells; `models` is a regular
    expression for the ids of the price list that this API serves; `prices_id` is what genai-prices calls it.

    Quotas: the most calls at once, requests and tokens per minute; `None` is no limit of ours.
    """

    id: str
    name: str
    dialect: str
    base_url: str
    key_env: tuple[str, ...] = ()
    key_optional: bool = False
    auth: Auth = "bearer"
    prices_id: str | None = None
    free: bool = False
    maker: str | None = None
    models: str = ""
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    drops: frozenset[str] = frozenset()
    limits: tuple[ModelLimit, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    takes: frozenset[str] = frozenset()
    rules: tuple[DialectRule, ...] = ()
    identity: Identity | None = None
    variables: Mapping[str, Variable] = field(default_factory=dict[str, Variable])
    spelled: Mapping[str, str] = field(default_factory=dict[str, str])
    models_path: str = "/models"
    max_concurrency: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A model on a platform: what is compared and bought. Its id is `provider/model`.

    `model` is the name in the id; `wire_model` is what the platform is asked for. Where that is a name of
    the account's own (a deployment), `known_as` is the one by which limits and prices know it. `defaults`
    apply where the request leaves a parameter open; `settings` go before the provider's (a region, an API
    version). `price` overrides the price list.
    """

    provider: str
    model: str
    wire_model: str
    maker: str
    name: str
    defaults: Params = field(default_factory=Params)
    price: TokenPrice | None = None
    context_window: int | None = None
    note: str = ""
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    known_as: str = ""

    @property
    def id(self) -> str:
        """`provider/model`, unique in an installation."""
        return f"{self.provider}/{self.model}"

    @property
    def known_name(self) -> str:
        """The platform's usual name of the model."""
        return self.known_as or self.wire_model


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one call. `input_tokens` includes the cached ones, as in genai-prices.

    `reasoning_tokens` are part of `output_tokens`. The four billed classes (fresh input, cache read,
    cache write, output) are disjoint.
    """

    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None

    @property
    def fresh_input_tokens(self) -> int | None:
        """Input tokens billed at the full input price; `None` when the input is unknown."""
        if self.input_tokens is None:
            return None
        return max(0, self.input_tokens - (self.cache_read_tokens or 0) - (self.cache_write_tokens or 0))


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars of one call, per billed class, with the price that was in force at the call."""

    input: Decimal
    cache_read: Decimal
    cache_write: Decimal
    output: Decimal
    price: TokenPrice

    @property
    def total(self) -> Decimal:
        """The whole call."""
        return self.input + self.cache_read + self.cache_write + self.output


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token of the answer with its natural log probability, and the likeliest tokens in its place."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class ToolFragment:
    """A piece of a tool call: the pieces of one `index` are joined. Without an index it is a whole call."""

    index: int | None = None
    id: str = ""
    name: str = ""
    arguments: str = ""
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class BlockFragment:
    """A piece of a reasoning block: of one `index`, texts under the same key are joined."""

    index: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Delta:
    """What one wire event adds. A dialect returns `None` for events that add nothing.

    `usage` replaces what was known (its non-`None` fields). `finish_reason` is the terminal sign; `end`
    says the stream is over without naming a reason. `error` is a failure reported inside the stream.
    """

    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    served_model: str | None = None
    error: "CallError | None" = None
    end: bool = False
    tool_calls: tuple[ToolFragment, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    reasoning_blocks: tuple[BlockFragment, ...] = ()


@dataclass(frozen=True, slots=True)
class CallError:
    """Why a call failed: its kind (see `broker.errors`), the HTTP status if any, and the provider's words."""

    kind: str
    message: str
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a call: milliseconds after the first send, how long it took, how it ended."""

    started_ms: float
    duration_ms: float
    error_kind: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds after the send of the attempt that answered, stamped as its bytes arrive.

    `ttft_ms`: first token of any kind. `ttfa_ms`: first visible answer token. `total_ms`: the stream's
    end. `elapsed_ms` starts when the call came to the gate, so it includes the wait for a place, connecting,
    retries and the waits between them.
    """

    first_event_ms: float | None = None
    ttft_ms: float | None = None
    ttfa_ms: float | None = None
    last_token_ms: float | None = None
    total_ms: float | None = None
    elapsed_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """One call, folded: what was asked of which offer and everything that came of it.

    `dropped` names what was asked for and not sent, `adapted` what was sent in another way: `json_schema`
    in the prompt where the platform has no field for it.
    """

    call_id: str
    offer: Offer
    request: ChatRequest
    status: Status
    started_at: datetime
    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    error: CallError | None = None
    served_model: str | None = None
    usage: Usage = field(default_factory=Usage)
    cost: Cost | None = None
    timing: Timing = field(default_factory=Timing)
    attempts: tuple[Attempt, ...] = ()
    dropped: tuple[str, ...] = ()
    adapted: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    reasoning_blocks: tuple[Mapping[str, str], ...] = ()

    @property
    def output_tokens_per_s(self) -> float | None:
        """Output tokens a second between the first and the last token; `None` if all came within 50 ms.

        Tokens of a reasoning that is not shown came before the first one, so they do not count.
        """
        first, last, n = self.timing.ttft_ms, self.timing.last_token_ms, self.usage.output_tokens
        if first is None or last is None or n is None:
            return None
        n -= 0 if self.reasoning else self.usage.reasoning_tokens or 0
        if n < 2 or last - first < 50:
            return None
        return (n - 1) / (last - first) * 1000

    @property
    def other_model_served(self) -> bool:
        """True when the platform says it answered with another model than the one asked for."""
        return self.served_model is not None and self.served_model != self.offer.wire_model


@dataclass(frozen=True, slots=True)
class CallContext:
    """Who calls and why; kept with the call."""

    purpose: str
    user: str | None = None
    prompt_id: str | None = None
    position: int | None = None
