"""Sounds: a short tick for a key, a high tone for yes, two low ones for no."""

import asyncio

# name -> (frequency in Hz, on for ms, times)
SOUNDS = {"key": (2000, 15, 1), "ok": (2600, 120, 1), "error": (400, 160, 2)}
PAUSE_MS = 80
LOUD = 32768


class Buzzer:
    """`pwm` is None on a board without one."""

    def __init__(self, pwm):
        self._pwm = pwm

    async def sound(self, name: str) -> None:
        if self._pwm is None:
            return
        frequency, on_ms, times = SOUNDS[name]
        for _ in range(times):
            self._pwm.freq(frequency)
            self._pwm.duty_u16(LOUD)
            await asyncio.sleep_ms(on_ms)
            self._pwm.duty_u16(0)
            await asyncio.sleep_ms(PAUSE_MS)
