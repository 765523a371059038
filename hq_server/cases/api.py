"""Cases of gateways that are gone or cut off: /api/v1/cases. Closing one takes two people: /api/v1/decisions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from msgspec import Meta, Struct

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.cases.telling import all_cases, one_case
from hq_server.errors import not_found
from hq_server.vault import advancing
from hq_server.web_tools import answer, decoded, the_body, the_hq

router = APIRouter(prefix="/api/v1", tags=["cases"])

viewer = require("ledger.view")
decider = require("value.correct")


class Advance(Struct):
    """Whom to advance, and what of each asset; nothing named: all that waits."""

    account: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    want: dict[str, Annotated[int, Meta(ge=1, le=999_999_999_999)]] | None = None


@router.get("/cases")
def get_cases(_: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """Lives that are gone, the latest first: what waits in suspense, what was advanced, evidence that has come."""
    with hq.db.read() as connection:
        return answer({"cases": all_cases(connection, hq.vault_on(connection))})


@router.get("/cases/{life}")
def get_case(life: str, _: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """One life with its accounts."""
    with hq.db.read() as connection:
        told = one_case(connection, hq.vault_on(connection), life)
    if told is None:
        raise not_found("incarnation " + life)
    return answer(told)


@router.post("/cases/{life}/advance")
def post_advance(
    life: str, raw: bytes = Depends(the_body), who: Visitor = Depends(decider), hq: Hq = Depends(the_hq)
) -> Response:
    """Gives a member what cannot be reached, from the loss book, within the store's cap."""
    asked = decoded(raw, Advance)
    with hq.vault() as vault:
        advanced = advancing.advance(vault, life, asked.account, asked.want)
        detail = ", ".join(f"{amount} {asset}" for asset, amount in sorted(advanced.items()))
        who.note(vault.connection, "advanced", asked.account, f"{detail} of {life}")
        left = advancing.cap_left_cents(vault, vault.case(life, asked.account).store)  # type: ignore[union-attr]
    return answer({"account": asked.account, "advanced": advanced, "cap_left_cents": left})
