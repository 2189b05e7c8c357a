"""What a connection that fails may raise, and what of our errors that is."""

import httpx

from broker.errors import ConnectFailed, ConnectTimeout, Malformed, ProviderError


def breaks() -> tuple[type[Exception], ...]:
    """What a connection that breaks may raise."""
    import aiohttp

    return httpx.TransportError, aiohttp.ClientError, OSError


def network_error(cause: BaseException) -> ProviderError:
    """A failure before any reply, as our own error."""
    import aiohttp

    if isinstance(cause, TimeoutError):
        return ConnectTimeout("the connection was not established in time")
    if isinstance(cause, aiohttp.ClientHttpProxyError):
        return ConnectFailed(f"the proxy refused with HTTP {cause.status}")
    if isinstance(cause, aiohttp.ClientResponseError):
        return Malformed("the reply is not HTTP")
    return ConnectFailed(_reason(cause))


def _reason(cause: BaseException) -> str:
    import aiohttp

    match cause:
        case aiohttp.InvalidURL():
            return "the base URL is not valid"
        case aiohttp.ClientConnectorCertificateError():
            return f"the certificate of {cause.host} is not valid: {cause.certificate_error}"
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return f"connection refused by {cause.host}:{cause.port}"
        case aiohttp.ClientConnectorError():
            return f"cannot connect to {cause.host}:{cause.port}: {cause.os_error.strerror or cause.os_error}"
        case aiohttp.ServerDisconnectedError():
            return "the server closed the connection without a reply"
        case _:
            return str(cause) or type(cause).__name__
