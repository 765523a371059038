"""A store with a virtual board in it, flashed by tools.flash, and a gateway with a folder of releases."""

import asyncio
import shutil
import tempfile
import threading
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path

from gateway.releases import Releases
from hardware.emulators.bench import Bench
from tests.end_to_end.store_network import LINK_KEY, WITNESS_KEY, Authority, Broker, Proxy, YesGateway
from tools import build_firmware, flash, release
from tools.virtual_board import VirtualBoard
from tools.virtual_terminal import CHIPS, HEAP, write_terminal

SHELF = tempfile.TemporaryDirectory()  # what tests of one run share: the release key, boards as they were flashed
PACE_S = (1, 0, 6)  # questions, rest, trial: seconds for a test, minutes in a store


def keys() -> Path:
    """Folder of the release key."""
    folder = Path(SHELF.name) / "keys"
    if not folder.exists():
        release.new_key(folder)
    return folder


def flashed(app: str, rom: bool) -> Path:
    """Folder of a virtual board that tools.flash has filled and nobody has enrolled yet."""
    folder = Path(SHELF.name) / ("%s-%s" % (app, "rom" if rom else "files"))
    if not folder.exists():
        board = VirtualBoard(folder, rom=rom).start()
        flash.flash(board.port, app, key=keys() / release.PUBLIC, say=lambda text: None).close()
        board.stop()
    return folder


@dataclass
class ReleasingGateway(YesGateway):
    """Answers what a terminal asks for releases as the real handlers do."""

    releases: Releases = field(default_factory=Releases)

    def _update_ask(self, terminal: str, values: dict) -> tuple[str, dict]:
        offered = self.releases.offer(values["app"], values["kind"], values["board"])
        number = offered.release.number if offered else 0
        size = len(offered.manifest) if offered else 0
        return "update_offer", {"r": values["r"], "number": number, "size": size}

    def _update_part(self, terminal: str, values: dict) -> tuple[str, dict]:
        asked = [values[name] for name in ("app", "kind", "number", "file", "offset", "size")]
        return "update_data", {"r": values["r"], "data": b64encode(self.releases.part(*asked)).decode()}


class BoardStore:
    """`board` is flashed and enrolled by start(app); `release(number)` offers one; all under `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority = self.authority = Authority()
        self.broker = Broker(folder / "broker", authority)
        self.broker.start()
        self.proxy = Proxy(self.broker.port)
        self.gateway = ReleasingGateway(
            self.broker, authority, folder / "broker", releases=Releases(folder / "releases")
        )
        self.gateway.start()
        self.key = release.private_key(keys() / release.PRIVATE)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def run(self, coroutine):
        """A coroutine of the bench, in the bench's own loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    def do(self, call, *args) -> None:
        """A plain call on a chip, in the bench's loop."""
        self._loop.call_soon_threadsafe(call, *args)

    def press(self, *names: str) -> None:
        for name in names:
            self.do(self.bench.press, name)

    def start(self, app: str, rom: bool = True, heap_kb: int = 0, pace_s: tuple = PACE_S) -> VirtualBoard:
        """A board that was flashed and enrolled, its power on."""
        self.app = app
        self.bench = self.run(Bench.start(CHIPS[app]))
        heap_kb = heap_kb or int(HEAP[app].rstrip("k"))
        shutil.copytree(flashed(app, rom), self.folder / "board")
        self.board = VirtualBoard(self.folder / "board", heap_kb, self.bench.ports, rom=rom).start()
        cable = flash.Cable(self.board.port)
        name = "0001-%s1" % app
        keys = (1, LINK_KEY.hex(), WITNESS_KEY.hex())
        gateway = ("127.0.0.1", self.proxy.port, "localhost")
        settings = {"tls": self.authority.der(name), "gateway": gateway, "keys": keys, "chips": CHIPS[app]}
        write_terminal(self.folder / name, terminal=name, app=app, more={"update_s": pace_s}, **settings)
        for file in (self.folder / name).iterdir():
            cable.write("/data/" + file.name, file.read_bytes())
        cable.reset(run=True)
        self.board.wait_line("mqtt=up")
        return self.board

    def image(self, name: str, **changed: str) -> Path:
        """A copy of the app's image in which files have another text; two underscores in a name stand for a dot."""
        target = self.folder / "images" / name
        shutil.copytree(build_firmware.build(self.app, build_firmware.IMAGES / self.app), target)
        for file, text in changed.items():
            (target / file.replace("__", ".")).write_text(text)
        return target

    def offer(self, number: int, image: Path, kind: str = "rom", least: int = 0) -> Path:
        """A signed release in the gateway's folder."""
        return self.put(release.make(self.folder / "bench", self.app, kind, number, self.key, least, image))

    def put(self, folder: Path) -> Path:
        """Moves a release to where the gateway finds it, whole at once."""
        (self.folder / "releases").mkdir(exist_ok=True)
        return folder.rename(self.folder / "releases" / folder.name)

    def said_running(self) -> dict:
        """What the board said last about its releases."""
        return self.gateway.wait("update_ask")

    def close(self) -> None:
        self.board.stop()
        self.gateway.stop()
        self.proxy.close()
        self.broker.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
