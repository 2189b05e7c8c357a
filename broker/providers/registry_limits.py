"""What the models of a maker or a platform do not take; the patterns match the id that goes over the wire.

A limit may name one value of a parameter: `reasoning_effort=minimal`.
"""

from broker.types import DialectRule, ModelLimit

SAMPLING = frozenset({"temperature", "top_p"})
TOOLS = frozenset({"tools", "tool_choice"})
EFFORT = frozenset({"reasoning_effort"})
REASONING = EFFORT | {"reasoning_budget"}
LEAST_EFFORT = frozenset({"reasoning_effort=minimal"})
_BELOW_HIGH = frozenset(f"reasoning_effort={effort}" for effort in ("minimal", "low", "medium"))
SCHEMA = frozenset({"json_schema"})
IMAGES = frozenset({"images"})
LOGPROBS = frozenset({"logprobs"})

# OpenAI: reasoning models refuse sampling parameters, stop sequences and logprobs; the others an effort.
_OPENAI_REASONING = r"^(ft:)?(o\d|gpt-[5-9](?!.*chat))"
OPENAI = (
    ModelLimit(_OPENAI_REASONING, SAMPLING | LOGPROBS | {"stop"}),
    ModelLimit(r"^(ft:)?(gpt-3|gpt-4|chatgpt|gpt-chat|gpt-[5-9].*chat)", EFFORT),
    ModelLimit(r"^(o\d|gpt-5\.|gpt-[6-9])", LEAST_EFFORT),
    ModelLimit(r"^gpt-5-pro", _BELOW_HIGH),
    ModelLimit(r"^o1-(mini|preview)", EFFORT | TOOLS),
    ModelLimit(r"^chatgpt-", TOOLS),
    ModelLimit(r"^(ft:)?(gpt-3|gpt-4(-(0|1106|32k).*)?$|o1-(mini|preview)|o3-mini)", IMAGES),
    ModelLimit(r"^(ft:)?(gpt-3|gpt-4(-.*)?$|gpt-4o-2024-05-13|chatgpt-|o1-(mini|preview))", SCHEMA),
)
# Some models are served by Responses alone, and only Responses shows a summary of the reasoning.
OPENAI_RULES = (
    DialectRule("responses", r"^(o\d-pro|gpt-\d[\d.]*-(pro|codex)|codex|computer-use|o\d.*deep-research)"),
    DialectRule("responses", r"^(ft:)?(o1(?!-mini|-preview)|o[3-9]|gpt-[5-9](?!.*chat))", EFFORT),
)

# Claude as Anthropic (`claude-opus-4-5-20251101`), Bedrock (`us.anthropic.claude-opus-4-5-20251101-v1:0`) and
# Vertex AI (`claude-opus-4-5@20251101`) write it. The digit to fill in is the last minor version of 4 meant.
_EARLY = r"2|[34]-|v1|instant|(opus|sonnet|haiku)-4(-[0-{}])?(?!\d|-\d(?!\d{{7}}))"
ANTHROPIC = (
    # Sampling parameters and budgets ended with Opus 4.6 and Sonnet 4.6, the least effort with 4.5.
    ModelLimit(rf"(^|[./])claude-(?!{_EARLY.format(6)})", SAMPLING | {"reasoning_budget"}),
    ModelLimit(rf"(^|[./])claude-(?!{_EARLY.format(5)})", LEAST_EFFORT),
    ModelLimit(rf"(^|[./])claude-({_EARLY.format(1)})", SCHEMA),
    ModelLimit(r"(^|[./])claude-(2|3-(?!7)|v1|instant)", REASONING),
    ModelLimit(r"(^|[./])claude-(2|v1|instant)", IMAGES | TOOLS),
)

# "Vertex AI supports structured outputs for" Claude from 4.6 on.
VERTEX_CLAUDE = (*ANTHROPIC, ModelLimit(rf"(^|[./])claude-({_EARLY.format(5)})", SCHEMA))

