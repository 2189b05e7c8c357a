"""How a call identifies itself: the provider's key, or a sign-in where no key is set.

Signing in needs an optional extra, imported only when a platform asks for it. The errors of the clouds' own
libraries may quote files and replies; ours name no more than their kind.
"""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import partial
from importlib import import_module
from typing import Any

import httpx

from broker import config
from broker.errors import ConnectFailed, ConnectTimeout, KeyRefused, NoKey, ProviderError
from broker.sign_in import EXTRAS
from broker.types import Identity, Provider

Sign = Callable[[httpx.URL, bytes, Mapping[str, str]], Mapping[str, str]]

SIGN_IN_S = 30.0  # how long signing in may take
_EARLY_S = 300.0  # a token is renewed this long before it expires; AWS is asked again after this time
_GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_ENTRA_SCOPE = "https://cognitiveservices.azure.com/.default"
_HOW: dict[Identity, str] = {
    "aws": "sign in with `aws sso login` or `aws configure`",
    "google": "sign in with `gcloud auth application-default login`",
    "entra": "sign in with `az login`",
}


@dataclass(frozen=True, slots=True)
class Credential:
    """What identifies the caller: a key or token, as the row sends it; or a way to sign whole requests."""

    provider: Provider
    key: str | None = field(default=None, repr=False)
    sign: Sign | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _SignIn:
    """What a library gave: a secret, good until this reading of the monotonic clock."""

    secret: str = field(repr=False)
    until: float
    keys: Any = field(default=None, repr=False)  # of AWS
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


async def credential(provider: Provider, environ: Mapping[str, str] | None = None) -> Credential:
    """The credential in force now: the key that is set, else that of a sign-in.

    Where signing in fails, raises `NoKey`, `KeyRefused`, `ConnectFailed` or `ConnectTimeout`; without a key
    and a way to sign in, the credential is empty.
    """
    key = config.key_of(provider, environ)
    if key or provider.identity is None:
        return Credential(provider, key)
    found = await _signed_in(provider)
    if provider.identity == "aws":
        region = provider.settings.get("region", "")
        return Credential(provider, found.secret, partial(_signature, found.keys, region))
    row = replace(provider, auth="bearer", headers={**provider.headers, **found.headers})
    return Credential(row, found.secret)


# Sign-ins under way and done, for the process. The libraries block, so they work in threads of their own.
_sign_ins: dict[tuple[str, ...], Future[_SignIn]] = {}
_lock = threading.Lock()
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sign-in")


async def _signed_in(provider: Provider) -> _SignIn:
    asked = _asked(provider)
    if asked.done():
        return asked.result()
    # Shielded: a call that is stopped must not take the sign-in from the others that wait for it.
    waiting = asyncio.shield(asyncio.wrap_future(asked))
    try:
        async with asyncio.timeout(SIGN_IN_S):
            return await waiting
    except TimeoutError:
        raise ConnectTimeout(f"signing in to {provider.name} took over {SIGN_IN_S:.0f} seconds") from None


def _asked(provider: Provider) -> Future[_SignIn]:
    """The sign-in under way, or the last one while it is good, or else a new one."""
    name = (provider.id, str(provider.identity), provider.settings.get("scope", ""))
    with _lock:
        known = _sign_ins.get(name)
        if known is None or (known.done() and not _is_good(known)):
            known = _sign_ins[name] = _threads.submit(_sign_in, provider)
        return known


def _is_good(done: Future[_SignIn]) -> bool:
    return done.exception() is None and done.result().until > time.monotonic()


def _sign_in(provider: Provider) -> _SignIn:
    """Sign in through the platform's own library, whose errors become ours."""
    assert provider.identity is not None
    try:
        return _LIBRARIES[provider.identity](provider)
    except ProviderError:
        raise
    except ImportError:
        install = f"scripts/setup --extra {EXTRAS[provider.identity]}"
        raise NoKey(f"{_keyless(provider)}, or install what signing in needs: {install}") from None
    except Exception as error:
        raise _as_ours(provider, _HOW[provider.identity], error) from None


