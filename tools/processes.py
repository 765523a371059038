"""Processes of a chain on this machine: each with its log, none outliving the one that started it."""

import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1  # prctl(2)
END_S = 10
LISTENED = (20_000, 32_000)  # below what a kernel hands out to connections: none is lost before it is listened on


class Failed(Exception):
    """A command that should have worked did not; the text is what it said."""


def command(module: str, *arguments: str) -> dict:
    """Runs `python -m module ARGUMENTS --json` to its end and gives what it told. Raises Failed."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--json"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.returncode:
        raise Failed(f"{module} {' '.join(arguments[:2])}: {(done.stderr or done.stdout).strip()[-600:]}")
    return json.loads(done.stdout)


class Process:
    """One running program; its output goes to `log`."""

    def __init__(self, log: Path, module: str, *arguments: str) -> None:
        self.log = log
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen | None = None

    def start(self) -> "Process":
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=ROOT, preexec_fn=_end_with_parent
            )
        return self

    @property
    def pid(self) -> int:
        """0 before the start."""
        return self._process.pid if self._process is not None else 0

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_line(self, start: str, timeout_s: float = 30) -> str:
        """The first line of the log that begins so. Raises Failed with the end of the log instead."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for line in self.log.read_text(errors="replace").splitlines():
                if line.startswith(start):
                    return line
            if not self.running():
                break
            time.sleep(0.02)
        raise Failed(f"{self.log.name} never said {start!r}; it ends with\n" + self.last_words())

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def children(self) -> dict[int, str]:
        """Its children now: process id -> command line."""
        return {pid: _words(pid) for pid in _children(self._process.pid)} if self._process and self.running() else {}

    def kill(self) -> None:
        """SIGKILL: no word of farewell, nothing written any more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Asks it to end, and ends it after ten seconds."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface, TCP and UDP, that nobody has; none that a kernel hands out by itself."""
    ports: list[int] = []
    while len(ports) < count:
        port = random.randrange(*LISTENED)
        if port not in ports and _is_free(port):
            ports.append(port)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        try:
            stream.bind(("127.0.0.1", port))
            datagrams.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _children(pid: int) -> list[int]:
    """Children of all threads of a process."""
    tasks = Path("/proc", str(pid), "task")
    return [int(child) for task in tasks.glob("*/children") for child in _read(task).split()]


def _words(pid: int) -> str:
    return _read(Path("/proc", str(pid), "cmdline")).replace("\0", " ").strip()


def _read(path: Path) -> str:
    """'' for a process that is gone by now."""
    try:
        return path.read_text()
    except OSError:
        return ""


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.setpgid(0, 0)  # Ctrl-C reaches the demo alone, which then ends the others in order
