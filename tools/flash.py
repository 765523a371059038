"""Puts an app on a board over mpremote's own transport: real boards on a serial port, virtual ones on a pty.

    tapwell flash --port /dev/ttyACM0 --app reader --board pico2w --release-key keys/release.key
    tapwell flash --virtual DIR --app reader
    tapwell flash ... --hq URL --code CODE --ca-fingerprint HEX --gateway-host HOST      and enrol it over the cable

Only what differs is copied, judged by hashes that the board works out. Where the board has ROMFS partitions the image
goes into the first one and runs in place. /data (who it is, its keys, its journal) is touched by enrolment alone.
"""

import argparse
import ast
import getpass
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport
from rich.console import Console

from firmware.update import slots
from hardware.boards.catalogue import APPS, BOARDS, lacks
from tools import build_firmware, lean, link, release
from tools.virtual_board import VirtualBoard
from tools.virtual_terminal import HOST

MICROPYTHON = (1, 29)  # what the firmware is tested in; images are bytecode of ABI 6.3, which came with 1.23
ABI = (6, 3)
PLATFORMS = {"esp32s3": "esp32", "pico2w": "rp2", "picow": "rp2", HOST: "linux"}
ROOT = build_firmware.ROOT
MPREMOTE = ROOT / ".venv" / "bin" / "mpremote"
STARTER = ("firmware/update/boot.py", "firmware/update/slots.py", "firmware/net/slots.py")
MAIN = '''"""Runs the image that /lib/starter.mpy chooses."""

import gc
import machine
from starter import main

if main(machine):
    del main
    gc.collect()  # the image lies where the starter was, and what is free stays in one piece
    try:
        import tapwell

        tapwell.main()
    except Exception as broken:
        from starter import main

        main(machine, broken)
'''
CABLE = b"copied by cable\n"
READY_S = 15.0
ANSWER_S, PROMPT_S, POLL_S = 5.0, 1.0, 0.05
RAW = b"raw REPL; CTRL-B to exit\r\n"
ROOM_KEPT = 64 * 1024  # of flash, for /data
BLOCK = 512
HASHES = (
    """
import hashlib, os
def _size(path):
    try:
        return os.stat(path)[6]
    except OSError:
        return 0
def _hash(path):
    try:
        digest, file = hashlib.sha256(), open(path, 'rb')
    except OSError:
        return ''
    with file:
        while True:
            data = file.read(%d)
            if not data:
                return digest.digest().hex()
            digest.update(data)
"""
    % BLOCK
)
Say = Callable[[str], None]


class NotFlashed(Exception):
    """Why not, and what to do, in words."""


class Board(NamedTuple):
    """What a board says of itself."""

    platform: str
    version: tuple
    abi: tuple
    free: int
    partitions: tuple[int, ...]


