"""Composition root: reads terminal.json, builds the parts, runs the task list. Each part is handed what it needs."""

# pyright: reportAttributeAccessIssue=false, reportCallIssue=false, reportArgumentType=false
# Parts that know one another are joined after both are made; their fields are None until then.
import asyncio
import gc
import sys

from firmware import hal, room, tasks
from firmware.config import Config
from firmware.drivers.buzzer import Buzzer
from firmware.drivers.display import SPI_BAUD, Display
from firmware.drivers.keypad import Keypad
from firmware.drivers.pn532_uart import Pn532
from firmware.flows import make
from firmware.net import clock as clocks
from firmware.net.link import Link
from firmware.net.mqtt import Client, tls_context
from firmware.net.seal import Seal
from firmware.net.session import Session
from firmware.net.slots import Slots
from firmware.net.witness import Witness
from firmware.shell import Shell
from firmware.text import DIR, Texts
from firmware.ui.font import open_font
from firmware.ui.screen import Screen
from firmware.ui.views import Views
from protocol import codec, topics
from protocol.clock import ticks_diff, ticks_ms

VERSION = "0.1.0"
SERIAL_BAUD = 115200
PUMP_BAUD = 9600
GC_START_BYTES = 4096  # collect early: what lives long then settles low, and the rest stays in large pieces
GC_BYTES = 12288  # once it has settled: seven collections of a payment become two
BASKETS_EACH_START = 65536
ASK_TIME_AGAIN_MS = 60000
KEPT = ("pay", "receipt", "balances", "tax")  # what stands between a customer and "approved"
RELEASE_KEY = "/update/key"  # whose signature an update must bear; a terminal without it takes none


