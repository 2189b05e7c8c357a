"""How a call identifies itself: the provider's key, or a sign-in where no key is set.

Signing in needs an optional extra, imported only when a platform asks for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from broker import config
from broker.types import Identity, Provider

Sign = Callable[[httpx.URL, bytes, Mapping[str, str]], Mapping[str, str]]
EXTRAS: dict[Identity, str] = {"aws": "aws", "google": "google", "entra": "azure"}


@dataclass(frozen=True, slots=True)
class Credential:
    """What identifies the caller: a key or token, as the row sends it; or a way to sign whole requests."""

    provider: Provider
    key: str | None = field(default=None, repr=False)
    sign: Sign | None = field(default=None, repr=False)


async def credential(provider: Provider, environ: Mapping[str, str] | None = None) -> Credential:
    """The credential in force now; raises `NoKey` where there is none."""
    return Credential(provider, config.key_of(provider, environ))
