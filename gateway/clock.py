"""The two clocks of a gateway: wall time labels, monotonic time decides."""

import time
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
WIRE_MAX_S = 9999999999


class Clock:
    """This machine's clocks; `boot` names the start of the machine that now_ms counts from."""

    def __init__(self) -> None:
        self.boot = BOOT_ID.read_text().strip() if BOOT_ID.exists() else "process"

    def now_s(self) -> int:
        """Epoch seconds by the wall clock, which may be wrong; kept inside what a frame can carry."""
        return min(max(int(time.time()), 0), WIRE_MAX_S)

    def now_ms(self) -> int:
        """Milliseconds that never go back while the machine runs."""
        return time.monotonic_ns() // 1_000_000
