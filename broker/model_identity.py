"""Which weights an id stands for: the model's own name, whatever the platform calls it.

Rules undo the spelling of platforms: the maker before the name, `.` or `-` in versions, marks of a free or
batch price. What changes the weights or how they run stays in the name: a size, a date, `fp8`, `turbo`. What
rules cannot see stands in `data/model_aliases.toml`, each line reviewed. A name that moves from one snapshot
to the next has no identity: better two doors found too few than one too many.
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

_ALIASES = Path(__file__).parent / "data" / "model_aliases.toml"
_MOVING = re.compile(r"^~|(^|[-/.])latest$")
# Bedrock writes `region.maker.model-v1:0`; the last number counts releases of the packaging.
_BEDROCK = re.compile(
    r"^(?:(?:global|regional|us-gov|us|eu|apac|jp|au|ca|in)\.)?"
    r"(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshotai|nvidia|openai|qwen|writer|zai)"
    r"\.(?=[a-z])"
)
_BEDROCK_RULES = (
    (r"-v0:(\d)$", r"-v0.\1"),  # here the numbers are the model's own: v0.2
    (r":\d+$", ""),
    (r"(-\d{8})-v\d+$", r"\1"),
    (r"-v1$", ""),
    (r"^(gpt-oss-\d+b)-1$", r"\1"),
)
_RULES = (
    (r"[_@]", "-"),
    (r"(?<=\d)[.p](?=\d)", "-"),  # 4.5, and 4p5 on Fireworks
    (r"-(20\d\d)-([01]\d)-([0-3]\d)(?=-|$)", r"-\1\2\3"),
    (r"-v2(?=-20\d{6}$)", ""),  # the second snapshot of a model on Vertex AI, named by its date as well
    (r"^databricks-", ""),
    (r"^(meta-(?=llama)|nvidia-(?=nemotron|llama)|zai-(?=glm))", ""),
    (r"^llama-?v?(?=\d)", "llama-"),
    (r"^gemma-?(?=\d)", "gemma-"),
    (r"^qwen-?(?=\d)", "qwen"),
)


@lru_cache(maxsize=8192)
def model_identity(model: str, platform: str | None = None) -> str | None:
    """The name of the weights behind a platform's model id; `None` where that cannot be said.

    `platform` is what genai-prices calls it: a few names mean something else on one platform.
    """
    written = model.lower().strip()
    if _MOVING.search(written):
        return None
    name = _plain(written)
    same, moving = _aliases()
    if not name or not moving.isdisjoint({(None, name), (platform, name)}):
        return None
    return same.get((platform, name)) or same.get((None, name), name)


def _plain(written: str) -> str:
    """The name without a platform's spelling."""
    name = re.sub(r":(free|batch)$", "", written).rpartition("/")[2]
    bare = _BEDROCK.sub("", name)
    for pattern, instead in (*(_BEDROCK_RULES if bare != name else ()), *_RULES):
        bare = re.sub(pattern, instead, bare)
    return bare


@lru_cache(maxsize=1)
def _aliases() -> tuple[dict[tuple[str | None, str], str], frozenset[tuple[str | None, str]]]:
    """The reviewed table: the identity of each other name, and the names that move, by platform."""
    table: dict[str, Any] = tomllib.loads(_ALIASES.read_text(encoding="utf-8"))
    same = {(row.get("platform"), name): row["model"] for row in table["same"] for name in row["names"]}
    moving = frozenset((row.get("platform"), name) for row in table["moving"] for name in row["names"])
    return same, moving
