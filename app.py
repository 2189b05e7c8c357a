"""The launcher: `streamlit run app.py` serves the pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import FileResponse
from starlette.routing import Route

from broker import runtime
from broker.runs.background import Background
from broker.startup import prepare
from pages._security import SecurityHeaders

FAVICON = Path(__file__).parent / "pages/static/favicon.png"  # in the tab before the first script run


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Migrate the database and mark interrupted calls first; end running calls and the local model last."""
    engine = await asyncio.to_thread(runtime.runtime)
    runs = Background(engine)
    yield
    await asyncio.to_thread(runs.close)
    await asyncio.to_thread(runtime.shutdown)


prepare()
ROUTES = [Route("/favicon.png", lambda _request: FileResponse(FAVICON))]
app = st.App("pages/_router.py", lifespan=lifespan, routes=ROUTES, middleware=[Middleware(SecurityHeaders)])
