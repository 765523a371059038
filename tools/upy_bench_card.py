# type: ignore  (runs in MicroPython, with the sources of the firmware)
"""Runs in MicroPython: the firmware's reader driver and card player; the gateway answers on a socket (BENCH_GATEWAY).

Prints one line of microseconds per tap: listing, first steps, then a pair (network, card) for each request and reply.
"""

import asyncio
import json
import os
import socket
import time

from firmware.assembly import Pn532
from firmware.drivers import card_player
from firmware.hal import Hal


class Gateway:
    """One JSON line out, one in; remembers when each left and came."""

    def __init__(self, port):
        wire = socket.socket()
        wire.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
        wire.setsockopt(6, 1, 1)
        wire.setblocking(False)
        self._stream = asyncio.StreamReader(wire)
        self.marks = []

    async def ask(self, message, values):
        self.marks.append(time.ticks_us())
        self._stream.write(json.dumps([message, values]).encode() + b"\n")
        await self._stream.drain()
        answer = json.loads(await self._stream.readline())
        self.marks.append(time.ticks_us())
        return answer[0], answer[1]


async def main():
    reader = Pn532(Hal({"pn532": {"uart": "pn532"}}).uart("pn532", 115200))
    gateway = Gateway(int(os.getenv("BENCH_GATEWAY")))
    await reader.start()
    for _ in range(int(os.getenv("BENCH_TAPS"))):
        await gateway.ask("begin", {})
        gateway.marks = []
        marks = [time.ticks_us()]
        uid, _ = await reader.find()
        marks.append(time.ticks_us())
        message, values = await card_player.identify(reader.exchange, uid, gateway.ask)
        marks += gateway.marks
        print("tap", message, *[time.ticks_diff(marks[i + 1], marks[i]) for i in range(len(marks) - 1)])
        await reader.release()
        await gateway.ask("end", {})


asyncio.run(main())