def _as_ours(provider: Provider, how: str, error: Exception) -> ProviderError:
    """A library's error as ours; it is known by name, for the library may not be installed."""
    names = {kind.__name__ for kind in type(error).__mro__}
    told = re.search(r"AADSTS\d+|\b(invalid|unauthorized|access)_[a-z_]+", str(error))
    detail = told[0] if told else type(error).__name__
    if names & _UNREACHED:
        return ConnectFailed(f"the sign-in of {provider.name} cannot be reached ({detail})")
    if names & _NOBODY or ("ClientAuthenticationError" in names and not told):
        return NoKey(f"{_keyless(provider)}, or {how}; no sign-in was found that works ({detail})")
    return KeyRefused(f"the sign-in for {provider.name} was refused ({detail}): {how} again")


def _keyless(provider: Provider) -> str:
    return f"{provider.name} needs a key: set {' or '.join(provider.key_env)}"


def _aws(provider: Provider) -> _SignIn:
    """The keys from botocore's usual places; those that expire it renews well before they do."""
    logging.getLogger("botocore").setLevel(logging.INFO)  # below that it writes out tokens and replies
    source = _aws_sources.get(provider.id)
    if not hasattr(source, "refresh_needed"):  # keys in a file may have been replaced since
        source = _aws_sources[provider.id] = import_module("botocore.session").Session().get_credentials()
    if source is None:
        raise NoKey(f"{_keyless(provider)}, or {_HOW['aws']}; no sign-in was found")
    keys = source.get_frozen_credentials()
    import_module("botocore.auth")  # here, for `_signature` must not hold up the event loop
    # A session's token travels with each request, where an error might quote it; the secret key never does.
    return _SignIn(keys.token or keys.secret_key, time.monotonic() + _EARLY_S, keys)


def _signature(
    keys: Any, region: str, url: httpx.URL, body: bytes, headers: Mapping[str, str]
) -> dict[str, str]:
    """The headers of AWS's Signature Version 4, for the region that the host names, else for this one."""
    in_host = re.search(r"(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.", url.host)
    signed = {"content-type": headers["content-type"]}  # the others are left free for proxies to change
    request = import_module("botocore.awsrequest").AWSRequest("POST", str(url), signed, body)
    auth = import_module("botocore.auth").SigV4Auth(keys, "bedrock", in_host[1] if in_host else region)
    auth.add_auth(request)
    return {name.lower(): value for name, value in request.headers.items() if name not in signed}


def _google(provider: Provider) -> _SignIn:
    """A token of Google's Application Default Credentials, and the project whose quota it uses."""
    auth, transport = import_module("google.auth"), import_module("google.auth.transport.requests")
    credentials, _ = auth.default(scopes=[_GOOGLE_SCOPE])
    credentials.refresh(transport.Request())
    quota = credentials.quota_project_id
    headers = {"x-goog-user-project": quota} if quota else {}
    return _SignIn(
        credentials.token, _good_until(credentials.expiry.replace(tzinfo=UTC).timestamp()), headers=headers
    )


def _entra(provider: Provider) -> _SignIn:
    """A token of Azure's default chain: environment, managed identity, the developer's own sign-in."""
    with import_module("azure.identity").DefaultAzureCredential() as chain:
        token = chain.get_token(provider.settings.get("scope", _ENTRA_SCOPE))
    return _SignIn(token.token, _good_until(token.expires_on))


def _good_until(expires: float) -> float:
    """When to renew a token that expires at this Unix time, on the monotonic clock."""
    return time.monotonic() + expires - time.time() - _EARLY_S


_aws_sources: dict[str, Any] = {}
_LIBRARIES: dict[Identity, Callable[[Provider], _SignIn]] = {
    "aws": _aws,
    "google": _google,
    "entra": _entra,
}
_UNREACHED = {
    "TransportError",
    "TimeoutError",
    "ConnectionError",
    "HTTPClientError",
    "MetadataRetrievalError",
    "ServiceRequestError",
    "ServiceResponseError",
}
_NOBODY = {
    "DefaultCredentialsError",
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "CredentialUnavailableError",
}
