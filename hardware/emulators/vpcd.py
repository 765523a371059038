"""The emulated card on vsmartcard's virtual PC/SC reader: programs that speak PC/SC see it like any other.

    pcscd --foreground, with /etc/reader.conf.d/vpcd of the Debian package vsmartcard-vpcd
    python -m hardware.emulators.vpcd --uid 04A1B2C3D4E5F6

The driver listens on TCP port 35963; a card connects to it. Each message is two bytes of length, then an APDU, or one
byte of control: 0 off, 1 on, 2 reset, 4 the ATR is wanted. Nothing that is asked may stay unanswered: pcscd would wait
for ever. Source: vsmartcard's virtualsmartcard documentation, and PC/SC part 3 (ATR of contactless cards, GET DATA).
"""

import argparse
import socket
import struct

from hardware.emulators.isodep import ContactlessCard

PORT = 35963
OFF, ON, RESET, ATR = 0, 1, 2, 4
GET_UID = bytes([0xFF, 0xCA, 0x00, 0x00])
DONE, UNKNOWN = b"\x90\x00", b"\x6a\x81"


class VirtualCard:
    """One card on the virtual reader. `serve` until the other side hangs up, or the card is taken away."""

    def __init__(self, card: ContactlessCard, host: str = "127.0.0.1", port: int = PORT):
        self.card = card
        self._line = socket.create_connection((host, port), 5)
        self._line.settimeout(None)

    def serve(self) -> None:
        try:
            while message := self._message():
                answer = self._answered(message)
                if answer is not None:
                    self._line.sendall(struct.pack(">H", len(answer)) + answer)
        except OSError:
            return  # taken away

    def take_away(self) -> None:
        self.card.power_lost()
        self._line.close()

    def _answered(self, message: bytes) -> bytes | None:
        """None where nothing is to be said: the field goes on or off."""
        if len(message) == 1 and message[0] in (OFF, ON, RESET, ATR):
            if message[0] != ATR:
                self.card.power_lost()
            return atr_of(self.card.ats) if message[0] == ATR else None
        if message.startswith(GET_UID):
            return self.card.air_uid + DONE
        if message[:1] == b"\xff":
            return UNKNOWN
        return self.card.transceive(message) or b"\x6f\x00"

    def _message(self) -> bytes:
        head = self._received(2)
        return self._received(struct.unpack(">H", head)[0]) if head else b""

    def _received(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._line.recv(size - len(data))
            if not part:
                return b""
            data += part
        return data


def atr_of(ats: bytes) -> bytes:
    """What PC/SC readers make of an ATS: its historical bytes behind 3B 8n 80 01, and a check byte."""
    historical = _historical(ats)
    body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes([check])


def _historical(ats: bytes) -> bytes:
    interface = sum(bool(ats[1] & bit) for bit in (0x10, 0x20, 0x40)) if len(ats) > 1 else 0
    return ats[2 + interface :][:15]


def main() -> None:
    from hardware.emulators.desfire import Card

    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--uid", default="04A1B2C3D4E5F6")
    asked.add_argument("--port", type=int, default=PORT)
    chosen = asked.parse_args()
    VirtualCard(Card(bytes.fromhex(chosen.uid)), port=chosen.port).serve()


if __name__ == "__main__":
    main()
