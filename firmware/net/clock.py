"""This terminal's clock: labels requests and screens, and lets TLS judge certificates. It never decides about money.

Before TLS a board asks its gateway by one UDP datagram, sealed with the link key and bearing the board's nonce. The
clock never goes below the last time kept in flash, and what TLS is told lies within our own certificate's years, so
that a gateway that believes it is 1970 or twenty years on still has its terminals.
"""

import asyncio
import os
import socket

from firmware.net.slots import Slots
from protocol import datagram, ids
from protocol.clock import to_device_s, wire_now_s
from protocol.errors import Theirs

ASK_TIMES = 3
ANSWER_MS = 700
POLL_MS = 20
KEEP_EVERY_S = 3600
DAY_S = 86400


class Clock:
    """`now_s()` in wire epoch seconds. `set_time(device_s)` sets the machine's own clock, or does nothing on a host."""

    def __init__(self, path: str, set_time, validity: tuple):
        self._slots = Slots(path)
        self._set_time = set_time
        self._validity = validity
        self._kept_s = int.from_bytes(self._slots.value, "big")
        self._offset_s = max(0, self._kept_s - wire_now_s())
        self.learned = False
        self._tell_machine()

    def now_s(self) -> int:
        """The gateway's time as far as it is known, otherwise the machine's own; never below the one kept."""
        return max(wire_now_s() + self._offset_s, self._kept_s)

    def learn(self, at_s: int) -> None:
        """The gateway's clock, from a sealed message."""
        drift_s = at_s - wire_now_s() - self._offset_s
        if abs(drift_s) > 1:
            self._offset_s += drift_s
        if not self.learned or abs(drift_s) > DAY_S:
            self._tell_machine()
        self.learned = True
        if at_s > self._kept_s + KEEP_EVERY_S:
            # Kept no later than our own certificate lives: one mad clock must not last for ever.
            self._kept_s = within(at_s, self._validity)
            self._slots.write(self._kept_s.to_bytes(5, "big"))

    def _tell_machine(self) -> None:
        wanted_s = within(self.now_s(), self._validity)
        before_s = wire_now_s()
        if self._set_time(to_device_s(wanted_s)):
            self._offset_s -= wire_now_s() - before_s


def within(at_s: int, validity: tuple) -> int:
    """The nearest moment at which a certificate valid from..to (epoch seconds) may be judged, a day inside its ends."""
    start_s, end_s = validity
    return max(start_s + DAY_S, min(end_s - DAY_S, at_s))


async def ask(seal, host: str, port: int, clock: Clock) -> bool:
    """Asks the gateway up to three times. False when nobody answered: the time kept has to do."""
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asking.setblocking(False)
    try:
        for _ in range(ASK_TIMES):
            nonce = ids.hex_of(os.urandom(8))
            if await _once(asking, socket.getaddrinfo(host, port)[0][-1], seal, nonce, clock):
                return True
    except OSError:
        pass  # no route yet, or nobody listens
    finally:
        asking.close()
    return False


async def _once(asking, address, seal, nonce: str, clock: Clock) -> bool:
    asking.sendto(datagram.pack(*seal.make("time_ask", {"nonce": nonce})), address)
    for _ in range(ANSWER_MS // POLL_MS):
        await asyncio.sleep_ms(POLL_MS)
        try:
            data = asking.recvfrom(datagram.DATAGRAM_MAX)[0]
        except OSError:
            continue
        if read_answer(data, seal, nonce, clock):
            return True
    return False


def read_answer(data: bytes, seal, nonce: str, clock: Clock) -> bool:
    """Whether this datagram is the sealed answer to that nonce; the clock has learned it then."""
    try:
        message, values = seal.open(*datagram.unpack(data))
    except Theirs:
        return False
    if message != "time_tell" or values["nonce"] != nonce:
        return False
    clock.learn(values["at_s"])
    return True


def validity(der: bytes) -> tuple:
    """(from, to) in epoch seconds of an X.509 certificate: the first two times in it (RFC 5280, 4.1.2.5)."""
    found = []
    at = 0
    while len(found) < 2 and at < len(der) - 15:
        size = der[at + 1]
        if der[at] in (0x17, 0x18) and size in (13, 15) and der[at + 1 + size : at + 2 + size] == b"Z":
            found.append(_seconds(der[at + 2 : at + 1 + size].decode()))
            at += size
        at += 1
    return tuple(found)


def _seconds(text: str) -> int:
    """'YYMMDDhhmmss' (1950..2049) or 'YYYYMMDDhhmmss' in epoch seconds since 1970."""
    if len(text) == 12:
        text = ("20" if text < "50" else "19") + text
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    # Days from civil (Howard Hinnant): March is the first month, so a leap day is the last of its year.
    year -= month < 3
    in_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    days = 365 * year + year // 4 - year // 100 + year // 400 + in_year - 719468
    return days * DAY_S + int(text[8:10]) * 3600 + int(text[10:12]) * 60 + int(text[12:14])
