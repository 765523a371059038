"""One terminal while it runs: what connects its parts. firmware/assembly.py builds them."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportArgumentType=false
# The fields are filled by the assembly.
import asyncio
import gc
import sys
import time

from firmware import hal
from firmware.net import clock as clocks
from firmware.text import DIR
from firmware.ui.font import open_font
from firmware.ui.screen import Screen
from firmware.waits import Event
from protocol.clock import ticks_diff, ticks_ms

VERSION = "0.1.0"
GC_START_BYTES = 4096  # collect early: what lives long then settles low, and the rest stays in large pieces
GC_BYTES = 12288  # once it has settled: seven collections of a payment become two
ROOMY_BYTES = 28672  # less than this free, and garbage between what lives leaves no piece for a message
ASK_TIME_AGAIN_MS = 60000
PAUSE_MS = 2000  # before a board that cannot begin tries again: time for Ctrl-C, and flash is not worn


class App:
    """One terminal. run() ends only with the board."""

    def __init__(self, folder: str):
        gc.threshold(GC_START_BYTES)
        hal.tls_memory("off")
        self.screen = Screen(open_font(DIR + "/font16.bin"), hal.lend)
        self.heap_min = 0
        self.loops = []
        self.asked_time_ms = ticks_ms() - ASK_TIME_AGAIN_MS
        from firmware import assembly

        assembly.assemble(self, folder)
        for name in ("assembly", "config"):  # they need not stay
            del sys.modules["firmware." + name]
            delattr(sys.modules["firmware"], name)

    def arrived(self, topic: str, payload: bytes) -> None:
        """A message from the broker."""
        self.shell.link.frame(topic, payload, ticks_ms())

    def connected(self, up: bool, why: str) -> None:
        """The connection came or went."""
        print(("mqtt=up " if up else "mqtt=down ") + why)
        if up:
            gc.collect()
            if hal.heap_free() > ROOMY_BYTES:  # a full one has no room to be untidy
                gc.threshold(GC_BYTES)
            self.shell.link.up(ticks_ms())
        else:
            self.shell.link.down()

    def hello(self) -> dict:
        """What this terminal says of itself."""
        return {"app": self.kind, "board": self.board, "firmware": VERSION, "heap_free": self.heap_min}

    def remember_language(self, language: str) -> None:
        """Over a restart too."""
        self.language.write(language.encode())

    async def before_dial(self) -> None:
        """Time before TLS."""
        self.hal.feed()
        if not self.clock.learned and ticks_diff(ticks_ms(), self.asked_time_ms) >= ASK_TIME_AGAIN_MS:
            self.asked_time_ms = ticks_ms()
            await clocks.ask(self.seal, self.host, self.port, self.clock)

    def measure(self) -> None:
        """The least free heap so far, just after a collection; printed when it falls."""
        free = hal.heap_free()
        if not self.heap_min or free < self.heap_min:
            self.heap_min = free
            print("heap_free_min=%d" % free)

    async def run(self) -> None:
        """Starts every loop; the first that breaks ends it."""
        broken = Event()

        def failed(_loop, context: dict) -> None:
            sys.print_exception(context["exception"], sys.stderr)
            broken.set()

        asyncio.get_event_loop().set_exception_handler(failed)
        self.shell.emit(("start",))
        if self.shell.lanes is not None:
            self.shell.lanes.resume()
        count = len(self.loops)
        while self.loops:
            asyncio.create_task(self.loops.pop(0))
        self.hal.start_watchdog()
        self.measure()
        print("app=%s terminal=%s loops=%d" % (self.kind, self.me, count))
        await broken.wait()  # pyright: ignore


def main() -> None:
    """Runs the app of this terminal; whatever ends it, the board starts again."""
    try:
        asyncio.run(App(hal.data_dir()).run())
    except Exception as broken:
        sys.print_exception(broken, sys.stderr)
        time.sleep_ms(PAUSE_MS)  # pyright: ignore
    hal.reset()