class Cable:
    """A board's raw prompt. Raises NotFlashed where nobody answers."""

    def __init__(self, port: str):
        self.port = port
        self._line = self._opened()

    def run(self, code: str) -> str:
        """What the code prints on the board. Raises NotFlashed."""
        try:
            return self._line.exec(code).decode()
        except TransportExecError as failed:
            raise NotFlashed("the board says: %s" % str(failed.args[-1]).strip().splitlines()[-1]) from None
        except (TransportError, serial.SerialException, OSError) as gone:
            raise NotFlashed("the board on %s went away: %s" % (self.port, gone)) from None

    def value(self, expression: str):
        """A literal that the board works out."""
        return ast.literal_eval(self.run("print(repr(%s))" % expression).strip())

    def write(self, path: str, data: bytes) -> None:
        """A file, whole under its name or not at all."""
        self.folder(path.rpartition("/")[0])
        try:
            self._line.fs_writefile(path + ".new", data)
        except (OSError, TransportError) as failed:
            raise NotFlashed("%s was not written: %s" % (path, failed)) from None
        self.run("import os\nos.rename(%r, %r)" % (path + ".new", path))

    def folder(self, path: str) -> None:
        for at in range(1, len(path) + 1):
            if at == len(path) or path[at] == "/":
                self.run("import os\ntry:\n os.mkdir(%r)\nexcept OSError:\n pass" % path[:at])

    def reset(self, run: bool) -> None:
        """Starts the board again, into its app, or to its prompt: a watchdog that runs would end any copying."""
        if run:
            self.run("import os\ntry:\n os.remove('/hold')\nexcept OSError:\n pass")
        elif self.value("'starter.mpy' in __import__('os').listdir('/lib')" if self._has_lib() else "False"):
            self.run("open('/hold', 'w').close()")
        else:
            return
        self._line.exec_raw_no_follow("import machine, time\ntime.sleep_ms(50)\nmachine.reset()")
        time.sleep(0.5)
        self._line.close()
        if not run:
            self._line = self._opened()

    def close(self) -> None:
        self._line.close()

    def open(self) -> None:
        """Again, after close()."""
        self._line = self._opened()

    def _has_lib(self) -> bool:
        return self.value("'lib' in __import__('os').listdir('/')")

    def _opened(self) -> SerialTransport:
        deadline = time.monotonic() + READY_S
        while True:
            line = None
            try:
                line = SerialTransport(self.port, timeout=ANSWER_S)
                if prompts(line):
                    line.exec("1")  # the first prompt may be one that a program just left
                    return line
                raise TransportError("no prompt")
            except (TransportError, TransportExecError, serial.SerialException, OSError) as failed:
                if line is not None:
                    line.close()
                if time.monotonic() > deadline or not os.path.exists(self.port):
                    raise NotFlashed(
                        "no board with MicroPython on %s (%s): is it plugged in, is the port right, does another "
                        "program have it open?" % (self.port, str(failed) or "no answer")
                    ) from None
                time.sleep(0.3)


def prompts(line: SerialTransport) -> bool:
    """Interrupts whatever runs and asks for the raw prompt; a board that starts again and again may miss a key."""
    port: serial.Serial = line.serial  # pyright: ignore[reportAssignmentType] # mpremote has a second kind, for mounts
    port.timeout = POLL_S
    port.write(b"\r\x03\x03\r\x01")
    until, said = time.monotonic() + PROMPT_S, b""
    while not said.endswith(RAW) and time.monotonic() < until:
        said = (said + port.read(1))[-len(RAW) :]
    port.timeout = ANSWER_S
    line.in_raw_repl = said == RAW
    return line.in_raw_repl


def asked(cable: Cable) -> Board:
    """What the board is."""
    cable.run("import sys, os\ntry:\n import vfs\nexcept ImportError:\n vfs = None")
    count = cable.value("vfs.rom_ioctl(1) if hasattr(vfs, 'rom_ioctl') else 0")
    abi = cable.value("sys.implementation._mpy & 0x3ff") if cable.value("hasattr(sys.implementation, '_mpy')") else 0
    stat = cable.value("os.statvfs('/')")
    return Board(
        platform=cable.value("sys.platform"),
        version=tuple(cable.value("sys.implementation.version[:2]")),
        abi=(abi & 0xFF, abi >> 8),
        free=stat[0] * stat[3],
        partitions=tuple(cable.value("len(vfs.rom_ioctl(2, %d))" % number) for number in range(max(0, count))),
    )


def fits(found: Board, board: str, app: str) -> None:
    """Raises NotFlashed where this app cannot run on that board, or the board is another one."""
    if PLATFORMS[board] != found.platform:
        raise NotFlashed("this is a board of the port %r, %s has %r" % (found.platform, board, PLATFORMS[board]))
    if found.abi != ABI or found.version < MICROPYTHON:
        told = (*found.version, *found.abi, *MICROPYTHON, *ABI)
        raise NotFlashed(
            "it runs MicroPython %d.%d (.mpy %d.%d); the firmware needs %d.%d or newer (.mpy %d.%d)" % told
        )
    if board != HOST and (missing := lacks(BOARDS[board], APPS[app])):
        raise NotFlashed("%s does not fit %s: %s" % (app, board, ", ".join(missing)))


def starter() -> bytes:
    """/lib/starter.mpy: what chooses the image, linked into one module."""
    sources = {name: (ROOT / name).read_text(encoding="utf-8") for name in STARTER}
    image = lean.Image(sources)
    text = link.Linker({name: image.lean(name) for name in sources}, ("firmware.update.boot",)).link()
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "starter.py", Path(folder) / "starter.mpy"
        source.write_text(text, encoding="utf-8")
        command = [build_firmware.MPY_CROSS, "-O2", "-s", "starter", "-o", made, source]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError("mpy-cross: " + done.stderr.strip())
        return made.read_bytes()