_GOOGLE = (
    ModelLimit(r"^gemini-(1|2\.0)", REASONING),
    ModelLimit(r"^gemini-3(\.\d)?-pro", LEAST_EFFORT),
    # "Function calling is not enabled", "JSON mode is not enabled" for Gemma before 4.
    ModelLimit(r"^gemma-[1-3]", REASONING | TOOLS | SCHEMA),
)
# "Logprobs is not enabled for models/gemini-2.5-flash", says the Gemini API; Vertex AI has them up to 2.5.
GEMINI = (*_GOOGLE, ModelLimit(r"^(gemini-(1|2\.5|[3-9])|gemma)", LOGPROBS))
VERTEX = (*_GOOGLE, ModelLimit(r"^gemini-[3-9]", LOGPROBS))

# Bedrock: what Converse refuses by model ("supported models and features" in its guide).
BEDROCK = (
    *ANTHROPIC,
    ModelLimit(r"^(?!.*(anthropic\.claude|amazon\.nova-[2-9]|openai\.gpt-))", REASONING),
    ModelLimit(r"^(?!.*(anthropic\.claude|amazon\.nova))", frozenset({"cache"})),
    ModelLimit(
        r"amazon\.|meta\.|writer\.|deepseek\.r1|mistral\.(mistral-7b|mixtral|mistral-\w+-2402|pixtral)",
        SCHEMA,
    ),
    ModelLimit(r"amazon\.titan|meta\.llama3-(8|70)b|deepseek\.r1|mistral\.(mistral-7b|mixtral)", TOOLS),
    ModelLimit(r"(meta|writer|google|qwen|openai|zai|moonshotai|nvidia)\.", frozenset({"tool_choice"})),
    ModelLimit(
        r"amazon\.(titan|nova-micro)|meta\.llama3-(8|70|1|3|2-[13]b)|deepseek\.|openai\.gpt-oss|writer\."
        r"|qwen\.qwen3-(?!vl)|mistral\.(mistral-(7b|large-24|small-24)|mixtral|devstral)",
        IMAGES,
    ),
)

_MISTRAL_WITHOUT_SIGHT = r"^(open-|codestral|devstral|mistral-(7b|tiny|saba|nemo)|mixtral|ministral-[38]b$)"
MISTRAL = (ModelLimit(_MISTRAL_WITHOUT_SIGHT, IMAGES),)

GROQ = (
    # An effort is a model's own word elsewhere: Qwen takes only `none` and `default`.
    ModelLimit(r"^(?!openai/gpt-oss)", EFFORT),
    ModelLimit(r"^openai/gpt-oss", LEAST_EFFORT),
    ModelLimit(r"^(?!meta-llama/llama-4|.*vision|qwen/qwen3\.[5-9])", IMAGES),
)

DEEPSEEK = (ModelLimit(r"^deepseek-reasoner", SAMPLING | LOGPROBS),)

# Grok: reasoning models refuse stop sequences; an effort is for 3 mini and from 4.3 on (4.20 came earlier).
XAI = (
    ModelLimit(r"^grok-(3-mini|4(?!.*non-reasoning)|[5-9]|code|build)", frozenset({"stop"})),
    ModelLimit(r"^grok-(?!3-mini|4\.[3-9]|[5-9])", EFFORT),
    ModelLimit(r"^grok-", LEAST_EFFORT),
    ModelLimit(r"^grok-3-mini", frozenset({"reasoning_effort=medium"})),
    ModelLimit(r"^grok-(4\.|[5-9])", LOGPROBS),
    ModelLimit(r"^grok-(3|code|build)", IMAGES),
)

CEREBRAS = (
    ModelLimit(r"^(?!gpt-oss)", EFFORT),
    ModelLimit(r"^gpt-oss", LEAST_EFFORT),
    ModelLimit(r"^(gpt-oss|qwen-3-32b|zai-)", SCHEMA),  # models that reason do not stream it
    ModelLimit(r"^(?!gemma|qwen-3\.[5-9])", IMAGES),
)
