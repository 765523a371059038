# type: ignore  (runs in MicroPython, inside the image of a pos)
"""A terminal that taps by itself: lines, a payment and a bare echo, round by round, each timed from call to answer.

Runs in place of main.py (tools/bench_tap.py puts it there): the whole app with its screen, tasks and collections, its
network stack and journal as they are; only what the flow would be told comes here instead. Reads bench.json, writes
bench.tsv beside terminal.json: one line an answer, `what microseconds part=microseconds ...`.
"""

import asyncio
import gc
import json
import os
import sys
import time

import tapwell

LANE = 0
MEMBER_BYTES = 50  # 32 hex, a space, 16 hex, newline


class Bench:
    """`plan`: see tools/bench_store.py."""

    def __init__(self, app, folder: str, plan: dict, out):
        self.folder = folder
        self.app = app
        self.plan = plan
        self.out = out
        self.link = app.shell.link
        self.lanes = app.shell.lanes
        self.done = asyncio.Event()
        self.ready = asyncio.Event()
        self.answer = None
        self.parts = {}
        self.sizes = {}
        self.arrived = app.client.on_message
        app.client.on_message = self.heard
        self.link.emit = self.lanes.emit = self.emit
        self.watch()

    def watch(self) -> None:
        """A stopwatch in front of the parts."""
        app = self.app
        app.seal.make = self.timed("seal", app.seal.make)
        app.seal.open = self.timed("open", app.seal.open)
        app.journal.request = self.timed("journal_request", app.journal.request)
        app.journal.answer = self.timed("journal_answer", app.journal.answer)
        app.witness.note = self.timed("witness", app.witness.note)
        self.publish = self.timed("send", app.client.publish)
        self.link.send = self.lanes.send = self.send

    def timed(self, name: str, part):
        def call(*arguments):
            began = time.ticks_us()
            result = part(*arguments)
            self.parts[name] = self.parts.get(name, 0) + time.ticks_diff(time.ticks_us(), began)
            return result

        return call

    def send(self, topic: str, frame: bytes) -> bool:
        self.sizes[topic.split("/")[-1]] = len(frame)
        return self.publish(topic, frame)

    def heard(self, topic: str, payload: bytes) -> None:
        if topic == self.plan["echo_down"]:
            self.end(("echo", len(payload)))
            return
        self.sizes[topic.split("/")[-1]] = len(payload)
        self.arrived(topic, payload)

    def emit(self, event: tuple) -> None:
        if event[0] == "link" and event[1] == "up":
            self.ready.set()
        elif event[0] in ("answer", "outcome"):
            self.end(event[2:])

    def end(self, answer: tuple) -> None:
        self.answer = answer
        self.done.set()

    async def app_runs(self) -> None:
        """The app runs for ever; if one of its loops breaks, nobody has to wait."""
        await self.app.run()
        self.ready.set()
        self.end(("broken",))

    async def time(self, wanted: str, start) -> tuple:
        """Calls start() and waits for its answer; (microseconds, values)."""
        self.parts.clear()
        self.done.clear()
        began = time.ticks_us()
        start()
        await self.done.wait()
        took = time.ticks_diff(time.ticks_us(), began)
        if self.answer[0] != wanted:
            raise ValueError("wanted %s, came %s" % (wanted, self.answer))
        return took, self.answer[1]

    def note(self, what: str, took: int) -> None:
        parts = "".join(["\t%s=%d" % pair for pair in self.parts.items()])
        self.out.write("%s\t%d%s\n" % (what, took, parts))

    def ask(self, message: str, values: dict) -> None:
        self.link.ask("bench", message, values, time.ticks_ms())

    async def lines(self, basket: int, shift: int, keep: bool) -> None:
        for line in range(1, self.plan["lines"] + 1):
            values = {"l": LANE, "basket": basket, "line": line, "code": self.plan["code"], "qty_milli": 1000}
            values.update({"operator": self.plan["operator"], "shift": shift})
            await self.line(values, keep)

    async def line(self, values: dict, keep: bool) -> None:
        took, _ = await self.time("priced", lambda: self.ask("set_line", values))
        if keep:
            self.note("set_line", took)

    async def pay(self, basket: int, shift: int, keep: bool) -> None:
        plan = self.plan
        account, tap = self.member(basket)
        total = plan["lines"] * plan["price_cents"]
        values = {"operator": plan["operator"], "shift": shift, "basket": basket, "lines": plan["lines"]}
        values.update({"account": account, "tap": tap, "stored_cents": total, "total_cents": total})
        values.update({"points": 0, "points_cents": 0, "cash_cents": 0})
        took, told = await self.time("receipt", lambda: self.lanes.request(LANE, "pay", values, time.ticks_ms()))
        if told["principal_cents"] != total:
            raise ValueError("paid %s" % told)
        if keep:
            self.note("pay", took)

    def member(self, basket: int) -> tuple:
        """Account and tap of the next one; read as they are wanted, since a hundred do not fit beside the app."""
        with open(self.folder + "/members.txt") as file:
            file.seek(basket % self.plan["members"] * MEMBER_BYTES)
            return tuple(file.readline().split())

    async def echo(self, keep: bool) -> None:
        frame = b"%05d" % self.sizes["receipt"] + bytes(self.sizes["pay"] - 5)
        took, size = await self.time("echo", lambda: self.send(self.plan["echo_up"], frame))
        if size != self.sizes["receipt"]:
            raise ValueError("echo of %d bytes" % size)
        if keep:
            self.note("echo", took)

    async def round(self, basket: int, shift: int, keep: bool) -> None:
        """The echo comes before, between or after the two, by turns."""
        turn = basket % 3
        if turn == 0:
            await self.echo(keep)
        await self.lines(basket, shift, keep)
        if turn == 1:
            await self.echo(keep)
        await self.pay(basket, shift, keep)
        if turn == 2:
            await self.echo(keep)

    async def run(self) -> None:
        plan = self.plan
        await self.ready.wait()
        signing = {"operator": plan["operator"], "pin": plan["pin"]}
        shift = (await self.time("signed_on", lambda: self.ask("sign_on", signing)))[1]["shift"]
        await self.lines(1, shift, False)
        await self.pay(1, shift, False)  # tells how long an echo's messages have to be
        for number in range(plan["warm_up"] + plan["rounds"]):
            await self.round(number + 2, shift, number >= plan["warm_up"])
        self.out.write("sizes\t%d\t%d\n" % (self.sizes["pay"], self.sizes["receipt"]))
        gc.collect()
        self.out.write("heap\t%d\n" % gc.mem_free())


def the_app():
    """The class of firmware/app.py: the linker gives it a name of its own, its methods keep theirs."""
    for name in dir(tapwell):
        if hasattr(getattr(tapwell, name), "before_dial"):
            return getattr(tapwell, name)


async def main() -> None:
    folder = os.getenv("TAPWELL_DATA")
    with open(folder + "/bench.json") as file:
        plan = json.load(file)
    app = the_app()(folder)
    with open(folder + "/bench.tsv", "w") as out:
        bench = Bench(app, folder, plan, out)
        running = asyncio.create_task(bench.app_runs())
        try:
            await asyncio.wait_for(bench.run(), plan["limit_s"])
            said = "done"
        except Exception as broken:
            sys.print_exception(broken)
            said = "failed"
        running.cancel()
    print("bench=" + said)


asyncio.run(main())
