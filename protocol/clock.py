"""Device epoch <-> wire epoch, and tick arithmetic that survives the wrap.

Wire times are epoch seconds since 1970 (UTC). MicroPython's epoch is 2000 on ESP32 and 1970 on RP2 and unix.
"""

import time

WIRE_EPOCH_OFFSET_S = 946684800 if time.gmtime(0)[0] == 2000 else 0
TICKS_PERIOD = 1 << 30
TICKS_HALF = TICKS_PERIOD // 2


def wire_now_s() -> int:
    """Now in wire epoch seconds, by this machine's clock (which may be wrong: it labels, it never decides)."""
    return int(time.time()) + WIRE_EPOCH_OFFSET_S


def to_device_s(wire_s: int) -> int:
    """Wire epoch seconds -> this machine's epoch seconds."""
    return wire_s - WIRE_EPOCH_OFFSET_S


def ticks_ms() -> int:
    """A millisecond counter that wraps; only ticks_diff may compare two of them."""
    if hasattr(time, "ticks_ms"):
        return time.ticks_ms()  # pyright: ignore  (MicroPython)
    return (time.monotonic_ns() // 1000000) % TICKS_PERIOD  # pyright: ignore  (CPython)


def ticks_diff(later: int, earlier: int) -> int:
    """later - earlier in ms, right across the wrap while they lie less than half a period apart."""
    return (later - earlier + TICKS_HALF) % TICKS_PERIOD - TICKS_HALF
