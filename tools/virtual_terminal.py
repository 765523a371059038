"""A terminal as a process: the real firmware in the real MicroPython, its chips on a bench, its flash a folder.

    write_terminal(folder, ...)                     what enrolment puts into /data
    terminal = VirtualTerminal(folder, image, bench.ports, "144k")
    terminal.start(); terminal.wait_line("mqtt=up"); terminal.kill(); terminal.start(); terminal.stop()

A process that asks for a reset (exit code 79) is started again, as a board would be.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

from tools import romfs

ROOT = Path(__file__).resolve().parent.parent
MICROPYTHON = ROOT / ".venv" / "bin" / "micropython"
SHIMS = ROOT / "hardware" / "emulators" / "upy"
RESET_CODE = 79  # hardware/emulators/upy/machine.py
LINES_MAX = 2000
POLL_S = 0.01
HOST = "host"  # a terminal that is a process on this machine
CHIPS = {"reader": ("pn532", "display", "keypad"), "pos": ("pn532", "display", "keypad", "scanner", "printer"),
         "pump": ("pn532", "display", "keypad", "pump")}
HEAP = {"reader": "128k", "pos": "144k", "pump": "128k"}  # the gates: what an app must run in, with 64-bit objects
# chip on the bench -> its entry in the pin map of a host
PINS = {
    "pn532": {"uart": "pn532"},
    "scanner": {"uart": "scanner"},
    "printer": {"uart": "printer"},
    "pump": {"uart": "pump"},
    "keypad": {"i2c": "keypad"},
    "display": {"spi": "display", "dc": "display.dc"},
}
CA_FILE, CERTIFICATE_FILE, KEY_FILE = "ca.der", "terminal.der", "terminal.key"


def write_terminal(
    folder: Path,
    *,
    terminal: str,
    app: str,
    gateway: tuple[str, int, str],
    tls: tuple[bytes, bytes, bytes],
    keys: tuple[int, str, str],
    chips,
    language: str = "en",
    journal_bytes: int = 0,
    board: str = HOST,
    more: dict | None = None,
) -> None:
    """What enrolment puts into a terminal's flash. The journal and the witness record of `folder` are left alone.

    gateway: host, port, name in the broker's certificate. tls: CA, certificate, key, all DER.
    keys: key number, link key, witness key (hex). chips: names of the bench. journal_bytes: bound, 0 = by the disk.
    more: what a real board has instead or beside (pins, wifi), as firmware/config.py describes it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in zip((CA_FILE, CERTIFICATE_FILE, KEY_FILE), tls, strict=True):
        (folder / name).write_bytes(content)
    values = {
        "terminal": terminal,
        "app": app,
        "board": board,
        "gateway_host": gateway[0],
        "gateway_port": gateway[1],
        "gateway_name": gateway[2],
        "ca": CA_FILE,
        "certificate": CERTIFICATE_FILE,
        "key": KEY_FILE,
        "key_number": keys[0],
        "link_key": keys[1],
        "witness_key": keys[2],
        "language": language,
        "journal_bytes": journal_bytes,
        "pins": {chip: PINS[chip] for chip in chips},
        **(more or {}),
    }
    (folder / "terminal.json").write_text(json.dumps(values))


class VirtualTerminal:
    """`folder` is the flash (/data), `image` what tools/build_firmware.py made (None: run from the sources).

    bench_ports: chip -> TCP port. tls_memory: hold inside the heap what TLS takes on an RP2 board.
    in_place: code runs from ROMFS, mapped as a board's flash is; False: modules are loaded into the heap.
    """

    def __init__(
        self,
        folder: Path,
        image: Path | None,
        bench_ports: dict[str, int],
        heapsize: str = "128k",
        tls_memory: bool = False,
        in_place: bool = True,
    ) -> None:
        self.folder = folder
        self.image = image
        self.bench_ports = bench_ports
        self.heapsize = heapsize
        self.tls_memory = tls_memory
        self.in_place = in_place
        self.lines: deque[str] = deque(maxlen=LINES_MAX)
        self.resets = 0
        self.returncode: int | None = None
        self._process: subprocess.Popen | None = None
        self._reader: threading.Thread | None = None
        self._wanted = False
        self._seen = 0

    def start(self) -> None:
        """Power on."""
        (self.folder / "bus.json").write_text(json.dumps(self.bench_ports))
        self._wanted = True
        self._spawn()
        self._reader = threading.Thread(target=self._keep, daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """A cut of power."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends the process; a board knows no other way than a cut of power."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """The processor stands still (SIGSTOP) until resume()."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    @property
    def pid(self) -> int:
        """0 before the start."""
        return self._process.pid if self._process is not None else 0

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_line(self, start: str, timeout_s: float = 15.0) -> str:
        """The next line, not yet waited for, that begins so. Raises TimeoutError with what was said instead."""
        deadline = time.monotonic() + timeout_s
        while True:
            while self._seen < self._count():
                line = self._line(self._seen)
                self._seen += 1
                if line.startswith(start):
                    return line
            if time.monotonic() > deadline:
                said = "\n".join(list(self.lines)[-30:])
                raise TimeoutError(f"no {start!r} within {timeout_s} s; the terminal said:\n{said}")
            time.sleep(POLL_S)

    @property
    def heap_free_min(self) -> int:
        """Least free heap in bytes that was printed so far, 0 before the first."""
        figures = [int(line.partition("=")[2]) for line in list(self.lines) if line.startswith("heap_free_min=")]
        return min(figures, default=0)

    @property
    def journal(self) -> Path:
        """Folder of the flash journal, for firmware.net.journal.records()."""
        return self.folder / "journal"

    def _spawn(self) -> None:
        environment = dict(os.environ, TAPWELL_DATA=str(self.folder))
        environment["MICROPYPATH"] = "%s:%s:.frozen" % (SHIMS, self.image or ROOT)
        environment["TAPWELL_BUS"] = str(self.folder / "bus.json")
        if self.tls_memory:
            environment["TAPWELL_TLS_MEMORY"] = "1"
        self._process = subprocess.Popen(
            self._command(),
            env=environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

    def _command(self) -> list:
        if self.image is None:
            return [MICROPYTHON, "-X", "heapsize=" + self.heapsize, ROOT / "firmware" / "main.py"]
        if not self.in_place:
            return [MICROPYTHON, "-X", "heapsize=" + self.heapsize, self.image / "main.py"]
        return [sys.executable, ROOT / "tools" / "romfs.py", romfs.write(self.image), self.heapsize]

    def _keep(self) -> None:
        while self._process is not None and self._process.stdout is not None:
            for line in self._process.stdout:
                self._add(line.rstrip("\n"))
            self.returncode = self._process.wait()
            if not self._wanted or self.returncode != RESET_CODE:
                return
            self.resets += 1
            self._add("reset")
            time.sleep(0.2)
            if self._wanted:
                self._spawn()

    def _add(self, line: str) -> None:
        self.lines.append(line)
        self._added = self._count() + 1

    def _count(self) -> int:
        return getattr(self, "_added", 0)

    def _line(self, number: int) -> str:
        at = number - (self._count() - len(self.lines))
        return self.lines[at] if at >= 0 else ""

    def _end(self, how: int) -> None:
        self._wanted = False
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait()
        if self._reader is not None:
            self._reader.join(5)
