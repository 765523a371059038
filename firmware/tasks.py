"""The loops of a terminal: card, keys, scanner, picture, paper, sound, tick. Each beats for the watchdog's supervisor.

A loop that raises ends the app, which starts the board again; a silent chip is tried again and holds up nothing.
"""

import asyncio
import gc

from firmware import room
from firmware.drivers import card_player
from firmware.drivers.pn532_bus import Silent
from protocol.clock import ticks_diff, ticks_ms

POLL_CARD_MS = 80
PRESENCE_MS = 200
SILENT_MS = 1000
KEYS_MS = 40
TICK_MS = 50
MEASURE_MS = 1000
SUPERVISE_MS = 500
LATE_MS = 7000  # a loop that has not beaten for so long is stuck: the watchdog may bite

beats = {}


def beat(name: str) -> None:
    """This loop still turns."""
    beats[name] = ticks_ms()


async def supervise(hal) -> None:
    """Feeds the watchdog while every loop that has ever beaten still does."""
    while True:
        now_ms = ticks_ms()
        late = [name for name in beats if ticks_diff(now_ms, beats[name]) > LATE_MS]
        if late:
            print("late=" + ",".join(late))
        else:
            hal.feed()
        await asyncio.sleep_ms(SUPERVISE_MS)


async def tick(shell, link, measure) -> None:
    """Timers and repetitions; once a second the heap is measured."""
    measured_ms = ticks_ms()
    while True:
        now_ms = ticks_ms()
        beat("tick")
        shell.tick(now_ms)
        link.tick(now_ms)
        if ticks_diff(now_ms, measured_ms) >= MEASURE_MS:
            measured_ms = now_ms
            gc.collect()
            measure()
        await asyncio.sleep_ms(TICK_MS)


async def cards(reader, shell) -> None:
    """Finds a card, serves it while it lies there, lets it go. Whether the chip answers at all, the flow is told."""
    silent = False
    while True:
        beat("card")
        try:
            await reader.start()
            if silent:
                shell.emit(("chip", "ok"))
                silent = False
            while True:
                beat("card")
                found = await reader.find()
                if found:
                    await _serve(reader, shell, found)
                await asyncio.sleep_ms(POLL_CARD_MS)
        except Silent as why:
            print("pn532=" + str(why))
            if not silent:
                shell.emit(("chip", "silent"))
                silent = True
            await asyncio.sleep_ms(SILENT_MS)


async def _serve(reader, shell, found: tuple) -> None:
    shell.identify.clear()
    shell.emit(("card_placed",))
    there = True
    try:
        while there:
            beat("card")
            try:
                await asyncio.wait_for_ms(shell.identify.wait(), PRESENCE_MS)
                shell.identify.clear()
                there = await _identify(reader, shell, found)
            except asyncio.TimeoutError:
                there = await _present(reader, found)
        await reader.release()
    finally:
        shell.emit(("card_removed",))


async def _identify(reader, shell, found: tuple) -> bool:
    """Whether the card is still worth looking at."""
    try:
        if not found[1]:
            raise card_player.Lost("card_not_genuine")
        exchange, key = _beating(reader), shell.link.card_key
        message, values = await card_player.identify(exchange, found[0], shell.ask, key)
    except card_player.Lost as lost:
        shell.emit(("card_error", lost.reason))
        return lost.reason == "card_not_genuine" or await _again(reader, found)
    except Silent:
        shell.emit(("card_error", "card_unreadable"))
        raise
    if message in ("tapped", "staff_tapped"):
        shell.emit((message, values))
    else:
        shell.emit(("card_error", values.get("reason", "busy")))
    return True


def _beating(reader):
    """Exchanges with a slow card take their time, and the loop turns all the while."""

    def exchange(apdu: bytes):
        beat("card")
        return reader.exchange(apdu)

    return exchange


async def _present(reader, found: tuple) -> bool:
    return await reader.present() if found[1] else await _again(reader, found)


async def _again(reader, found: tuple) -> bool:
    """Lists anew: whether the same card still lies there."""
    await reader.release()
    now = await reader.find()
    return now is not None and now[0] == found[0]


async def keys(keypad, shell) -> None:
    """Names of pressed keys; a pad that does not answer is started again."""
    started = False
    while True:
        beat("keys")
        try:
            if not started:
                keypad.start()
                started = True
            for name in keypad.read():
                shell.emit(("key", name))
        except OSError:
            started = False
            await asyncio.sleep_ms(SILENT_MS)
        await asyncio.sleep_ms(KEYS_MS)


async def scans(stream, lines, shell) -> None:
    """Codes as they are scanned."""
    while True:
        data = await stream.read(32)
        if not data:
            await asyncio.sleep_ms(SILENT_MS)
            continue
        for code in lines.feed(data):
            shell.emit(("scan", code))


async def pictures(display, shell) -> None:
    """Draws the newest picture; only rows that changed are sent."""
    await display.start()
    while True:
        await shell.drawn.wait()
        shell.drawn.clear()
        picture, shell.picture = shell.picture, None
        if picture is None:
            continue
        await display.ready()
        rows = room.tried(shell.views.show, *picture)
        picture = None  # its values are some 2 KB
        if rows and not await display.flush(*rows):
            shell.emit(("start",))


async def papers(printer, shell) -> None:
    """Prints receipts, one after the other."""
    while True:
        await shell.printing.wait()
        shell.printing.clear()
        try:
            good = await printer.print(shell.paper)
        except MemoryError:
            room.make()
            good = False
        shell.emit(("printer", good))


async def sounds(buzzer, shell) -> None:
    """Sounds; a newer one takes the place of one that waits."""
    while True:
        await shell.sounding.wait()
        shell.sounding.clear()
        await buzzer.sound(shell.sound)
