"""Recovery and backups: /api/v1/recovery. Setting a store aside takes two people: /api/v1/decisions."""

from fastapi import APIRouter, Depends, Response

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.recovery.telling import recovery_told
from hq_server.web_tools import answer, the_hq

router = APIRouter(prefix="/api/v1", tags=["recovery"])

viewer = require("ledger.view")


@router.get("/recovery")
def get_recovery(_: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """Whether head office was restored and whom it has yet to hear; its verified backups, the newest first."""
    with hq.db.read() as connection:
        return answer(recovery_told(connection, hq.vault_on(connection)))
