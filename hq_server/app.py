"""The two applications of head office: one for people and programs, one for gateways. Routers come from the nouns."""

from fastapi import FastAPI

from hq_server.alarms import api as alarms_api
from hq_server.bootstrap import Hq
from hq_server.cards import api as cards_api
from hq_server.cases import api as cases_api
from hq_server.decisions import api as decisions_api
from hq_server.errors import HqError
from hq_server.fleet import api as fleet_api
from hq_server.fleet import endpoints as fleet_endpoints
from hq_server.floats import endpoints as float_endpoints
from hq_server.fuel import api as fuel_api
from hq_server.goods import api as goods_api
from hq_server.ingest import api as ingest_api
from hq_server.ingest import endpoints as ingest_endpoints
from hq_server.ledger import api as ledger_api
from hq_server.members import api as members_api
from hq_server.metrics import endpoints as metrics_endpoints
from hq_server.metrics.meters import Metered
from hq_server.openapi import describe
from hq_server.outbox import endpoints as outbox_endpoints
from hq_server.recovery import api as recovery_api
from hq_server.releases import api as releases_api
from hq_server.releases import endpoints as releases_endpoints
from hq_server.rules import api as rules_api
from hq_server.staff import api as staff_api
from hq_server.web.console import add_console
from hq_server.web_tools import UNKEPT, refuse, refuse_unkept

APIS = (
    alarms_api, cards_api, cases_api, decisions_api, fleet_api, fuel_api, goods_api, ingest_api, ledger_api,
    members_api, releases_api, recovery_api, rules_api, staff_api,
)  # fmt: skip
ENDPOINTS = (fleet_endpoints, ingest_endpoints, outbox_endpoints, float_endpoints, releases_endpoints)


def create_app(hq: Hq) -> FastAPI:
    """Pages and JSON API for people and programs; by default on localhost."""
    app = FastAPI(title="Tapwell head office", docs_url=None, openapi_url="/api/openapi.json", redoc_url=None)
    app.state.hq = hq
    app.add_exception_handler(HqError, refuse)
    app.include_router(metrics_endpoints.router)
    for noun in APIS:
        app.include_router(noun.router)
    for wrong in UNKEPT:
        app.add_exception_handler(wrong, refuse_unkept)
    add_console(app)
    describe(app)
    app.add_middleware(Metered, meters=hq.meters, listener="pages")
    return app


def create_gateway_app(hq: Hq) -> FastAPI:
    """What stores dial in to, over mutual TLS (hq_server/serve.py)."""
    app = FastAPI(title="Tapwell head office for gateways", docs_url=None, openapi_url=None, redoc_url=None)
    app.state.hq = hq
    app.add_exception_handler(HqError, refuse)
    for noun in ENDPOINTS:
        app.include_router(noun.router)
    app.add_middleware(Metered, meters=hq.meters, listener="gateways")
    return app
