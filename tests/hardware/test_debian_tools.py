"""Debian's own NFC programs against the emulator on a pseudo terminal. A missing program fails, it does not skip."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from hardware.emulators.desfire import Card
from hardware.emulators.reader import Reader

UID = "04a1b2c3d4e5f6"
PEER = Path(__file__).with_name("libfreefare_peer.py")
TIMEOUT_S = 60


def played(card: Card | None, *command: str) -> tuple[int, str]:
    """Run a program with the emulator as its only NFC device: return code and everything it said."""
    if shutil.which(command[0]) is None:
        pytest.fail(f"{command[0]} is not installed: apt-get install libnfc-bin libfreefare-bin")
    return asyncio.run(_played(card, command))


async def _played(card: Card | None, command: tuple[str, ...]) -> tuple[int, str]:
    reader = Reader()
    environment = os.environ | {"LIBNFC_DEFAULT_DEVICE": f"pn532_uart:{reader.open_pty()}"}
    if card is not None:
        reader.tap(card)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=pipe, stdout=pipe, stderr=-2)
    try:
        said, _ = await asyncio.wait_for(process.communicate(b"Y\n" * 5), TIMEOUT_S)
    finally:
        if process.returncode is None:
            process.kill()
        await reader.close()
    return process.returncode or 0, said.decode(errors="replace")


def test_nfc_list_finds_the_card():
    code, said = played(Card(bytes.fromhex(UID)), "nfc-list", "-v")
    assert code == 0, said
    assert "1 ISO14443A passive target(s) found" in said
    assert "UID (NFCID1): 04  a1  b2  c3  d4  e5  f6" in said
    assert "MIFARE DESFire EV1" in said


def test_nfc_list_finds_nothing_on_an_empty_reader():
    code, said = played(None, "nfc-list", "-v")
    assert code == 0 and "0 ISO14443A passive target(s) found" in said, said


def test_nfc_scan_device_reads_the_chip():
    code, said = played(None, "nfc-scan-device", "-v")
    assert code == 0 and "chip: PN532 v1.6" in said, said


def test_mifare_desfire_info_reads_a_fresh_card():
    code, said = played(Card(bytes.fromhex(UID)), "mifare-desfire-info")
    assert code == 0, said
    for wanted in (f"0x{UID}", "Storage size:         0x1a (=8192 bytes)", "Master Key settings (0x0f)", "7936 bytes"):
        assert wanted in said, said


def test_mifare_desfire_format_empties_a_card():
    card = Card(bytes.fromhex(UID))
    card.transceive(bytes.fromhex("ca01020f0f81"))
    assert card.applications
    code, said = played(card, "mifare-desfire-format", "-y")
    assert code == 0 and not card.applications, said


def test_libfreefare_personalises_and_uses_a_card():
    """DES, 2K3DES, 3K3DES and AES sessions, keys changed, three files in each mode over many lengths."""
    code, said = played(Card(bytes.fromhex(UID)), sys.executable, str(PEER), UID)
    assert code == 0, said[-400:]
    assert said.count("\nok ") >= 150
