"""Cases of gateways that are gone or cut off: /api/v1/cases. Closing one takes two people: /api/v1/decisions."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from msgspec import Meta, Struct

from hq_server.access.guard import Visitor, require
from hq_server.bootstrap import Hq
from hq_server.errors import not_found
from hq_server.fleet import store as fleet
from hq_server.ingest import store as events
from hq_server.vault import advancing
from hq_server.web_tools import answer, decoded, the_body, the_hq
from protocol.ledger.cases import Case

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
        vault = hq.vault_on(connection)
        gone = fleet.lives_gone(connection)
        told = [_life(connection, row, vault.cases(row.incarnation)) for row in gone]
    return answer({"cases": told})


@router.get("/cases/{life}")
def get_case(life: str, _: Visitor = Depends(viewer), hq: Hq = Depends(the_hq)) -> Response:
    """One life with its accounts."""
    with hq.db.read() as connection:
        row = fleet.incarnation_row(connection, life)
        if row is None:
            raise not_found("incarnation " + life)
        vault = hq.vault_on(connection)
        cases = vault.cases(life)
        told = _life(connection, row, cases)
        told["accounts"] = [_account(case) for case in cases]
        told["cap_left_cents"] = advancing.cap_left_cents(vault, row.store)
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


def _life(connection, row, cases: list[Case]) -> dict:
    return {
        "life": row.incarnation, "store": row.store, "status": "closed" if row.status == "closed" else "open",
        "since_s": row.fenced_at_s, "booked_seq": row.cursor_seq, "members": len(cases),
        "waiting": _sums(one for case in cases for one in case.waiting),
        "advanced": _sums(one for case in cases for one in case.advanced),
        "lost": _sums(one for case in cases for one in (*case.paid, *case.unknown)),
        "evidence": events.count_of_life(connection, row.incarnation),
    }


def _account(case: Case) -> dict:
    return {
        "account": case.account, "holder": case.holder, "waiting": _sums(case.waiting),
        "advanced": _sums(case.advanced), "lost": _sums((*case.paid, *case.unknown)),
    }


def _sums(slices) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in slices:
        found[one.asset] = found.get(one.asset, 0) + one.amount
    return found