class App:
    """One terminal. run() ends only with the board."""

    def __init__(self, folder: str):
        gc.threshold(GC_START_BYTES)
        hal.tls_memory("off")
        self.screen = Screen(open_font(DIR + "/font16.bin"))  # first: its buffers are the largest blocks
        self.config = config = Config(folder)
        self.hal = hal.Hal(config.pins)
        self.heap_min = 0
        self.asked_time_ms = ticks_ms() - ASK_TIME_AGAIN_MS
        self.language = Slots(folder + "/language")
        self.texts = Texts(self.language.value.decode() or config.language)
        self.seal = Seal(config.terminal, config.key_number, config.link_key, config.witness_key)
        certificates = [config.read(name) for name in config.tls_files]
        self.clock = clocks.Clock(folder + "/time", hal.set_time, clocks.validity(certificates[1]))
        self.witness = Witness(folder + "/witness", ticks_ms())
        self.journal = self._journal()
        self.shell = Shell(self._flow(), Views(config.app, self.texts, self.screen))
        self.shell.on_language = lambda language: self.language.write(language.encode())
        self.client = self._client(tls_context(*certificates))
        self._wire_link()
        room.gives.extend((self.shell.flow.give_back, codec.forget))

    def _journal(self):
        folder = self.config.folder + "/journal"
        if self.config.app == "reader":
            from firmware.net.number import Number

            return Number(folder)
        from firmware.net.journal import SEGMENT_BYTES, Journal, segments_for

        segments = segments_for(self.config.journal_bytes or hal.flash_free(self.config.folder))
        journal = Journal(folder, segments)
        print("journal=%s segments=%d bytes=%d" % (journal.number, segments, SEGMENT_BYTES))
        return journal

    def _flow(self):
        first_basket = self.journal.starts % 32767 * BASKETS_EACH_START + 1
        config = self.config
        return make(config.app, config.terminal, self.texts, self.clock.now_s, first_basket, config.nozzles)

    def _client(self, context) -> Client:
        config = self.config
        # Sealed now: the broker sends it for us when we are gone.
        will = self.seal.make("lost", {}) + (1, False)
        session = Session(config.terminal, topics.all_down(config.terminal), will)
        address = (config.gateway_host, config.gateway_port, config.gateway_name)
        client = Client(session, *address, context, self._arrived, self._connected, hal.tls_memory)
        client.before_dial = self._before_dial
        return client

    def _wire_link(self) -> None:
        shell = self.shell
        if self.config.app != "reader":
            from firmware.net.lanes import Lanes

            codec.keep(KEPT)
            shell.lanes = Lanes(self.seal, self.journal, self.client.publish, shell.emit, self.clock.now_s)
        records = (self.witness, self.journal, shell.lanes)
        shell.link = Link(self.seal, self.client.publish, shell.emit, *records, self._hello, self.clock.learn)

    def _arrived(self, topic: str, payload: bytes) -> None:
        self.shell.link.frame(topic, payload, ticks_ms())

    def _connected(self, up: bool, why: str) -> None:
        print(("mqtt=up " if up else "mqtt=down ") + why)
        if up:
            gc.threshold(GC_BYTES)
            self.shell.link.up(ticks_ms())
        else:
            self.shell.link.down()

    def _hello(self) -> dict:
        config = self.config
        return {"app": config.app, "board": config.board, "firmware": VERSION, "heap_free": self.heap_min}

    async def _before_dial(self) -> None:
        self.hal.feed()
        if not self.clock.learned and ticks_diff(ticks_ms(), self.asked_time_ms) >= ASK_TIME_AGAIN_MS:
            self.asked_time_ms = ticks_ms()
            await clocks.ask(self.seal, self.config.gateway_host, self.config.gateway_port, self.clock)

    def measure(self) -> None:
        """The least free heap so far, just after a collection; printed when it falls."""
        free = hal.heap_free()
        if not self.heap_min or free < self.heap_min:
            self.heap_min = free
            print("heap_free_min=%d" % free)

    def _display(self) -> Display:
        out = self.hal.out
        wires = [out("display", name, value) for name, value in (("dc", 1), ("cs", 1), ("reset", 1), ("light", 0))]
        return Display(self.hal.spi("display", SPI_BAUD), *wires, self.screen)

    def loops(self) -> list:
        """The task list: what this board has chips for."""
        has, shell = self.hal.has, self.shell
        loops = [tasks.supervise(self.hal), shell.run(), tasks.tick(shell, shell.link, self.measure), self.client.run()]
        if has("display"):
            loops.append(tasks.pictures(self._display(), shell))
        if has("pn532"):
            loops.append(tasks.cards(Pn532(self.hal.uart("pn532", SERIAL_BAUD)), shell))
        if has("keypad"):
            keypad = Keypad(self.hal.i2c("keypad"), self.hal.input("keypad", "int"))
            loops.append(tasks.keys(keypad, shell))
        if has("scanner"):
            from firmware.drivers.scanner import Lines

            loops.append(tasks.scans(self.hal.uart("scanner", 9600), Lines(), shell))
        if has("printer"):
            from firmware.drivers.printer import Printer

            loops.append(tasks.papers(Printer(self.hal.uart("printer", SERIAL_BAUD), self.screen.font), shell))
        if has("pump"):
            loops.append(self._pumps())
        if self.config.wifi:
            loops.append(hal.keep_wifi(self.config.wifi["ssid"], self.config.wifi["password"]))
        loops.append(tasks.sounds(Buzzer(self.hal.pwm("buzzer")), shell))
        if hal.has_file(RELEASE_KEY):
            loops.append(self._updates())
        return loops

    def _pumps(self):
        from firmware.drivers.pump import Pump
        from firmware.pump_task import Pumps

        config = self.config
        pumps = Pumps(Pump(self.hal.uart("pump", PUMP_BAUD)), self.shell, config.folder, len(config.nozzles))
        pumps.remembered()
        return pumps.run()

    def _updates(self):
        from firmware.update.keeper import TAG, Keeper

        config, shell = self.config, self.shell
        keeper = Keeper("", (config.app, config.board), shell.link, shell.rests, hal.reset, config.update_s)
        shell.others[TAG] = keeper.told
        return keeper.run()

    async def run(self) -> None:
        """Starts every loop; the first that breaks ends it."""
        broken = asyncio.Event()
        self.shell.emit(("start",))
        if self.shell.lanes is not None:
            self.shell.lanes.resume()
        running = [asyncio.create_task(tasks.guard(loop, broken.set)) for loop in self.loops()]
        self.hal.start_watchdog()
        self.measure()
        print("app=%s terminal=%s loops=%d" % (self.config.app, self.config.terminal, len(running)))
        await broken.wait()


def main() -> None:
    """Runs the app of this terminal; whatever ends it, the board starts again."""
    try:
        asyncio.run(App(hal.data_dir()).run())
    except Exception as broken:
        sys.print_exception(broken, sys.stderr)
    hal.reset()
