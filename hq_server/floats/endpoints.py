"""POST /gateway/v1/float: a store lacks value of a member who stands at its counter."""

import re

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from hq_server.bootstrap import Hq
from hq_server.errors import HqError
from hq_server.fleet.peer import Gateway, the_gateway
from hq_server.floats.schemas import FloatWanted
from hq_server.floats.service import ask
from hq_server.fuel import days
from hq_server.fuel.schemas import FuelAsked
from hq_server.outbox.post import as_messages
from hq_server.outbox.store import messages_by_number
from hq_server.vault.asking import Wanted
from hq_server.vault.refunds import Sought
from hq_server.web_tools import answer, body_bytes, decoded, the_hq
from protocol.ids import is_account, is_hex
from protocol.money import CENTS_MAX

router = APIRouter()

ASSET = re.compile("principal|bonus|points|(coupon|punch|once):[^/]{1,24}")
ASSETS_MAX = 40
BODY_MAX_BYTES = 4096


def _wanted(told: FloatWanted) -> Wanted:
    """Raises HqError('malformed')."""
    amounts = [ASSET.fullmatch(asset) and 0 <= amount <= CENTS_MAX for asset, amount in told.want.items()]
    known = is_account(told.account) or (told.account == "" and told.refund and not told.want)
    if not is_hex(told.request, 32) or not known or not all(amounts) or len(amounts) > ASSETS_MAX:
        raise HqError("malformed", "request, account or want")
    refund = Sought(told.refund.sale, told.refund.store, told.refund.receipt) if told.refund else None
    return Wanted(told.request, told.account, told.want, refund)


@router.post("/gateway/v1/float")
async def post_float(request: Request, gateway: Gateway = Depends(the_gateway), hq: Hq = Depends(the_hq)) -> Response:
    """The grants made for this request, within 1.2 s. Raises HqError: malformed 400, fenced and id_conflict 409."""
    if gateway.status != "enrolled":
        raise HqError("fenced", "enrol this gateway again", 409)
    wanted = decoded(await body_bytes(request, BODY_MAX_BYTES), FloatWanted)
    allowed = await run_in_threadpool(_allow, hq, gateway, wanted.fuel) if wanted.fuel else []
    told = await ask(hq, gateway.store, _wanted(wanted))
    return answer(told | {"messages": as_messages([*allowed, *told["messages"]])})


def _allow(hq: Hq, gateway: Gateway, asked: FuelAsked) -> list:
    """The message that says what a hold may have of its card's day; before value moves, so it stands before that."""
    with hq.db.write() as connection:
        number = days.ask(connection, hq.post, gateway.store, asked, hq.now_s())
        return messages_by_number(connection, gateway.incarnation, [number])
