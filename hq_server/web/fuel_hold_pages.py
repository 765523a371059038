"""Holds that are open at nozzles, of all stores or of one: who, how much, since when, how it stands, what to do."""

from fastapi import APIRouter, Depends, Query, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.fleet import store as fleet
from hq_server.fuel import open_holds, telling
from hq_server.web.render import show
from hq_server.web_tools import the_hq

router = APIRouter(include_in_schema=False)
viewer = require("stores.view")


@router.get("/fuel/holds")
def holds_page(
    request: Request, store: str = Query("", max_length=6), visitor: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)
) -> Response:
    with hq.db.read() as connection:
        if store and fleet.store_row(connection, store) is None:
            raise not_found("store " + store)
        holds = open_holds.told(connection, hq.now_s(), store)
        silent = telling.cut_stores(connection, hq.now_s())
    return show(
        request, "fuel_holds.html", holds=holds, store=store, silent=[one for one in silent if store in ("", one)]
    )
