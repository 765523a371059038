"""A controller of several pumps on one line: their orders, one after another for each, over one master.

    control = Control({0x50: 2, 0x51: 1})              hoses of each address
    control.order(0x50, orders.stop)                    an order of orders.py; its end comes as control.result(0x50)
    out = control.due(now_ms); control.received(data, now_ms); control.wait_ms(now_ms)

What the pump's own news make necessary (who it is, a totaliser after a fill) is done without being asked for.
"""

from protocol.clock import TICKS_PERIOD, ticks_diff
from protocol.dart import orders
from protocol.dart.master import Master
from protocol.dart.side import Side

LOOK_MS = 400  # a pump that says nothing at all for so long is asked anew
STEP_MS = 40  # an order's own time is looked at so often
MEET_MS = 2000  # a pump that answers but has not said enough is asked again


class Job:
    """What one pump is doing for us, and what waits for it."""

    result: str | None = ""
    look_ms: int | None = None
    meet_ms: int | None = None

    def __init__(self, side: Side):
        self.side = side
        self.waiting = []
        self.steps = None
        self.own = True
        self.ended = False


class Control:
    """`how`: see Side; `line`: see Master."""

    def __init__(self, hoses: dict, how: dict | None = None, **line):
        self.jobs = [Job(Side(address, hoses[address], how or {})) for address in sorted(hoses)]
        self.master = Master(sorted(hoses), self, **line)
        self._now_ms = 0

    def side(self, address: int) -> Side:
        """What is known of a pump."""
        return self._job(address).side

    def _job(self, address: int) -> Job:
        for job in self.jobs:
            if job.side.address == address:
                return job
        raise ValueError("no pump %02X" % address)

    def order(self, address: int, order, *values) -> None:
        """Begins when what the pump does now is over. Its end is in result()."""
        job = self._job(address)
        job.result = None
        job.waiting.append(order(job.side, *values))

    def result(self, address: int):
        """Of the last order: None while it is open, "" it is done, else why not."""
        return self._job(address).result

    def due(self, now_ms: int):
        """What to send now, or None. Asked often: nothing is made on the heap while nothing is due."""
        self._now_ms = now_ms
        for job in self.jobs:
            if job.steps is None:
                self._begin(job)
            elif job.look_ms is not None and ticks_diff(now_ms, job.look_ms) >= 0:
                self._step(job, True)
        return self.master.due(now_ms)

    def received(self, data: bytes, now_ms: int) -> None:
        self._now_ms = now_ms
        self.master.received(data, now_ms)

    def wait_ms(self, now_ms: int) -> int:
        return min(self.master.wait_ms(now_ms), STEP_MS)

    def _begin(self, job) -> None:
        """What was asked for first; else what the pump's own news make necessary."""
        side = job.side
        # Before an order, else one after another would keep it waiting; but not twice: a stop must come through.
        ended = side.uncounted and not side.silent and not (job.waiting and job.ended)
        job.ended = ended
        job.own = ended or not job.waiting
        if ended:
            job.steps = orders.ended(side)
        elif job.waiting:
            job.steps = job.waiting.pop(0)
        elif side.silent:
            job.steps = self._meet(job)
        elif side.moved:
            job.steps = orders.moved(side)
        if job.steps is not None:
            self._step(job, None)

    def _meet(self, job):
        if job.side.gone or (job.meet_ms is not None and ticks_diff(self._now_ms, job.meet_ms) < 0):
            return None
        job.meet_ms = (self._now_ms + MEET_MS) % TICKS_PERIOD
        return orders.meet(job.side)

    def _step(self, job, told) -> None:
        """The order that is open goes on."""
        job.look_ms = None
        try:
            wanted = job.steps.send(told)
        except StopIteration as end:
            job.steps = None
            if not job.own:
                job.result = end.value
            return
        if wanted is None:
            job.look_ms = (self._now_ms + LOOK_MS) % TICKS_PERIOD
        else:
            self.master.send(job.side.address, wanted)

    # what the master tells

    def said(self, address: int, number: int, data: bytes) -> None:
        self.side(address).said(number, data)

    def quiet(self, address: int) -> None:
        job = self._job(address)
        if job.look_ms is not None:
            self._step(job, True)

    def taken(self, address: int) -> None:
        self._step(self._job(address), True)

    def failed(self, address: int) -> None:
        self._step(self._job(address), False)

    def silent(self, address: int) -> None:
        side = self.side(address)
        side.silent = side.gone = True

    def back(self, address: int) -> None:
        """It may have been without power: all is asked anew, and at once."""
        job = self._job(address)
        job.side.gone = False
        job.meet_ms = None
