"""Issuing at a desk: the command line, over an emulated PN532 on a socket and on a pseudo terminal."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from gateway.cards.keyfile import local_secret, write_keys
from gateway.cards.keys import make_chain_keys
from gateway.cards.sam import Sam
from hardware.emulators.desfire import Card
from hardware.emulators.reader import Reader
from tests.gateway.cards.test_cards import identify
from tools import pn532_host

ROOT = Path(__file__).resolve().parents[3]
UID = bytes.fromhex("04A1B2C3D4E5F6")
KEYS = make_chain_keys(1, os.urandom)


@pytest.fixture
def key_arguments(tmp_path):
    write_keys(tmp_path / "cards.key", KEYS, local_secret(tmp_path / "cards.secret"))
    return ["--keys", str(tmp_path / "cards.key"), "--secret", str(tmp_path / "cards.secret")]


async def issued_by_command(card: Card | None, arguments: list[str], by_pty: bool) -> tuple[int, str, str]:
    reader = Reader()
    where = ["--port", reader.open_pty()] if by_pty else ["--tcp", f"127.0.0.1:{await reader.listen()}"]
    if card:
        reader.tap(card)
    command = [sys.executable, "-m", "tools.issue_card", *where, *arguments]
    run = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(run.communicate(), 20)
    await reader.close()
    return run.returncode or 0, out.decode().strip(), err.decode().strip()


@pytest.mark.parametrize("by_pty", [False, True])
def test_a_fresh_card_becomes_a_members_card(key_arguments, by_pty):
    card = Card(UID)
    code, out, err = asyncio.run(issued_by_command(card, [*key_arguments, "--account", "0a" * 16], by_pty))
    assert (code, out) == (0, "0001:04A1B2C3D4E5F6"), err
    step, _ = identify(Sam(KEYS.for_store(), lambda: 0), card)
    assert (step.kind, step.party) == ("member", "0a" * 16)


def test_an_issued_card_is_left_as_it_is(key_arguments):
    card = Card(UID)
    assert asyncio.run(issued_by_command(card, [*key_arguments, "--operator", "1001"], False))[0] == 0
    code, out, err = asyncio.run(issued_by_command(card, [*key_arguments, "--account", "0a" * 16], False))
    assert (code, out) == (1, "") and "already_issued" in err
    assert identify(Sam(KEYS.for_store(), lambda: 0), card)[0].party == "1001"


def test_a_wrong_secret_is_said_and_no_card_touched(key_arguments, tmp_path):
    (tmp_path / "cards.secret").write_bytes(b"another")
    code, out, err = asyncio.run(issued_by_command(None, [*key_arguments, "--operator", "1001"], False))
    assert (code, out) == (1, "") and "does not open with this secret" in err


def test_frames_are_found_among_noise():
    body = b"\xd5\x15"
    whole = pn532_host.frame(body)
    assert pn532_host.unframe(b"\x11\x00\xff" + pn532_host.ACK + whole + b"\x00\x00") == (body, b"\x00\x00\x00")
    assert pn532_host.unframe(whole[:-2])[0] == b""
    broken = bytearray(whole)
    broken[-2] ^= 1
    assert pn532_host.unframe(bytes(broken) + whole)[0] == body
