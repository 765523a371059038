"""Bytes made a little wrong, by the dice: what a torn flash, a bad line or a stranger may send.

TAPWELL_FUZZ_S=60 goes on for so many seconds per test (1 otherwise), TAPWELL_SEED begins elsewhere. A failure names the
number to begin with and the bytes.
"""

import os
import random
import time
from collections.abc import Callable, Iterator

FUZZ_S = float(os.environ.get("TAPWELL_FUZZ_S", "1"))
SEED = int(os.environ.get("TAPWELL_SEED", "1"))
AT_LEAST = 200  # tries, however slow the machine
CPU_S_MAX = 2.0  # for one try: what takes longer hangs
BYTES = (0, 1, 0x22, 0x2C, 0x30, 0x5B, 0x5C, 0x7B, 0x7F, 0x80, 0xC0, 0xFF)
NUMBERS = (b"-1", b"0", b"1e999", b"1.5", b"2147483648", b"99999999999999999999", b"9" * 400, b"NaN", b"true", b"null")


def tries(samples: list[bytes], name: str) -> Iterator[bytes]:
    """Mutated samples until the time is over."""
    until_s = time.monotonic() + FUZZ_S
    number = 0
    while number < AT_LEAST or time.monotonic() < until_s:
        dice = random.Random(f"{SEED} {name} {number}")
        yield mutated(dice.choice(samples), dice, samples)
        number += 1


def survives(work: Callable[[bytes], object], raw: bytes, *named: type[BaseException]) -> None:
    """Runs work; only the named errors may come of it, within bounded time."""
    began_s = time.process_time()
    try:
        work(raw)
    except named:
        pass
    except BaseException as wrong:
        raise AssertionError(f"{wrong!r} (TAPWELL_SEED={SEED}) for {raw!r}") from wrong
    assert time.process_time() - began_s < CPU_S_MAX, f"too slow: {raw!r}"


def mutated(raw: bytes, dice: random.Random, samples: list[bytes]) -> bytes:
    """One to four changes."""
    data = bytearray(raw)
    for _ in range(dice.randint(1, 4)):
        dice.choice(CHANGES)(data, dice, samples)
    return bytes(data)


def _flip(data: bytearray, dice: random.Random, _: list[bytes]) -> None:
    if data:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _put(data: bytearray, dice: random.Random, _: list[bytes]) -> None:
    if data:
        data[dice.randrange(len(data))] = dice.choice(BYTES)


def _word(data: bytearray, dice: random.Random, _: list[bytes]) -> None:
    """Half a surrogate pair, a control character, a name twice: JSON that is odd but well formed."""
    quotes = [at + 1 for at, byte in enumerate(data) if byte == 0x22]
    if quotes:
        at = dice.choice(quotes)
        data[at:at] = dice.choice((b"\\ud800", b"\\u0000", b"\xef\xbf\xbf", b'":1,"', b"\\"))


def _insert(data: bytearray, dice: random.Random, _: list[bytes]) -> None:
    at = dice.randint(0, len(data))
    data[at:at] = dice.randbytes(dice.randint(1, 8))


def _cut(data: bytearray, dice: random.Random, _: list[bytes]) -> None:
    at = dice.randint(0, len(data))
    del data[at : at + dice.choice((1, 2, 8, 64, len(data)))]


def _double(data: bytearray, dice: random.Random, _: list[bytes]) -> None:
    at = dice.randint(0, len(data))
    part = data[at : at + dice.randint(1, 40)]
    data[at:at] = part * dice.choice((1, 1, 2, 50))


def _splice(data: bytearray, dice: random.Random, samples: list[bytes]) -> None:
    other = dice.choice(samples)
    at, there = dice.randint(0, len(data)), dice.randint(0, len(other))
    data[at:] = other[there:]


def _number(data: bytearray, dice: random.Random, _: list[bytes]) -> None:
    """Another number where one stands."""
    digits = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if digits:
        at = end = dice.choice(digits)
        while end < len(data) and 0x30 <= data[end] <= 0x39:
            end += 1
        data[at:end] = dice.choice(NUMBERS)


def _nest(data: bytearray, dice: random.Random, _: list[bytes]) -> None:
    at = dice.randint(0, len(data))
    data[at:at] = dice.choice((b"[", b'{"v":', b"[[")) * dice.choice((1, 10, 2000))


CHANGES = (_flip, _put, _insert, _cut, _double, _splice, _number, _number, _nest, _word)
