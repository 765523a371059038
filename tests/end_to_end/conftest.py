"""One store on this machine: Mosquitto, a yes-saying gateway, benches, terminals; each process ends with its test."""

import asyncio
import threading
from pathlib import Path

import pytest

from hardware.emulators.bench import Bench
from tests.end_to_end.store_network import LINK_KEY, WITNESS_KEY, Authority, Broker, Proxy, YesGateway
from tools import build_firmware
from tools.virtual_terminal import VirtualTerminal, write_terminal

CHIPS = {"reader": ("pn532", "display", "keypad"), "pos": ("pn532", "display", "keypad", "scanner", "printer")}


class Store:
    """terminal(app) builds, wires and starts one; `proxy` lies between terminals and broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority()
        self.broker = Broker(folder / "broker", self.authority)
        self.broker.start()
        self.proxy = Proxy(self.broker.port)
        self.gateway = YesGateway(self.broker, self.authority, folder / "broker")
        self.gateway.start()
        self.terminals: list[VirtualTerminal] = []
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def run(self, coroutine):
        """A coroutine of the bench, in the bench's own loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    def do(self, call, *args) -> None:
        """A plain call on a chip, in the bench's loop."""
        self._loop.call_soon_threadsafe(call, *args)

    def terminal(self, app: str, heapsize: str, tls_memory: bool = False, **more) -> VirtualTerminal:
        name = "0001-%s1" % app
        self.bench = self.run(Bench.start(CHIPS[app]))
        settings = {"tls": self.authority.der(name), "gateway": ("127.0.0.1", self.proxy.port, "localhost")}
        settings |= {"keys": (1, LINK_KEY.hex(), WITNESS_KEY.hex()), "chips": CHIPS[app], **more}
        write_terminal(self.folder / name, terminal=name, app=app, **settings)
        image = build_firmware.build(app, build_firmware.IMAGES / app)
        terminal = VirtualTerminal(self.folder / name, image, self.bench.ports, heapsize, tls_memory)
        self.terminals.append(terminal)
        terminal.start()
        return terminal

    def shows(self, needle: str, timeout_s: float = 15.0) -> list[str]:
        """The screen, once it says so."""
        return self.run(self.bench.display.wait_text(needle, timeout_s))

    def press(self, *names: str) -> None:
        for name in names:
            self.do(self.bench.press, name)

    def close(self) -> None:
        for terminal in self.terminals:
            terminal.stop()
        self.gateway.stop()
        self.proxy.close()
        self.broker.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)


@pytest.fixture
def store(tmp_path):
    one = Store(tmp_path)
    yield one
    one.close()
