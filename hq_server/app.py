"""The two applications of head office: one for people and programs, one for gateways. Routers come from the nouns."""

from fastapi import FastAPI

from hq_server.bootstrap import Hq
from hq_server.errors import HqError
from hq_server.web.console import add_console
from hq_server.web_tools import refuse


def create_app(hq: Hq) -> FastAPI:
    """Pages and JSON API for people and programs; by default on localhost."""
    app = FastAPI(title="Tapwell head office", docs_url="/api/docs", openapi_url="/api/openapi.json", redoc_url=None)
    app.state.hq = hq
    app.add_exception_handler(HqError, refuse)
    for router in _page_routers():
        app.include_router(router)
    add_console(app)
    return app


def create_gateway_app(hq: Hq) -> FastAPI:
    """What stores dial in to, over mutual TLS (hq_server/serve.py)."""
    app = FastAPI(title="Tapwell head office for gateways", docs_url=None, openapi_url=None, redoc_url=None)
    app.state.hq = hq
    app.add_exception_handler(HqError, refuse)
    for router in _gateway_routers():
        app.include_router(router)
    return app


def _page_routers() -> list:
    return []


def _gateway_routers() -> list:
    return []
