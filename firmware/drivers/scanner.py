"""A barcode scanner on a serial line: lines of printable ASCII, ended by CR or LF."""

CODE_MAX = 24  # as the wire's `code`; longer ones are dropped


class Lines:
    """feed(bytes) -> the codes that are complete; anything else than printable ASCII spoils its line."""

    def __init__(self):
        self._line = b""
        self._spoilt = False

    def feed(self, data: bytes) -> list:
        codes = []
        for byte in data:
            if byte in (13, 10):
                if self._line and not self._spoilt:
                    codes.append(self._line.decode())
                self._line = b""
                self._spoilt = False
            elif 32 < byte < 127 and len(self._line) < CODE_MAX:
                self._line += bytes((byte,))
            else:
                self._spoilt = True
        return codes
