"""Broken frames and commands, in any number, against reader, card, driver and SAM: none may hang, grow or crash.

    python -m tools.fuzz_cards [--count 1000000] [--seed 1]

A million takes some twenty seconds of one processor. What was wrong is told with the seed and the number of its step,
and comes again with them. A quick one runs in the tests.
"""

import argparse
import contextlib
import os
import random
import resource
import sys
import time
from collections.abc import Callable

from firmware.drivers import card_player, pn532
from gateway.cards import ev1, ev2
from gateway.cards.apdu import AUTHENTICATE_AES, AUTHENTICATE_EV2, MORE, OK, first_step, split, wrap
from gateway.cards.keys import make_chain_keys
from gateway.cards.sam import DIALOGUES_MAX, Sam
from gateway.shop import Identity, Script
from hardware.emulators import pn532_frame as frame
from hardware.emulators.desfire import EV1, EV2, Card
from hardware.emulators.isodep import CardLink
from hardware.emulators.pn532 import CHAIN_BYTES_MAX, COMMANDS, Pn532
from tools import pn532_host
from tools.issue_card import issue

UID = bytes.fromhex("04A1B2C3D4E5F6")
COUNT = 1_000_000
STEP_S_MAX = 1.0
GROWTH_KB_MAX = 64 << 10
LIFE_STEPS = 500  # so long lives one chip or card before it is made anew; broken things are then put right
PARSER_BYTES_MAX = 1200
POWER_DOWN = 0x16
BLOCKS = (0x02, 0x03, 0x12, 0x13, 0xA2, 0xA3, 0xB2, 0xB3, 0xC2, 0xF2, 0xE0)
# Commands of a card, native: what a mutation begins with.
SAID = [bytes.fromhex(text) for text in (
    "60", "51", "6e", "6a", "6d", "45", "6400", "6f", "61", "c7", "a7", "fc", "5a545750", "5a000000", "0a00", "1a00",
    "aa00", "aa01", "71000000", "7101", "7700", "af", "af" + "00" * 32, "ca01020f0f8207f0aabb", "da01020f",
    "f501", "df05", "c400" + "22" * 24, "54" + "33" * 16, "5c00" + "44" * 8, "5f05" + "55" * 3, "cd0500eeee640000",
    "cb0600eeee100000", "cc0700eeee00000000ffff00000000000001", "c00800eeee100000040000",
    "c10900eeee100000040000", "bd05000000000000", "3d05000000080000" + "11" * 8, "6c07", "0c0710000000",
    "dc0701000000", "1c0701000000",
    "3b08000000100000" + "12" * 16, "bb08000000000000", "eb08", "ad05000000000000", "8d05000000080000" + "11" * 8,
    "9060000000", "905a00000354575000", "907100000201000000", "00a4040007d2760000850100", "00b0000010",
    "00d6000004aabbccdd",
)]  # fmt: skip

HOME = bytes.fromhex("5a545750")
FILES = [said for said in SAID if said[0] in (0xCB, 0xCC, 0xCD, 0xC0, 0xC1)]


def mutated(chance: random.Random, data: bytes) -> bytes:
    """A few bytes changed, cut, put in, or all of it doubled."""
    out = bytearray(data)
    for _ in range(chance.randint(0, 3)):
        at, kind = chance.randrange(len(out) + 1), chance.randrange(4)
        if kind == 0 and at < len(out):
            out[at] = chance.randrange(256)
        elif kind == 1:
            del out[at : at + chance.randint(1, 4)]
        elif kind == 2:
            out[at:at] = chance.randbytes(chance.randint(1, 4))
        else:
            out += out[at:]
    return bytes(out[:2000])


