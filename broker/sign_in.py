"""Where the sign-ins of the clouds are kept on a machine: told from names and files alone, at no cost.

Nothing is read, imported or asked here; `broker.credentials` signs in.
"""

from collections.abc import Mapping
from pathlib import Path

from broker.types import Identity, Provider

EXTRAS: dict[Identity, str] = {"aws": "aws", "google": "google", "entra": "azure"}

# Any one of these groups of variables is a sign-in.
_VARIABLES: dict[Identity, tuple[tuple[str, ...], ...]] = {
    "aws": (
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_PROFILE",),
        ("AWS_DEFAULT_PROFILE",),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
    ),
    "google": (("GOOGLE_APPLICATION_CREDENTIALS",),),
    "entra": (
        ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"),
        ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"),
        ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
        ("IDENTITY_ENDPOINT",),
        ("MSI_ENDPOINT",),
    ),
}
_GOOGLE = "application_default_credentials.json"
# So is any of these files: a variable may say where it is, else it is in this place below the home folder.
_FILES: dict[Identity, tuple[tuple[str, str, str], ...]] = {
    "aws": (
        ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", ""),
        ("AWS_CONFIG_FILE", ".aws/config", ""),
    ),
    "google": (("CLOUDSDK_CONFIG", ".config/gcloud", _GOOGLE), ("APPDATA", ".config", f"gcloud/{_GOOGLE}")),
    "entra": (
        ("AZURE_CONFIG_DIR", ".azure", "msal_token_cache.json"),
        ("AZURE_CONFIG_DIR", ".azure", "msal_token_cache.bin"),
    ),
}


def looks_configured(provider: Provider, environ: Mapping[str, str]) -> bool:
    """Whether this machine seems to be signed in to the provider's cloud; no network, no secret is read.

    The setting `sign_in` = `on` says so where nothing shows it: a machine with an identity of its own.
    """
    identity = provider.identity
    if identity is None:
        return False
    if provider.settings.get("sign_in") == "on":
        return True
    named = any(all(environ.get(name) for name in group) for group in _VARIABLES[identity])
    return named or any(_is_there(environ, *place) for place in _FILES[identity])


def _is_there(environ: Mapping[str, str], moved: str, usual: str, name: str) -> bool:
    home = environ.get("HOME") or environ.get("USERPROFILE")
    folder = environ.get(moved) or (home and f"{home}/{usual}")
    return bool(folder) and Path(folder, name).is_file()
