"""Debian's libfreefare opens the cards that we issue: our keys, messaging and file are what others take them to be."""

import asyncio
import os
import sys
from pathlib import Path

from gateway.cards import keys
from gateway.cards.identity import OnCard, encode
from gateway.cards.keys import MASTER, PICC, ChainKeys, KeySet, make_chain_keys
from hardware.emulators.desfire import Card
from hardware.emulators.reader import Reader
from tools.issue_card import issue

UID = bytes.fromhex("04A1B2C3D4E5F6")
KEYS = ChainKeys(1, tuple(KeySet(one.purpose, 3, one.key) for one in make_chain_keys(1, os.urandom).sets))


async def read_by_libfreefare(card: Card, arguments: list[str]) -> tuple[int | None, str]:
    reader = Reader()
    device = "pn532_uart:" + reader.open_pty()
    reader.tap(card)
    run = await asyncio.create_subprocess_exec(
        sys.executable,
        Path(__file__).with_name("libfreefare_reads.py"),
        *arguments,
        env=dict(os.environ, LIBNFC_DEFAULT_DEVICE=device),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(run.communicate(), 20)
    await reader.close()
    return run.returncode, out.decode().strip().splitlines()[-1]


def test_libfreefare_reads_what_we_issued():
    card = Card(UID)
    issue(card.transceive, UID, "0a" * 16, KEYS, issued_at_s=1_800_000_000)
    made = [keys.key_on_card(KEYS.newest(purpose), UID).hex() for purpose in (1, MASTER, PICC)]
    told = asyncio.run(read_by_libfreefare(card, [*made, "3"]))
    assert told == (0, encode(OnCard("member", 1, "0a" * 16, 1_800_000_000)).hex())


def test_libfreefare_is_refused_with_a_master_key_of_the_chain():
    card = Card(UID)
    issue(card.transceive, UID, "0a" * 16, KEYS)
    masters = [KEYS.newest(purpose).key.hex() for purpose in (1, MASTER, PICC)]
    assert asyncio.run(read_by_libfreefare(card, [*masters, "3"])) == (1, "authenticate_aes: refused with AE")