class ChipTarget:
    """The reader chip under broken frames, a card with our application on it."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._codes = [*(set(COMMANDS) - {POWER_DOWN}), 0x40, 0x40, 0x40, 0x42, 0x4A, 0xFF]
        self.chip = Pn532()
        self.chip.feed(b"\x55" * 16)
        self.chip.feed(frame.encode(0xD4, bytes.fromhex("140100")) + frame.encode(0xD4, bytes.fromhex("3205ff0102")))
        self.chip.place(Card(UID, chance.randbytes))

    def step(self) -> None:
        chance = self._chance
        body = bytes([chance.choice(self._codes), chance.choice((0, 1, 2, 0x41))]) + chance.choice(SAID)
        out = self.chip.feed(mutated(chance, frame.encode(0xD4, body)))
        assert len(out) < CHAIN_BYTES_MAX * 2
        self.chip.poll()


class CardTarget:
    """A card under broken commands, whole, in blocks and inside true sessions, sometimes with the field going."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.card = Card(UID, chance.randbytes, chance.choice((EV1, EV2)))
        for said in (bytes.fromhex("ca5457500f82"), HOME, *FILES):
            assert self.card.transceive(said) == b"\x00"
        self._session: ev1.Session | ev2.Session | None = None
        self._link = CardLink(self.card)
        self._link.wake(False)
        self._link.activate()

    def step(self) -> None:
        chance = self._chance
        if chance.random() < 0.01:
            self.card.breaks_after_bytes = chance.randrange(20)
        if chance.random() < 0.05:
            self._authenticate(chance.choice((AUTHENTICATE_EV2, AUTHENTICATE_AES)))
        if chance.random() < 0.03:
            self.card.transceive(HOME)
        said = self._protected() if chance.random() < 0.3 else chance.choice(SAID)
        if chance.random() < 0.5:
            said = mutated(chance, said)
        if chance.random() < 0.7:
            assert len(self.card.transceive(said)) <= 260
        else:
            self._link.raw(bytes([chance.choice(BLOCKS)]) + said)
        assert self.card.free_bytes() >= 0

    def _authenticate(self, code: int) -> None:
        """A session with the blank key of our application, if it still has one."""
        self._session = None
        self.card.transceive(HOME)
        answer, status = split(self.card.transceive(first_step(code, 0)))
        if status != MORE:
            return
        handshake = (ev2 if code == AUTHENTICATE_EV2 else ev1).Handshake(bytes(16), answer, self._chance.randbytes(16))
        answer, status = split(self.card.transceive(wrap(MORE, handshake.proof)))
        if status == OK and handshake.proven_by(answer):
            self._session = handshake.session()

    def _protected(self) -> bytes:
        """A command with its MAC, or enciphered; plain without a session."""
        said, chance = self._chance.choice(SAID), self._chance
        if self._session is None or len(said) < 2:
            return said
        if chance.random() < 0.5:
            return self._session.maced(said[0], said[1:60])
        return self._session.enciphered(said[0], said[1:2], said[2:40])


class ParserTarget:
    """The driver's parser, and the desk's, under broken answers in pieces."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._parser = pn532.Parser()
        self._rest = b""

    def step(self) -> None:
        chance = self._chance
        body = bytes([chance.choice((0x41, 0x4B, 0x15, 0x03))]) + chance.randbytes(chance.choice((0, 3, 40, 258)))
        data = frame.ACK + mutated(chance, frame.encode(0xD5, body))
        for piece in (data[: len(data) // 2], data[len(data) // 2 :]):
            for found in self._parser.feed(piece):
                assert len(found) <= pn532.BODY_MAX
        assert len(self._parser._data) < PARSER_BYTES_MAX
        _, self._rest = pn532_host.unframe((self._rest + data)[-pn532_host.BUFFER_MAX :])


class DriverTarget:
    """The driver with the chip, over a line that breaks bytes both ways: each command comes to an end."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._chip = ChipTarget(chance).chip
        self._host = pn532.Host()
        self._now_ms = 0

    def step(self) -> None:
        chance = self._chance
        code = chance.choice((0x00, 0x02, 0x40, 0x40, 0x4A, 0x52, 0x14))
        out = self._host.begin(code, bytes([1]) + chance.choice(SAID), self._now_ms)
        for _ in range(2 + pn532.NACKS_MAX):
            came = self._chip.feed(self._broken(out)) + self._chip.poll()
            out = self._host.feed(self._broken(came), self._now_ms)
            if not out:
                break
        assert not out, "asks again without end"
        self._now_ms += pn532.ACK_MS + pn532.ANSWER_MS + 1
        assert self._host.over(self._now_ms), "waits without end"
        if chance.random() < 0.5:
            self._chip.feed(pn532.ACK)
            self._host.parser.clear()

    def _broken(self, data: bytes) -> bytes:
        return mutated(self._chance, data) if data and self._chance.random() < 0.3 else data


