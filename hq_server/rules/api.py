"""The chain's rules for programs: /api/v1/rules."""

import json
from typing import Any

from fastapi import APIRouter, Depends, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.rules import changes, store
from hq_server.web_tools import answer, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1", tags=["rules"])

viewer = require("stores.view")
editor = require("goods.edit")


@router.get("/rules")
def get_rules(_: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """The rules that count, and every version before."""
    with hq.db.read() as connection:
        now = changes.message(connection)
        history = [
            {"version": row.version, "at_s": row.at_s, "who": row.who, "rules": json.loads(row.body)}
            for row in store.rule_sets(connection)
        ]
    return answer({"rules": now, "history": history})


@router.put("/rules")
def put_rules(
    raw: bytes = Depends(the_body), who: Visitor = Depends(editor), hq: Hq = Depends(the_hq)
) -> Response:
    """A new version of the rules, whole."""
    told = decoded(raw, dict[str, Any])
    with hq.db.write() as connection:
        version = changes.put_rules(connection, hq.post, told, who.name, hq.now_s())
        who.note(connection, "rules_changed", f"version {version}")
    return answer({"version": version})
