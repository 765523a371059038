"""The catalogue for programs: /api/v1/goods."""

from fastapi import APIRouter, Depends, Query, Request, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.goods import changes, store
from hq_server.web_tools import answer, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1", tags=["goods"])

viewer = require("stores.view")
editor = require("goods.edit")
PAGE_MAX = 5000


@router.get("/goods")
def get_goods(
    after: str = "",
    limit: int = Query(500, ge=1, le=PAGE_MAX),
    _: Visitor = Depends(viewer),
    hq: Hq = Depends(the_hq),
) -> Response:
    """Goods by code; `next` is the next `after`."""
    with hq.db.read() as connection:
        rows = store.goods_page(connection, after, limit)
        version = store.version(connection)
    told = [dict(row._mapping) for row in rows]
    return answer({"version": version, "goods": told, "next": rows[-1].code if len(rows) == limit else None})


@router.post("/goods")
def post_goods(
    request: Request, raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """Goods as JSON list, or as CSV with content type text/csv; the new version of the catalogue."""
    is_csv = request.headers.get("content-type", "").startswith("text/csv")
    items = changes.read_csv(raw.decode("utf-8", "replace")) if is_csv else decoded(raw, list[changes.Item])
    with hq.db.write() as connection:
        version = changes.put_goods(connection, hq.post, items)
        who.note(connection, "goods_changed", f"version {version}", f"{len(items)} items")
    return answer({"version": version, "items": len(items)})
