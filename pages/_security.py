"""Response headers that keep the browser from fetching, framing or leaking anything foreign."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_INDEX = Path(st.__file__).parent / "static" / "index.html"


def content_security_policy(index_html: str) -> str:
    """The policy for Streamlit's page: our own host only, plus the hashes of the page's inline scripts.

    Charts need no `unsafe-eval`: Streamlit runs Vega with its expression interpreter. Styles need
    `unsafe-inline`, because Streamlit's components write them at run time.
    """
    hashes = (b64encode(sha256(s.encode()).digest()).decode() for s in _INLINE_SCRIPT.findall(index_html))
    directives = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *(f"'sha256-{h}'" for h in hashes)]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "frame-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


class SecurityHeaders:
    """ASGI middleware that adds the headers to every HTTP response and leaves websockets alone.

    A header that a route has set itself wins.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        headers = {
            "content-security-policy": content_security_policy(_INDEX.read_text(encoding="utf-8")),
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in self._headers if h[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)
