"""The doors of Azure, Google Cloud and AWS: rows with values of the account, and a sign-in beside the key."""

from broker.providers import registry_limits as limits
from broker.providers.registry_limits import EFFORT
from broker.types import ModelLimit, Provider, Variable

_VERTEX = "https://{location}-aiplatform.googleapis.com"
_VERTEX_SPELLED = {
    "https://global-aiplatform.googleapis.com": "https://aiplatform.googleapis.com",
    "https://us-aiplatform.googleapis.com": "https://aiplatform.us.rep.googleapis.com",
    "https://eu-aiplatform.googleapis.com": "https://aiplatform.eu.rep.googleapis.com",
}
_PROJECT = Variable(("GOOGLE_CLOUD_PROJECT",))
_LOCATION = Variable(("GOOGLE_CLOUD_LOCATION",), "global")

CLOUDS: tuple[Provider, ...] = (
    Provider(
        id="azure",
        name="Azure AI Foundry: OpenAI models",
        dialect="openai",
        base_url="{endpoint}/openai/v1",
        variables={"endpoint": Variable(("AZURE_OPENAI_ENDPOINT",))},
        key_env=("AZURE_OPENAI_API_KEY",),
        auth="api-key",
        identity="entra",
        prices_id="azure",
        renames={"max_tokens": "max_completion_tokens"},
        limits=limits.OPENAI,
        rules=limits.OPENAI_RULES,
        settings={"deployments": "on"},  # it is asked for names that the account gave
        # Names with `:free` are another platform's.
        models=r"^(o\d|gpt(?!.*(cyber|rosalind|search|oss))|phi)[^:]*$",
    ),
    Provider(
        id="azure-claude",
        name="Azure AI Foundry: Claude",
        dialect="anthropic",
        base_url="https://{resource}.services.ai.azure.com/anthropic",
        variables={"resource": Variable(("ANTHROPIC_FOUNDRY_RESOURCE",))},
        key_env=("ANTHROPIC_FOUNDRY_API_KEY",),
        auth="api-key and x-api-key",
        identity="entra",
        prices_id="azure",  # which has Anthropic's own prices for these
        maker="Anthropic",
        limits=limits.ANTHROPIC,
        models=r"^claude-(opus-4-[1-9]|(sonnet|haiku)-4-5|sonnet-4-6|(opus|sonnet|haiku|fable|mythos)-[5-9])",
        settings={"version": "2026-10-21", "deployments": "on"},
        models_path="",
    ),
    Provider(
        id="vertex",
        name="Google Vertex AI: Gemini",
        dialect="gemini",
        base_url=_VERTEX,
        spelled=_VERTEX_SPELLED,
        variables={"project": _PROJECT, "location": _LOCATION},
        identity="google",
        prices_id="google",
        maker="Google",
        limits=limits.VERTEX,
        models=r"^gemini",
        settings={"door": "vertex", "version": "v1beta1"},
        models_path="",
    ),
    Provider(
        id="vertex-express",
        name="Google Vertex AI: Gemini, express mode",
        dialect="gemini",
        base_url="https://aiplatform.googleapis.com",
        # Google's SDK reads GOOGLE_API_KEY here too; that is the Gemini API's: a key goes to one platform.
        key_env=("GOOGLE_VERTEX_API_KEY",),
        auth="x-goog-api-key",
        prices_id="google",
        maker="Google",
        limits=limits.VERTEX,
        models=r"^gemini",
        settings={"door": "express", "version": "v1beta1"},
        models_path="",
    ),
    Provider(
        id="vertex-claude",
        name="Google Vertex AI: Claude",
        dialect="anthropic",
        base_url=_VERTEX,
        spelled=_VERTEX_SPELLED,
        variables={
            "project": Variable(("ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT")),
            "location": Variable(("CLOUD_ML_REGION", "GOOGLE_CLOUD_LOCATION"), "global"),
        },
        identity="google",
        prices_id="google",
        maker="Anthropic",
        limits=limits.VERTEX_CLAUDE,
        models=r"^claude-(?!2|v1|3-sonnet|4-)",
        settings={"door": "vertex", "version": "2026-10-21"},  # `vertex-2023-10-16` takes sampling parameters
        models_path="",
    ),
    Provider(
        id="vertex-partner",
        name="Google Vertex AI: partner models",
        dialect="openai",
        base_url=_VERTEX + "/v1/projects/{project}/locations/{location}/endpoints/openapi",
        spelled=_VERTEX_SPELLED,
        variables={"project": _PROJECT, "location": _LOCATION},
        identity="google",
        prices_id="google",
        limits=(ModelLimit(r"grok", EFFORT),),  # "Grok reasoning models don't support reasoning_effort"
        models=r"-maas$",
        settings={"publisher": "google"},  # of the price list's names, which have none
        models_path="",
    ),
    Provider(
        id="bedrock",
        name="AWS Bedrock",
        dialect="bedrock",
        base_url="https://bedrock-runtime.{region}.amazonaws.com",
        variables={"region": Variable(("AWS_REGION", "AWS_DEFAULT_REGION"))},
        key_env=("AWS_BEARER_TOKEN_BEDROCK",),
        identity="aws",
        prices_id="aws",
        limits=limits.BEDROCK,
        models_path="",
    ),
)