def flash(port: str, app: str, board: str = HOST, key: Path | None = None, say: Say = print) -> Cable:
    """Copies what differs; the board waits at its prompt afterwards. Raises NotFlashed."""
    image = build_firmware.build(app, build_firmware.IMAGES / app)
    cable = Cable(port)
    cable.reset(run=False)
    found = asked(cable)
    cable.run(HASHES)
    fits(found, board, app)
    say("%s: MicroPython %d.%d, %d KB free, %d ROMFS partitions" % (
        found.platform, *found.version, found.free // 1024, len(found.partitions)
    ))  # fmt: skip
    own = {"/main.py": MAIN.encode(), "/lib/starter.mpy": starter()}
    if key is not None:
        own["/update/key"] = _modulus(key)
    cable.folder("/update")
    cable.folder(slots.folder_of("", 0))
    if found.partitions:
        deploy(cable, found, release.romfs_of(image), say)
    else:
        files = {path: path.relative_to(image).as_posix() for path in sorted(image.rglob("*")) if path.is_file()}
        own |= {slots.folder_of("", 0) + "/" + name: path.read_bytes() for path, name in files.items()}
        room(cable, found, own)
    copy(cable, own, say)
    cable.write(slots.folder_of("", 0) + "/" + slots.MANIFEST, CABLE)
    for number in (0, 1):
        cable.run("import os\ntry:\n os.remove('/update/state.%d')\nexcept OSError:\n pass" % number)
    return cable


def _modulus(key: Path) -> bytes:
    raw = key.read_bytes()
    if len(raw) != release.format_.MODULUS_BYTES:
        raise NotFlashed("%s is no public release key (release.key, %d bytes)" % (key, release.format_.MODULUS_BYTES))
    return raw


