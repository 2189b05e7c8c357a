"""Every platform we reach: one row each. To add one that speaks a known dialect, add a row.

Rows are grouped by who sells: makers, clouds (in `registry_clouds`), hosts of many makers' models, servers
of one's own. What depends on the model is in `registry_limits`.
"""

from broker.providers import registry_limits as limits
from broker.providers.registry_clouds import CLOUDS
from broker.providers.registry_limits import EFFORT, IMAGES, LOGPROBS, SCHEMA, TOOLS
from broker.types import ModelLimit, Provider, Variable

_COMPLETION_TOKENS = {"max_tokens": "max_completion_tokens"}
_SEED = frozenset({"seed"})

REGISTRY: tuple[Provider, ...] = (
    Provider(
        id="local",
        name="This machine",
        dialect="openai",
        base_url="local:",  # the address is known once the model server runs
        free=True,
        drops=EFFORT | IMAGES | TOOLS,  # its model knows neither
        headers={"connection": "close"},  # it closes after every stream although it says it will not
        models_path="",
        max_concurrency=2,  # as many as broker.local_server answers; a wait there would look like its TTFT
    ),
    # Makers
    Provider(
        id="openai",
        name="OpenAI API",
        dialect="openai",
        base_url="https://api.openai.com/v1",
        key_env=("OPENAI_API_KEY",),
        prices_id="openai",
        maker="OpenAI",
        renames=_COMPLETION_TOKENS,
        limits=limits.OPENAI,
        models=r"^(?!gpt-oss)",  # open weights, which others serve
        rules=limits.OPENAI_RULES,
    ),
    Provider(
        id="anthropic",
        name="Anthropic API",
        dialect="anthropic",
        base_url="https://api.anthropic.com",
        key_env=("ANTHROPIC_API_KEY",),
        auth="x-api-key",
        prices_id="anthropic",
        limits=limits.ANTHROPIC,
        maker="Anthropic",
        settings={"version": "2023-06-01"},  # 2026-10-21 takes no sampling parameters
        models_path="/v1/models",
    ),
    Provider(
        id="gemini",
        name="Google Gemini API",
        dialect="gemini",
        base_url="https://generativelanguage.googleapis.com",
        key_env=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        auth="x-goog-api-key",
        prices_id="google",
        limits=limits.GEMINI,
        maker="Google",
        models=r"^(gemini|gemma)(?!.*-maas$)",
        settings={"version": "v1beta"},
        models_path="/v1beta/models",
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
        drops=EFFORT | LOGPROBS,  # its efforts are `none` and `high` alone, of some models
        limits=limits.MISTRAL,
        settings={"stream_options": "off"},  # it refuses unknown fields; usage comes unasked
    ),
    Provider(
        id="cohere",
        name="Cohere",
        dialect="openai",
        base_url="https://api.cohere.ai/compatibility/v1",
        key_env=("CO_API_KEY", "COHERE_API_KEY"),
        prices_id="cohere",
        maker="Cohere",
        drops=LOGPROBS | {"tool_choice"},  # its compatibility API supports neither
        limits=(
            ModelLimit(r"^(?!.*(vision|command-a-plus))", IMAGES),
            ModelLimit(r"^(?!.*reasoning)", EFFORT),
        ),
        models=r"^(command-[ar]|c4ai)",
        models_path="",  # only its own API lists models
    ),
    Provider(
        id="deepseek",
        name="DeepSeek API",
        dialect="openai",
        base_url="https://api.deepseek.com",
        key_env=("DEEPSEEK_API_KEY",),
        prices_id="deepseek",
        maker="DeepSeek",
        drops=IMAGES | SCHEMA | _SEED,  # its JSON mode has no schema; a seed is not in its reference
        limits=limits.DEEPSEEK,
    ),
    Provider(
        id="xai",
        name="xAI API",
        dialect="openai",
        base_url="https://api.x.ai/v1",
        key_env=("XAI_API_KEY",),
        prices_id="x-ai",
        maker="xAI",
        limits=limits.XAI,
        models=r"^grok-(?!voice|.*multi-agent)",  # several agents at once are for Responses alone
    ),
    Provider(
        id="perplexity",
        name="Perplexity",
        dialect="openai",
        base_url="https://api.perplexity.ai",
        key_env=("PERPLEXITY_API_KEY",),
        prices_id="perplexity",
        drops=TOOLS | LOGPROBS | _SEED,
        limits=(ModelLimit(r"^(?!.*(reasoning|deep-research))", EFFORT),),
        models=r"^sonar(?!-pro-search)",  # the others are sold by its orchestrator or no longer
        models_path="",
    ),
    *CLOUDS,
    # Hosts of many makers' models
    Provider(
        id="groq",
        name="Groq",
        dialect="openai",
        base_url="https://api.groq.com/openai/v1",
        key_env=("GROQ_API_KEY",),
        prices_id="groq",
        renames=_COMPLETION_TOKENS,
        # Logprobs "will result in a 400 error"; structured outputs do not stream.
        drops=LOGPROBS | SCHEMA,
        limits=limits.GROQ,
    ),
    Provider(
        id="together",
        name="Together AI",
        dialect="openai",
        base_url="https://api.together.ai/v1",
        key_env=("TOGETHER_API_KEY",),
        prices_id="together",
        drops=LOGPROBS,  # asked for by a number and answered in a shape of its own
    ),
    Provider(
        id="fireworks",
        name="Fireworks AI",
        dialect="openai",
        base_url="https://api.fireworks.ai/inference/v1",
        key_env=("FIREWORKS_API_KEY",),
        prices_id="fireworks",
    ),
    Provider(
        id="cerebras",
        name="Cerebras",
        dialect="openai",
        base_url="https://api.cerebras.ai/v1",
        key_env=("CEREBRAS_API_KEY",),
        prices_id="cerebras",
        renames=_COMPLETION_TOKENS,
        drops=frozenset({"tool_choice"}),  # `auto`, the default, and `none` are all it knows
        limits=limits.CEREBRAS,
    ),
    Provider(
        id="databricks",
        name="Databricks",
        dialect="openai",
        base_url="{host}/serving-endpoints",
        variables={"host": Variable(("DATABRICKS_HOST",))},
        key_env=("DATABRICKS_TOKEN",),
        prices_id="databricks",
        drops=_SEED,  # it refuses fields beyond its reference, `stream_options` for one; usage comes unasked
        settings={"stream_options": "off"},
        models=r"^databricks-(?!bge|gte|.*embedding)",
        models_path="",  # its list of endpoints is another API's
    ),
    Provider(
        id="openrouter",
        name="OpenRouter",
        dialect="openai",
        base_url="https://openrouter.ai/api/v1",
        key_env=("OPENROUTER_API_KEY",),
        prices_id="openrouter",
        models=r"/",
        renames={"reasoning_effort": "reasoning.effort", "reasoning_budget": "reasoning.max_tokens"},
        takes=frozenset({"cache", "reasoning_budget"}),
    ),
    # Servers of one's own
    Provider(
        id="ollama",
        name="Ollama",
        dialect="openai",
        base_url="http://127.0.0.1:11434/v1",
        key_env=("OLLAMA_API_KEY",),  # only its cloud asks for it
        key_optional=True,
        free=True,
    ),
    Provider(
        id="vllm",
        name="vLLM",
        dialect="openai",
        base_url="http://127.0.0.1:8000/v1",
        key_env=("VLLM_API_KEY",),
        key_optional=True,
        free=True,
    ),
    Provider(
        id="llamacpp",
        name="llama.cpp server",
        dialect="openai",
        base_url="http://127.0.0.1:8080/v1",
        key_env=("LLAMA_API_KEY",),
        key_optional=True,
        free=True,
    ),
    Provider(
        id="lmstudio",
        name="LM Studio",
        dialect="openai",
        base_url="http://127.0.0.1:1234/v1",
        key_env=("LM_API_TOKEN",),
        key_optional=True,
        free=True,
    ),
)
