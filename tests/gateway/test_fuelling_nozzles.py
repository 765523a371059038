"""Totals of a nozzle, in words: what flowed without a sale is found once, and litres booked and gaps tie, always."""

import pytest

from tests.gateway.test_fuelling import DIESEL, JOURNAL, rows
from tests.gateway.test_fuelling_fills import Forecourt, forecourt

# Steps; leakN: so much flows that nobody asked for; live: the terminal tells its nozzles; keep, kept: it does so, and
# the same frame comes again, late. Then the gaps that were told.
TOTALS = """
steps                                               | gaps
filled, filled                                      |
live, filled, live, live                            |
filled, leak500, filled                             | flowed 500
filled, leak500, live, live                         | flowed 500
filled, leak500, live, filled                       | flowed 500
live, leak500, start, on, empty                     | flowed 500
live, leak500, start, on, live, empty               | flowed 500
start, on, take1000, leak200, live                  | flowed 200
hold4000, on, take41337, leak300, live              | flowed 300
hold4000, on, take41337, leak300, hold4000, on, take1000 | flowed 300
filled, start, on, lost, leak900, live              |
filled, start, on, lost, say900, leak900, live      |
filled, start, on, lost, say1000, leak900, live     |
filled, start, on, lost, say1000, leak900, live, live | lower -100
filled, start, on, lost, say900, leak1000, live     | flowed 100
filled, start, on, lost, say900, late1000           |
filled, start, on, lost, say1000, late1000          |
filled, start, on, lost, say1000, late900           | lower -100
filled, start, on, lost, say1000, late1100          |
filled, start, on, lost, say0, leak700, live        | flowed 700
filled, start, on, lost, say0, leak700, live, tells700 | flowed 700, again -700
filled, new40, live                                 |
filled, new40, live, live                           | lower -19960
filled, forgotten, leak20000, live                  | flowed 20000
filled, start, on, back100                          | lower -100
filled, keep, filled, kept, kept                    |
filled, keep, kept, kept, live                      |
filled, keep, filled, new40, kept, live, live       | lower -39960
"""


class Counted(Forecourt):
    """The nozzle with its live state."""

    def do(self, word: str) -> str:
        for name in ("leak", "new", "tells", "back"):
            if word.startswith(name):
                return getattr(self, name)(int(word[len(name) :]))
        return super().do(word)

    def leak(self, ml: int) -> str:
        self.total_ml += ml
        return ""

    def new(self, ml: int) -> str:
        """Another totaliser was put in."""
        self.total_ml = 1_000_000 + ml
        return ""

    def back(self, ml: int) -> str:
        """The totaliser goes backwards while nothing is given."""
        before, self.total_ml = self.total_ml, self.total_ml - ml
        totals = {"total_before_ml": before, "total_after_ml": self.total_ml}
        return self.till.request("release", **self.ids(), hold=self.hold, **totals)[0]

    def tells(self, ml: int) -> str:
        """A terminal that was cut off says what it gave, late."""
        return self.capture(ml, self.total_ml - ml)

    def keep(self) -> str:
        self.frame = self.said_now()
        return self.kept()

    def kept(self) -> str:
        assert self.till.send(*self.frame) == []
        return ""

    def said_now(self) -> tuple[str, bytes]:
        row = {"n": 2, "code": DIESEL, "state": "free", "lifted": False, "ml": 0, "cents": 0, "price_milli": 76_000}
        rows = [{**row, "total_ml": self.total_ml, "last": self.n}]
        return self.till.frame("nozzles", j=JOURNAL, nozzles=rows)

    def live(self) -> str:
        assert self.till.send(*self.said_now()) == []
        return ""


def counted() -> Counted:
    made = forecourt()
    return Counted(made.stage, made.till)


@pytest.mark.parametrize("steps, gaps", rows(TOTALS))
def test_litres_without_a_sale_are_told_once(steps, gaps):
    pump = counted()
    for word in steps.split(", "):
        pump.do(word)
    events = pump.stage.events()
    told = [event for event in events if event["kind"] == "fuel_gap"]
    assert ", ".join(f"{event['why']} {event['ml']}" for event in told) == gaps
    assert all(event["to_ml"] - event["from_ml"] == event["ml"] for event in told)
    assert booked_ml(events) + sum(event["ml"] for event in told) == moved_ml(pump)


def booked_ml(events: list[dict]) -> int:
    """Litres of sales and fills, by their totals."""
    fuel = [event["fuel"] for event in events if event["kind"] in ("sale", "fill")]
    return sum(one["total_after_ml"] - one["total_before_ml"] for one in fuel)


def moved_ml(pump: Counted) -> int:
    """How far the gateway has followed the totaliser since it first heard of it, at a million."""
    known = pump.stage.shop.books.nozzle_total("0001-pos1", 2)
    return known.total_ml - 1_000_000 if known else 0


def test_nobody_counts_while_the_gateway_is_fenced():
    pump = counted()
    pump.do("filled")
    pump.do("live")
    pump.stage.shop.transaction(lambda: pump.stage.shop.fence("set back"))
    pump.do("leak500")
    events = len(pump.stage.events())
    pump.do("live")
    assert len(pump.stage.events()) == events
