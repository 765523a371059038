"""POST /gateway/v1/float: a store lacks value of a member who stands at its counter."""

from fastapi import APIRouter, Depends, Request, Response

from hq_server.bootstrap import Hq
from hq_server.errors import HqError
from hq_server.fleet.peer import Gateway, the_gateway
from hq_server.floats.schemas import FloatWanted
from hq_server.floats.service import ask
from hq_server.outbox.post import as_messages
from hq_server.vault.asking import Wanted
from hq_server.web_tools import answer, body_bytes, decoded, the_hq
from protocol.ids import is_account, is_hex
from protocol.money import CENTS_MAX

router = APIRouter()

ASSETS = ("principal", "bonus", "points")
BODY_MAX_BYTES = 4096


@router.post("/gateway/v1/float")
async def post_float(request: Request, gateway: Gateway = Depends(the_gateway), hq: Hq = Depends(the_hq)) -> Response:
    """The grants made for this request, within 1.2 s. Raises HqError: malformed 400, fenced and id_conflict 409."""
    if gateway.status != "enrolled":
        raise HqError("fenced", "enrol this gateway again", 409)
    wanted = decoded(await body_bytes(request, BODY_MAX_BYTES), FloatWanted)
    amounts = [asset in ASSETS and 0 <= amount <= CENTS_MAX for asset, amount in wanted.want.items()]
    if not is_hex(wanted.request, 32) or not is_account(wanted.account) or not all(amounts):
        raise HqError("malformed", "request, account or want")
    told = await ask(hq, gateway.store, Wanted(wanted.request, wanted.account, wanted.want))
    return answer(told | {"messages": as_messages(told["messages"])})
