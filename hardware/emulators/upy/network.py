"""Stands in for a board's `network` on a host, which is always connected.

TAPWELL_TLS_MEMORY=1 holds, inside the heap, what TLS takes on an RP2 board: there Mbed TLS allocates from the
interpreter's heap, here from the C library. Measured with 64-bit pointers, each block in one piece.
"""

import gc
import os

HELD = {"connecting": (29000,), "connected": (17000, 6000), "off": ()}

_held = []


class WLAN:
    """Station interface."""

    IF_STA = 0

    def __init__(self, interface):
        pass

    def active(self, on):
        pass

    def config(self, **options):
        pass

    def isconnected(self):
        return True

    def connect(self, ssid, password):
        pass


if os.getenv("TAPWELL_TLS_MEMORY"):
    TLS_BYTES = 29000

    def tls_memory(phase):
        """Raises MemoryError when the heap cannot give the blocks."""
        _held.clear()
        gc.collect()
        for size in HELD[phase]:
            _held.append(bytearray(size))