class TapTarget:
    """A whole tap, with what goes between card and gateway broken here and there: either it is proven or refused."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        keys = make_chain_keys(1, chance.randbytes)
        self._card = Card(UID, chance.randbytes, chance.choice((EV1, EV2)))
        issue(self._card.transceive, UID, "0a" * 16, keys)
        self._sam = Sam(keys.for_store(), lambda: 0, chance.randbytes)

    def step(self) -> None:
        self._card.power_lost()
        with contextlib.suppress(card_player.Lost):
            _run(card_player.identify(self._exchange, UID, self._ask))
        assert len(self._sam._dialogues) <= DIALOGUES_MAX

    async def _exchange(self, apdu: bytes) -> bytes | None:
        chance = self._chance
        answer = self._card.transceive(apdu if chance.random() < 0.9 else mutated(chance, apdu))
        return answer if chance.random() < 0.9 else mutated(chance, answer) or None

    async def _ask(self, message: str, values: dict) -> tuple:
        terminal = "0001-pos%d" % self._chance.randrange(3)
        if message == "card_seen":
            step = self._sam.seen(terminal, values["uid"], values["answer"])
        else:
            step = self._sam.answers(terminal, values["script"], values["answers"])
        if isinstance(step, Script):
            return "card_script", {"script": step.number, "apdus": step.apdus}
        assert not isinstance(step, Identity) or step.party == "0a" * 16, "another than the card's own identity"
        return "tapped" if isinstance(step, Identity) else "refused", {}


def _run(coroutine) -> None:
    """A coroutine that never waits, without a loop."""
    with contextlib.suppress(StopIteration):
        while True:
            coroutine.send(None)


TARGETS: dict[str, tuple[Callable, int]] = {  # name -> what is made, share of steps in percent
    "reader chip": (ChipTarget, 30),
    "card": (CardTarget, 35),
    "driver": (DriverTarget, 15),
    "driver's parser": (ParserTarget, 15),
    "whole tap": (TapTarget, 5),
}


def fuzz(name: str, count: int, seed: int) -> float:
    """Runs one target; the longest step in seconds of the processor. Raises what it raised, with the step's number."""
    make, worst_s = TARGETS[name][0], 0.0
    made = make(random.Random(seed))
    for number in range(count):
        if number % LIFE_STEPS == 0:
            made = make(random.Random(f"{seed} {name} {number}"))
        began_s = time.process_time()
        try:
            made.step()
        except BaseException as wrong:
            raise AssertionError(f"{name}: seed {seed}, step {number}: {wrong!r}") from wrong
        worst_s = max(worst_s, time.process_time() - began_s)
    return worst_s


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help="steps in all")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    asked = parser.parse_args()
    print("seed", asked.seed, flush=True)
    for name, (_, percent) in TARGETS.items():
        count, began_s, before_kb = asked.count * percent // 100, time.perf_counter(), _memory_kb()
        worst_s = fuzz(name, count, asked.seed)
        grown_kb = _memory_kb() - before_kb
        took_s = time.perf_counter() - began_s
        told = (name, count, took_s, worst_s * 1000, grown_kb)
        print("%-16s %8d steps, %5.0f s, longest %4.0f ms, grown by %d KB" % told, flush=True)
        if grown_kb > GROWTH_KB_MAX or worst_s > STEP_S_MAX:
            print("too much")
            return 1
    return 0


def _memory_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(main())
