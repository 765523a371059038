"""Frames between a terminal and a pump: what the simple pump speaks, until a real protocol takes its place.

    0x02, nozzle (1), length (1), body (command, then its numbers), CRC-16/ARC of nozzle to body (2, low byte first)

Numbers are big endian. The pump only answers; its answer has the command with the top bit set. A command that the pump
does not take now is answered with NO alone.

    S status   -> state (1), lifted (1), volume of this fill (4), its amount (4), totaliser (6)
    P price    price_milli (4)        A authorise  amount (4) at which it stops, volume (4) at which it stops; 0: none
    X stop
"""

STX = 0x02
STATUS, PRICE, AUTHORISE, STOP, NO = 0x53, 0x50, 0x41, 0x58, 0x7F
ANSWER = 0x80
IDLE, READY, FUELLING, ENDED = 0, 1, 2, 3
BODY_MAX = 32


def encode(nozzle: int, body: bytes) -> bytes:
    inner = bytes((nozzle, len(body))) + body
    return bytes((STX,)) + inner + crc16(inner).to_bytes(2, "little")


def decode(data: bytearray) -> tuple[int, bytes] | None:
    """Takes the first whole frame off `data`, with all noise before it; None when there is none yet."""
    while data:
        if data[0] != STX:
            del data[0]
            continue
        if len(data) < 3:
            return None
        end = 3 + data[2] + 2
        if data[2] > BODY_MAX:
            del data[0]
        elif len(data) < end:
            return None
        elif crc16(data[1 : end - 2]) != int.from_bytes(data[end - 2 : end], "little"):
            del data[0]
        else:
            frame = data[1], bytes(data[3 : end - 2])
            del data[:end]
            return frame
    return None


def crc16(data: bytes | bytearray) -> int:
    """CRC-16/ARC: polynomial 0x8005 reflected, initial value 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
