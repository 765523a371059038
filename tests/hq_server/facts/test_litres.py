"""Rows of litres, event by event: as sales tell them, and as totalisers tell them."""

import json
from types import SimpleNamespace

import pytest

from hq_server.facts import litres
from hq_server.facts.said import said_by

PUMP = "0001-pump1"
LINE = SimpleNamespace(code="305")
FUEL = {"ml": 20_000, "amount_cents": 3000, "nozzle": 2, "shift": 4}
TOTALS = {"total_before_ml": 1_000_000, "total_after_ml": 1_020_010}
GAP = {"kind": "fuel_gap", "terminal": PUMP, "nozzle": 2, "code": "305", "ml": 500, "fuel_shift": 4}
METERS = [{"terminal": PUMP, "nozzle": n, "code": "305", "opening_ml": 7, "closing_ml": 7 + n, "test_ml": n - 1}
          for n in (1, 2)]  # fmt: skip
CLOSED = {"kind": "fuel_shift_closed", "fuel_shift": 4, "nozzles": METERS}
SOLD = [("delivered", f"{PUMP}/2", "4", "305", 20_000, 20_010, 0)]
CASES = {
    "a sale with its totals": ({"kind": "sale", "fuel": FUEL | TOTALS}, SOLD),
    "a fill that waits to be paid": ({"kind": "fill", "fuel": FUEL | TOTALS}, SOLD),
    "one that a journal testifies": ({"kind": "testified", "fuel": FUEL | TOTALS}, SOLD),
    "said by two people": ({"kind": "sale", "fuel": FUEL}, [("delivered", f"{PUMP}/2", "4", "305", 20_000, 0, 0)]),
    "no shift was open": (
        {"kind": "sale", "fuel": FUEL | TOTALS | {"shift": 0}},
        [("delivered", f"{PUMP}/2", "", "305", 20_000, 20_010, 0)],
    ),
    "the sale that pays for a fill": ({"kind": "sale", "fill": 3}, []),
    "a gap": (GAP, [("gap", f"{PUMP}/2", "4", "305", 0, 500, 0)]),
    "a gap of a life that is gone": (
        {"kind": "salvaged", "line": json.dumps(GAP)},
        [("gap", f"{PUMP}/2", "4", "305", 0, 500, 0)],
    ),
    "a shift": (CLOSED, [("shift", f"{PUMP}/1", "4", "305", 0, 1, 0), ("shift", f"{PUMP}/2", "4", "305", 0, 2, 1)]),
    "a shift in another shape": (CLOSED | {"nozzles": "many"}, []),
    "anything else": ({"kind": "top_up"}, []),
}


@pytest.mark.parametrize("case", CASES)
def test_rows(case):
    told, rows = CASES[case]
    raw = json.dumps(told)
    kind = "fuel_gap" if told["kind"] == "salvaged" else told["kind"]  # the log names what was salvaged
    assert litres.rows_of(SimpleNamespace(kind=kind, terminal=PUMP, raw=raw), said_by(raw), [LINE]) == rows
