"""A session at the desk: cards come onto the reader one after the other and are written.

A card that was taken away half-way is still fresh by its key: put it again and it is made from the beginning. One that
is finished is not touched; in a list the same row waits for another card.
"""

import contextlib
import time
from collections.abc import Callable
from typing import NamedTuple

from gateway.cards.apdu import AUTHENTICATE_EV2, first_step
from gateway.cards.identity import OnCard, card_id
from gateway.cards.keys import REGIONS, ChainKeys
from gateway.cards.personalise import CardRefused, personalise
from gateway.cards.rekey import rekey
from gateway.cards.sam import Sam
from gateway.shop import Identity, Refusal, Script
from protocol import card as layout
from protocol.errors import Theirs
from tools.desk.readers import Reader
from tools.pn532_host import ReaderError

CARD_WAIT_S = 60.0
FINISHED = "already_issued"
LIES_THERE_S = 0.1
TRIES_MAX = 20  # putting the same card again and again; then the row is given up

Tell = Callable[[str], None]


class Written(NamedTuple):
    """A card that is finished."""

    card: str
    party: str
    key_sets: str


class GivenUp(Exception):
    """No card could be written; what was tried last."""


class Desk:
    """`tell` says what to do next, in one line."""

    def __init__(
        self,
        reader: Reader,
        keys: ChainKeys,
        tell: Tell,
        now_s: Callable[[], float] = time.time,
        wait_s: float = CARD_WAIT_S,
    ):
        self._reader, self._keys, self._tell = reader, keys, tell
        self._now_s, self._wait_s = now_s, wait_s
        self._last = b""

    def issue(self, party: str, kind: str = "member", again: bool = False) -> Written:
        """Makes the next card that comes this party's. Raises GivenUp when none comes or twenty tries have failed.

        again: a card that is this party's already was made just before the desk stopped; it is given back as it is.
        """
        until_s, failed, finished = time.monotonic() + self._wait_s, 0, {self._last}
        while failed < TRIES_MAX and time.monotonic() < until_s:
            uid = self._next_card()
            if uid in finished:
                time.sleep(LIES_THERE_S)  # it still lies there, until somebody takes it
                continue
            problem = self._write(uid, party, kind)
            if not problem:
                self._last = uid
                return Written(card_id(self._keys.issuer, uid), party, key_sets(self._keys))
            if problem == FINISHED:
                if again and self._party_of(uid) == party:
                    return Written(card_id(self._keys.issuer, uid), party, "")
                finished.add(uid)
                problem = f"{card_id(self._keys.issuer, uid)} was issued before and stays as it is: put another card"
            else:
                failed, problem = failed + 1, f"not finished ({problem}): put the same card again"
            self._tell(problem)
        raise GivenUp(f"no card could be written in {TRIES_MAX} tries" if failed == TRIES_MAX else "no other card came")

    def _write(self, uid: bytes, party: str, kind: str) -> str:
        """'' or what went wrong."""
        said = OnCard(kind, self._keys.issuer, party, int(self._now_s()))
        try:
            personalise(self._reader.transceive, uid, said, self._keys)
        except CardRefused as refused:
            return FINISHED if refused.step == FINISHED else str(refused)
        except (ReaderError, Theirs) as gone:
            return str(gone)
        finally:
            self._release()
        return ""

    def rekey(self) -> tuple[Written, list[int]]:
        """Gives the next card that comes the newest key sets; the regions that were behind. Raises GivenUp."""
        for _ in range(TRIES_MAX):
            uid = self._next_card()
            try:
                on_card, regions = rekey(self._reader.transceive, uid, self._keys)
            except (CardRefused, ReaderError, Theirs) as wrong:
                self._tell(f"not finished ({wrong}): put the same card again")
            else:
                return Written(card_id(self._keys.issuer, uid), on_card.party, key_sets(self._keys)), regions
            finally:
                self._release()
        raise GivenUp(f"no card could be re-keyed in {TRIES_MAX} tries")

    def read(self) -> Identity:
        """Whose card lies on the reader, by the keys here. Raises GivenUp."""
        uid = self._next_card()
        step = _identify(self._reader, self._keys.for_store(), uid)
        self._release()
        if isinstance(step, Identity):
            return step
        raise GivenUp(f"{uid.hex().upper()}: {step.reason}, {step.detail}: not a card of this chain's key sets here")

    def _party_of(self, uid: bytes) -> str:
        """Whose a finished card is, '' for a stranger or one that went away."""
        try:
            if self._reader.wait_for_card(self._wait_s) != uid:
                return ""
            step = _identify(self._reader, self._keys.for_store(), uid)
        except (GivenUp, ReaderError):
            return ""
        finally:
            self._release()
        return step.party if isinstance(step, Identity) else ""

    def _release(self) -> None:
        """A card that went away is released already."""
        with contextlib.suppress(ReaderError):
            self._reader.release()

    def _next_card(self) -> bytes:
        try:
            return self._reader.wait_for_card(self._wait_s)
        except ReaderError as wrong:
            raise GivenUp(str(wrong)) from wrong


def key_sets(keys: ChainKeys) -> str:
    """What a card is made with now: '1:3 2:1'."""
    return " ".join(f"{region}:{keys.newest(region).number}" for region in REGIONS)


def _identify(reader: Reader, keys: ChainKeys, uid: bytes) -> Identity | Refusal:
    """The dialogue of a tap, at this desk."""
    sam, name = Sam(keys, lambda: 0), "desk"
    try:
        first = [reader.transceive(apdu) for apdu in (layout.SELECT, first_step(AUTHENTICATE_EV2, sam.first_key))]
        answer = first[-1][:-2].hex() if first[-1][-2:] == b"\x91\xaf" else "00" * 16
        step = sam.seen(name, uid.hex().upper(), answer)
        while isinstance(step, Script):
            answers = [reader.transceive(bytes.fromhex(apdu)).hex() for apdu in step.apdus]
            step = sam.answers(name, step.number, answers)
    except ReaderError as gone:
        raise GivenUp(str(gone)) from gone
    return step
