"""Stands in for a board's `network` on a host, which is always connected.

TAPWELL_TLS_MEMORY=1 holds, inside the heap, what TLS takes on an RP2 board: there Mbed TLS allocates from the
interpreter's heap, here from the C library. Measured with 64-bit pointers, each block in one piece.
"""

import gc
import os


class WLAN:
    """Station interface."""

    IF_STA = 0

    def __init__(self, interface):
        self.active = self.config = self.connect = lambda *values, **options: None
        self.isconnected = lambda: True


if os.getenv("TAPWELL_TLS_MEMORY"):
    TLS_BYTES = 29000
    _held = []

    def tls_memory(phase):
        """Raises MemoryError when the heap cannot give the blocks."""
        _held.clear()
        gc.collect()
        for size in (29000,) if phase == "connecting" else (17000, 6000) if phase == "connected" else ():
            _held.append(bytearray(size))
