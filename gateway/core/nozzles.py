"""Nozzles as their terminals tell them: live states in memory, totals that must fit together on disk.

What flowed is in an event: a sale, a fill, or, where the totaliser moved without either, a `fuel_gap`. So for each
nozzle the litres booked by totals and the gaps add up to what its totaliser has counted:

    at a delivery   flowed   it begins above the last total      again   it begins below: these litres were told before
    idle            flowed   the totaliser is above the last     lower   it is below: replaced, or set back
"""

from gateway.core.books import LaneKey, NozzleTotal, PumpHold
from gateway.core.trade import Trade

IDLE = "free"


def delivered(trade: Trade, kept: PumpHold, before_ml: int, after_ml: int, booked: bool = True) -> None:
    """A terminal has told these totals around a delivery that is booked, or around nothing."""
    known = trade.books.nozzle_total(kept.terminal, kept.nozzle)
    upto_ml = max(known.total_ml, after_ml) if known and after_ml >= before_ml else after_ml
    booked_ml = after_ml - before_ml if booked else 0
    _move(trade, known, NozzleTotal(kept.terminal, kept.nozzle, kept.code, upto_ml, 0), booked_ml, kept.hold)


def said(trade: Trade, kept: PumpHold, ml: int) -> dict:
    """The totals of what two people say: after the last that was told. The totaliser's next word corrects them."""
    known = trade.books.nozzle_total(kept.terminal, kept.nozzle)
    if known is None:
        return {}
    return {"total_before_ml": known.total_ml, "total_after_ml": known.total_ml + ml, "why": "said", "last": True}


def told(trade: Trade, terminal: str, rows: list[dict], journal: str = "") -> None:
    """The live state of all nozzles of a terminal. Those that nobody uses say whether their totals fit.

    A report that was made before a request which is answered already came late: it is passed over. journal: whose
    requests its rows name; '' from a terminal that names none.
    """
    if any(_late(trade, (terminal, journal, row["n"] - 1), row) for row in rows if "last" in row):
        return
    last = {row["n"]: row for row in trade.nozzles.get(terminal, ())}
    trade.nozzles[terminal] = rows
    if trade.fenced():
        return
    busy = {kept.nozzle for kept in trade.books.pump_holds() if kept.terminal == terminal}
    for row in rows:
        if row["state"] == IDLE and not row["lifted"] and row["n"] not in busy and row["total_ml"]:
            _look(trade, terminal, row, last.get(row["n"]))


def _late(trade: Trade, place: LaneKey, row: dict) -> bool:
    lane = trade.books.lane(place)
    return lane is not None and row["last"] < lane.sequence


def _look(trade: Trade, terminal: str, row: dict, last: dict | None) -> None:
    """A lower total counts when it is told twice: the first may have been read before the last delivery."""
    known = trade.books.nozzle_total(terminal, row["n"])
    twice = last is not None and (last["state"], last["total_ml"]) == (IDLE, row["total_ml"])
    if known is None or row["total_ml"] > known.total_ml or (row["total_ml"] < known.total_ml and twice):
        _move(trade, known, NozzleTotal(terminal, row["n"], row["code"], row["total_ml"], 0), 0, "")


def _move(trade: Trade, known: NozzleTotal | None, now: NozzleTotal, booked_ml: int, hold: str) -> None:
    """Keeps the newest total, and tells what of the way there no delivery explains."""
    if known is None or known.total_ml != now.total_ml or known.code != now.code:
        trade.books.put_nozzle_total(now._replace(at_s=trade.clock.now_s()))
    gap_ml = now.total_ml - known.total_ml - booked_ml if known else 0
    if not gap_ml:
        return
    why = "flowed" if gap_ml > 0 else "again" if hold and booked_ml > 0 else "lower"
    place = {"terminal": now.terminal, "nozzle": now.nozzle, "code": now.code, "hold": hold or None}
    place |= {"fuel_shift": trade.number("fuel_shift")}
    from_ml = known.total_ml if known else 0
    trade.write_event("fuel_gap", **place, from_ml=from_ml, to_ml=from_ml + gap_ml, ml=gap_ml, why=why)