def room(cable: Cable, found: Board, files: dict[str, bytes]) -> None:
    """Raises NotFlashed where the files, and as much again for an update, do not fit."""
    sizes = cable.value("{p: _size(p) for p in %r}" % list(files))
    there = sum(sizes.values())
    needed = sum(-(-len(data) // 4096) * 4096 for data in files.values()) + ROOM_KEPT
    if found.free + there < needed:
        raise NotFlashed("no room: %d KB of flash are free, %d KB are needed" % (found.free // 1024, needed // 1024))


def copy(cable: Cable, files: dict[str, bytes], say: Say) -> int:
    """Writes the files whose hash differs; how many those were."""
    there = {path: cable.value("_hash(%r)" % path) for path in files}
    different = [path for path, data in files.items() if there[path] != sha256(data).hexdigest()]
    for number, path in enumerate(different, 1):
        say("%3d/%d  %7d bytes  %s" % (number, len(different), len(files[path]), path))
        cable.write(path, files[path])
    if not different:
        say("files: nothing differs")
    return len(different)


def deploy(cable: Cable, found: Board, image: bytes, say: Say) -> None:
    """The image into the first ROMFS partition, unless it is there."""
    if len(image) > found.partitions[0]:
        told = (len(image) // 1024, found.partitions[0] // 1024)
        raise NotFlashed("no room: the image has %d KB, the ROMFS partition %d KB" % told)
    cable.run("import hashlib\nd = hashlib.sha256()\nr = memoryview(vfs.rom_ioctl(2, 0))")
    cable.run("for a in range(0, %d, 1024): d.update(r[a:min(a + 1024, %d)])" % (len(image), len(image)))
    if cable.value("d.digest().hex()") == sha256(image).hexdigest():
        say("ROMFS: nothing differs")
        return
    cable.run("import os\ntry:\n os.remove('/slot0/%s')\nexcept OSError:\n pass" % slots.MANIFEST)
    cable.close()
    say("ROMFS: %d bytes" % len(image))
    with tempfile.NamedTemporaryFile(suffix=".romfs") as file:
        file.write(image)
        file.flush()
        command = [str(MPREMOTE), "connect", cable.port, "resume", "romfs", "--partition", "0", "deploy", file.name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise NotFlashed("mpremote: " + (done.stderr or done.stdout).strip()[-300:])
    cable.open()
    cable.run("import vfs\n" + HASHES)


def enrol(cable: Cable, app: str, board: str, told: argparse.Namespace, say: Say) -> None:
    """Exchanges the one-time code and writes /data over the cable; nothing secret stays on this machine."""
    from tools.provision import Refused, enrol_terminal

    shared = Path("/dev/shm")  # memory, where there is such a folder: a disk remembers what was removed
    folder = Path(tempfile.mkdtemp(prefix="tapwell", dir=shared if shared.is_dir() else None))
    try:
        name = enrol_terminal(
            folder,
            hq_url=told.hq.rstrip("/"),
            code=told.code,
            ca_fingerprint=told.ca_fingerprint,
            gateway=(told.gateway_host, told.gateway_port, told.gateway_name or told.gateway_host),
            language=told.language,
            board=board,
            wifi=(told.wifi, told.wifi_password) if told.wifi else None,
        )
        wanted = [path for path in sorted(folder.iterdir()) if path.suffix != ".pem"]
        for path in sorted(wanted, key=lambda path: path.name == "terminal.json"):  # last: with it the app starts
            cable.write("/data/" + path.name, path.read_bytes())
    except Refused as refused:
        raise NotFlashed("not enrolled: %s" % refused) from None
    finally:
        for path in folder.iterdir():
            path.write_bytes(bytes(path.stat().st_size))
        shutil.rmtree(folder)
    say("%s is enrolled; its keys are on the board and nowhere else" % name)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tapwell flash", description="Put an app on a board over its serial port.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", help="serial port or pty of the board")
    where.add_argument("--virtual", type=Path, metavar="DIR", help="folder of a virtual board that does not run")
    parser.add_argument("--app", required=True, choices=build_firmware.APPS)
    parser.add_argument("--board", default=HOST, choices=sorted(PLATFORMS), help="pin map (host: a virtual board)")
    parser.add_argument("--release-key", type=Path, help="release.key: whose signed updates this board takes")
    parser.add_argument("--hq", help="head office's address for enrolment, https://...")
    parser.add_argument("--code", help="one-time code of this terminal")
    parser.add_argument("--ca-fingerprint", help="head office's fingerprint")
    parser.add_argument("--gateway-host", help="the gateway's address in the store")
    parser.add_argument("--gateway-port", type=int, default=8883)
    parser.add_argument("--gateway-name", help="name in the broker's certificate, if it is not its address")
    parser.add_argument("--wifi", help="network of a board with a radio; asks for its password")
    parser.add_argument("--language", default="en", choices=("en", "zh"))
    return parser


def checked(parser: argparse.ArgumentParser, words: list[str] | None) -> argparse.Namespace:
    """The command line; a code is worth nothing without the rest that enrolment asks for."""
    told = parser.parse_args(words)
    if any((told.hq, told.code, told.ca_fingerprint)):
        missing = [name for name in ("hq", "code", "ca_fingerprint", "gateway_host") if not getattr(told, name)]
        if missing:
            parser.error("enrolment needs --" + ", --".join(name.replace("_", "-") for name in missing) + " too")
    if told.port and told.board == HOST and not told.port.startswith("/dev/pts/"):
        parser.error("--board: which board is it? " + ", ".join(sorted(set(PLATFORMS) - {HOST})))
    if told.wifi:
        told.wifi_password = getpass.getpass("Password of %s: " % told.wifi)
    return told


def main(words: list[str] | None = None) -> int:
    told = checked(arguments(), words)
    console = Console(highlight=False)

    def say(text: str) -> None:
        console.print(text, markup=False)

    virtual = VirtualBoard(told.virtual).start() if told.virtual else None
    try:
        cable = flash(virtual.port if virtual else told.port, told.app, told.board, told.release_key, say)
        if told.code:
            enrol(cable, told.app, told.board, told, say)
        cable.reset(run=True)
        say("done; the board has started again")
        return 0
    except NotFlashed as why:
        console.print("not flashed: %s" % why, style="red", markup=False)
        return 1
    finally:
        if virtual:
            virtual.stop()


if __name__ == "__main__":
    sys.exit(main())
