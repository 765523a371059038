"""The issuing desk through readers of others: libnfc by pynfc; PC/SC by pyscard, pcscd, vsmartcard."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from hardware.emulators.desfire import Card
from hardware.emulators.vpcd import VirtualCard
from tools.peers import on_pty
from tools.peers.on_pty import Said

CLIENT = str(Path(__file__).parent / "desk_client.py")
PCSCD = "/usr/sbin/pcscd"
READER_WAIT_S = 15
CLIENT_LIMIT_S = 60


def through_libnfc(card: Card) -> tuple[Said, bool]:
    """pynfc's declarations of libnfc, over the emulated PN532."""
    said = on_pty.run(card, sys.executable, CLIENT, "libnfc:pn532_uart:{port}")
    return said, _made_and_read(said, card)


def through_pcsc(card: Card) -> tuple[Said, bool]:
    """pyscard, pcscd and the driver vpcd, over the emulated card."""
    if not Path(PCSCD).exists():
        return Said(127, "pcscd is not installed: apt-get install pcscd vsmartcard-vpcd"), False
    with _pcscd(), _on_virtual_reader(card):
        done = subprocess.run(
            [sys.executable, CLIENT, "pcsc:Virtual PCD"], capture_output=True, text=True, timeout=CLIENT_LIMIT_S
        )
    said = Said(done.returncode, done.stdout + done.stderr)
    return said, _made_and_read(said, card)


def _made_and_read(said: Said, card: Card) -> bool:
    number = "0001:" + card.uid.hex().upper()
    return f"made {number}" in said.text and f"read {number} {'0a' * 16}" in said.text


@contextlib.contextmanager
def _pcscd() -> Iterator[None]:
    """A daemon of our own; where one runs already ours ends by itself, and that one is used."""
    daemon = subprocess.Popen([PCSCD, "--foreground"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        daemon.terminate()
        daemon.wait(READER_WAIT_S)


@contextlib.contextmanager
def _on_virtual_reader(card: Card) -> Iterator[None]:
    """The card lies on the virtual reader as soon as its driver listens."""
    until_s = time.monotonic() + READER_WAIT_S
    while True:
        try:
            laid = VirtualCard(card)
            break
        except OSError:
            if time.monotonic() >= until_s:
                raise
            time.sleep(0.1)
    serving = threading.Thread(target=laid.serve, daemon=True)
    serving.start()
    try:
        yield
    finally:
        laid.take_away()
