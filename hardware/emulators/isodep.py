"""The air interface of one card: ISO 14443-3 states and ISO 14443-4 blocks, without bit timing or collisions."""

from typing import Protocol

IDLE, ACTIVE, PROTOCOL = "idle", "active", "protocol"
APDU_BYTES_MAX = 4096  # what a chain of blocks may add up to; the rest is dropped
FRAME_BYTES = (16, 24, 32, 40, 48, 64, 96, 128, 256)  # FSDI / FSCI table, ISO 14443-4 5.1


class ContactlessCard(Protocol):
    """What a card must offer to be put on a reader."""

    sak: int
    ats: bytes  # with its length byte; empty = no ISO 14443-4

    @property
    def air_uid(self) -> bytes:
        """What it says in anticollision: its UID, or a random one."""
        ...

    @property
    def atqa(self) -> bytes: ...

    def transceive(self, apdu: bytes) -> bytes: ...

    def power_lost(self) -> None: ...


class CardLink:
    """One card in the field: wakes, activates, answers blocks. `None` as an answer means silence."""

    def __init__(self, card: ContactlessCard) -> None:
        self.card = card
        self.state = IDLE
        self._block = 1
        self._fsd = 32
        self._received = b""
        self._sending: list[bytes] = []
        self._last: bytes | None = None

    def wake(self, active_quirk: bool) -> bool:
        """REQA/WUPA and anticollision: true when the card answered with its UID.

        A card left active takes the request for a wrong frame and falls back to idle: it misses this once
        (ISO 14443-3 6.2; seen by users as "every second poll fails").
        """
        missed = self.state != IDLE and active_quirk
        self.deselect()
        if not missed:
            self.state = ACTIVE
        return not missed

    def deselect(self) -> None:
        if self.state == PROTOCOL:
            self.card.power_lost()  # the application state of a card ends with its ISO 14443-4 session
        self.state = IDLE

    def activate(self, fsdi: int = 8) -> bytes | None:
        """RATS: the card's ATS, when it has one and is active."""
        if self.state != ACTIVE or not self.card.ats:
            return None
        self.state, self._block, self._received, self._sending, self._last = PROTOCOL, 1, b"", [], None
        self._fsd = FRAME_BYTES[min(fsdi, 8)]
        return self.card.ats

    def exchange(self, apdu: bytes) -> bytes | None:
        """A whole APDU, as the reader chip's own block layer carries it. A card that dies at it says nothing."""
        return (self.card.transceive(apdu) or None) if self.state == PROTOCOL else None

    def raw(self, frame: bytes) -> bytes | None:
        """One frame without CRC, for hosts that speak ISO 14443-4 themselves."""
        if not frame:
            return None
        if self.state == ACTIVE and frame[0] == 0xE0 and len(frame) == 2:
            return self.activate(frame[1] >> 4)
        if self.state != PROTOCOL:
            return None
        if frame[0] & 0xF7 == 0xC2:
            self.deselect()
            return frame[:1]
        if frame[0] & 0xE2 == 0x02:
            return self._i_block(frame)
        if frame[0] & 0xE6 == 0xA2:
            return self._r_block(frame[0])
        return None

    def _i_block(self, frame: bytes) -> bytes | None:
        pcb = frame[0]
        if pcb & 0x0C:  # CID or NAD: this card's ATS does not offer them
            return None
        self._block = pcb & 1
        self._received = (self._received + frame[1:])[:APDU_BYTES_MAX]
        if pcb & 0x10:
            return self._remember(bytes([0xA2 | self._block]))
        answer = self.card.transceive(self._received)
        self._received = b""
        step = self._fsd - 3  # PCB and CRC
        self._sending = [answer[i : i + step] for i in range(0, len(answer), step)] or [b""]
        return self._next_piece()

    def _r_block(self, pcb: int) -> bytes | None:
        if pcb & 1 == self._block:  # rules 11: same number = repeat what was sent last
            return self._last
        if pcb & 0x10:  # rule 12: NAK with the other number is answered by ACK (used as presence check)
            return bytes([0xA2 | self._block])
        if not self._sending:
            return None
        self._block = pcb & 1
        return self._next_piece()

    def _next_piece(self) -> bytes:
        piece = self._sending.pop(0)
        return self._remember(bytes([0x02 | (0x10 if self._sending else 0) | self._block]) + piece)

    def _remember(self, block: bytes) -> bytes:
        self._last = block
        return block


class Field:
    """What lies on the antenna: links in the order the cards were placed (the chip sees at most two)."""

    def __init__(self) -> None:
        self.links: list[CardLink] = []

    def place(self, card: ContactlessCard) -> None:
        self.links.append(CardLink(card))

    def remove(self, card: ContactlessCard | None = None) -> None:
        """Take one card off, or all."""
        gone = [link for link in self.links if card is None or link.card is card]
        for link in gone:
            link.deselect()
            self.links.remove(link)

    def power_off(self) -> None:
        for link in self.links:
            link.deselect()
