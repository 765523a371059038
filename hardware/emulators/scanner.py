"""A barcode scanner on a serial line: what it reads comes as ASCII and a carriage return; it understands nothing."""

from hardware.emulators.bus import UartPort


class Scanner:
    def __init__(self) -> None:
        self.line = UartPort(lambda data: None)

    async def listen(self) -> int:
        return await self.line.listen()

    def open_pty(self) -> str:
        return self.line.open_pty()

    async def close(self) -> None:
        await self.line.close()

    def scan(self, code: str) -> None:
        """Read one code; lost when no terminal listens."""
        self.line.write(code.encode("ascii") + b"\r")
