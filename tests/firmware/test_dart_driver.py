"""The DART driver at small pumps: what flows are told, and when it says no. Time passes as its line lets it."""

from firmware.drivers import dart
from firmware.drivers.dart import ENDED, FUELLING, IDLE, READY, SUSPENDED, Dart, Silent
from protocol.dart import transactions as ta
from tests.protocol.dart_line import Line
from tests.protocol.small_pump import SmallPump

TOTAL_RAW = 100000


class Pause:
    """What sleep_ms returns: the test goes on with the line."""

    def __init__(self, ms: int):
        self._ms = ms

    def __iter__(self):
        yield self._ms

    __await__ = __iter__


class Loop:
    sleep_ms = Pause


class Station:
    """Four nozzles: two pumps of two hoses; decimals as many pumps have them."""

    def __init__(self, **how):
        self.pumps = [SmallPump(address, 2, (2, 2, 3), TOTAL_RAW) for address in (0x50, 0x51)]
        self.dart = Dart(None, [(0x50, 1), (0x50, 2), (0x51, 1), (0x51, 2)], how=how)
        self.line = Line(*self.pumps, control=self.dart._control)
        self.line.known()
        assert self.line.run(lambda: min(self.line.side(1).prices_raw) == 0)

    def does(self, name: str, *values):
        """A coroutine of the driver, while the line goes on; what it returns, or Silent's text."""
        kept, dart.asyncio = dart.asyncio, Loop
        try:
            steps = getattr(self.dart, name)(*values)
            while True:
                steps.send(None)
                self.line.rest(1)
        except StopIteration as end:
            return end.value
        except Silent as silent:
            return str(silent)
        finally:
            dart.asyncio = kept

    def told(self, nozzle: int):
        return self.does("status", nozzle)

    def becomes(self, nozzle: int, state: int) -> bool:
        return self.line.run(lambda: self.told(nozzle)[0] == state)


def test_a_fill_as_flows_see_it():
    at = Station()
    pump = at.pumps[0]
    assert at.told(2) == (IDLE, False, 0, 0, 1000000)
    assert at.does("price", 2, 689000) is None and pump.prices_raw == [0, 6890]
    assert at.does("authorise", 2, 655500, 2000, 0) is None
    assert (pump.prices_raw[1], pump.preset_amount_raw, pump.preset_volume_raw) == (6555, 2000, 0)
    assert at.told(2) == (READY, False, 0, 0, 1000000) and at.told(1)[0] == IDLE
    pump.lift(2)
    assert at.becomes(2, FUELLING) and at.told(2)[1] and not at.told(1)[1]
    pump.give(100)
    assert at.line.run(lambda: at.told(2)[2:4] == (1000, 656))
    pump.give(pump.left_raw())
    assert at.becomes(2, ENDED)
    assert at.told(2) == (ENDED, True, 3050, 1999, 1003050)
    pump.hang_up()
    assert at.line.run(lambda: at.told(2) == (ENDED, False, 3050, 1999, 1003050))
    assert at.does("price", 2, 689000) is None
    assert at.told(2) == (IDLE, False, 3050, 1999, 1003050), "the last fill is still told"
    at.does("authorise", 1, 700000, 0, 5000)
    assert at.told(2) == (IDLE, False, 0, 0, 1003050) and at.told(1)[0] == READY
    assert (pump.preset_volume_raw, pump.preset_amount_raw) == (500, 0)


def test_of_two_bounds_the_tighter_is_sent():
    # price_milli, cents, ml | amount, volume of the pump
    table = (
        (700000, 2000, 2000, 0, 200),
        (700000, 2000, 3000, 2000, 0),
        (700000, 0, 0, 0, 0),
    )
    for price_milli, cents, ml, amount_raw, volume_raw in table:
        at = Station()
        assert at.does("authorise", 1, price_milli, cents, ml) is None
        assert (at.pumps[0].preset_amount_raw, at.pumps[0].preset_volume_raw) == (amount_raw, volume_raw)


def test_what_the_pump_cannot_show_is_refused():
    at = Station()
    assert at.does("authorise", 1, 655550, 2000, 0) == "price 655550"
    assert at.does("price", 1, 1) == "price 1"
    assert at.does("authorise", 1, 655500, 0, 9) == "less than the pump can show"
    assert at.pumps[0].authorisations == 0 and at.pumps[0].prices_raw == [0, 0]


def test_stop_suspend_resume():
    at = Station()
    assert at.does("suspend", 3) == "nozzle 3 refused"
    assert at.does("stop", 3) is None, "right in every state"
    assert at.does("authorise", 3, 700000, 0, 0) is None
    assert at.does("authorise", 3, 700000, 0, 0) == "nozzle 3 busy"
    at.pumps[1].lift(1)
    assert at.becomes(3, FUELLING)
    assert at.does("suspend", 3) is None and at.told(3)[0] == SUSPENDED
    assert at.does("resume", 3) is None and at.told(3)[0] == FUELLING
    assert at.does("stop", 3) is None and at.becomes(3, ENDED)
    assert at.pumps[1].status == ta.COMPLETED


def test_a_pump_without_power_is_silent_and_tells_all_when_it_is_back():
    at = Station()
    at.does("authorise", 1, 700000, 0, 0)
    at.pumps[0].lift(1)
    at.becomes(1, FUELLING)
    at.pumps[0].give(250)
    at.pumps[0].power(False)
    assert at.line.run(lambda: at.told(1) == "nozzle 1")
    assert at.does("stop", 1) == "nozzle 1" and at.told(3)[0] == IDLE
    at.pumps[0].power(True)
    assert at.line.run(lambda: at.told(1) != "nozzle 1")
    assert at.told(1) == (ENDED, True, 2500, 1750, 1002500)


def test_alarms_are_told_once():
    at = Station()
    assert at.dart.alarms() == []
    at.pumps[1].alarm(9)
    assert at.line.run(lambda: at.line.side(1).alarm == 9)
    assert at.dart.alarms() == [(3, "alarm 09"), (4, "alarm 09")] and at.dart.alarms() == []
    at.pumps[1].alarm(0)
    assert at.line.run(lambda: at.line.side(1).alarm == 0)
    assert at.dart.alarms() == [(3, ""), (4, "")]


def test_another_price_on_the_display_is_an_alarm():
    at = Station()
    at.does("authorise", 1, 700000, 0, 0)
    at.pumps[0].prices_raw[0] = 6000
    at.pumps[0].lift(1)
    assert at.becomes(1, FUELLING)
    assert at.dart.alarms() == [(1, "price")]


def test_other_currencies():
    at = Station()
    at.dart.exponent = 0
    assert at.does("authorise", 1, 120500, 5000, 0) is None
    assert (at.pumps[0].prices_raw[0], at.pumps[0].preset_amount_raw) == (120500, 500000)
