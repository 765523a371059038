"""What a command answers, before the session protects it and the card cuts it into frames."""

from dataclasses import dataclass

from hardware.emulators.desfire.session import OWN


@dataclass(frozen=True)
class Reply:
    """`frames`: sizes of the first frames where the command fixes them; `step`: size of all others."""

    data: bytes = b""
    mode: int = OWN
    frames: tuple[int, ...] = ()
    step: int = 59
    open_end: bool = False
