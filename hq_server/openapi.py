"""What /api/openapi.json says beyond what FastAPI sees: bodies as msgspec reads them, and the one shape of refusals."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from hq_server.cards.schemas import CardChange, KeySetsOfCard, NewCard, Replacement, Return
from hq_server.cases.api import Advance
from hq_server.decisions.schemas import NewDecision
from hq_server.fleet.schemas import NewStore, NewTerminal, StoreChange
from hq_server.fuel.schemas import CardLimits, Company, NewPrice, NewRules
from hq_server.goods.changes import Item
from hq_server.members.schemas import MemberChange, NewMember
from hq_server.releases.schemas import NewKey, NewRelease, NewRollout
from hq_server.staff.changes import StaffMember

PREFIX = "/api/v1"
# What is read from a body, by method and path; an endpoint that is not named here reads none.
BODIES: dict[tuple[str, str], Any] = {
    ("post", "/stores"): NewStore,
    ("patch", "/stores/{code}"): StoreChange,
    ("post", "/terminals"): NewTerminal,
    ("post", "/members"): NewMember | list[NewMember],
    ("patch", "/members/{account}"): MemberChange,
    ("post", "/cards"): NewCard,
    ("patch", "/cards/{card}"): CardChange,
    ("put", "/cards/{card}/key-sets"): KeySetsOfCard,
    ("post", "/cards/{card}/replace"): Replacement,
    ("post", "/cards/{card}/return"): Return,
    ("post", "/goods"): list[Item],
    ("post", "/fuel/prices"): NewPrice,
    ("put", "/fuel/rules"): NewRules,
    ("put", "/fuel/cards/{card}"): CardLimits,
    ("put", "/fuel/companies/{account}"): Company,
    ("put", "/staff/{operator}"): StaffMember,
    ("put", "/rules"): dict[str, Any],
    ("post", "/decisions"): NewDecision,
    ("post", "/cases/{life}/advance"): Advance,
    ("put", "/releases/key"): NewKey,
    ("post", "/releases"): NewRelease,
    ("post", "/rollouts"): NewRollout,
}


class Refused(msgspec.Struct):
    """Any answer from 400 on: why, as a code for programs and in words."""

    reason: str
    detail: str


def describe(app: FastAPI) -> None:
    """Lets the app give the whole description."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_bodies(get_openapi(title=app.title, version=app.version, routes=app.routes))
        return app.openapi_schema

    app.openapi = described


def _with_bodies(told: dict[str, Any]) -> dict[str, Any]:
    shapes = list(BODIES.values())
    schemas, parts = msgspec.json.schema_components([*shapes, Refused], ref_template="#/components/schemas/{name}")
    of = dict(zip(BODIES, schemas, strict=False))
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            _describe(operation, of.get((method, path.removeprefix(PREFIX))), schemas[-1])
    told["components"] = {"schemas": parts}
    return told


def _describe(operation: dict[str, Any], body: dict[str, Any] | None, refused: dict[str, Any]) -> None:
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    taken = {"description": "Done, or found", "content": {"application/json": {"schema": {"type": "object"}}}}
    turned_away = {"description": "Refused", "content": {"application/json": {"schema": refused}}}
    operation["responses"] = {"2XX": taken, "4XX": turned_away}
