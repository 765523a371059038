"""Plays commands to a card without knowing a key: Select, first authentication step, then what the gateway sends.

A batch is played at most once, in order until one fails; the gateway judges the answers.
"""

from binascii import hexlify, unhexlify

from protocol.card import AUTHENTICATE, DONE, MORE, SELECT

BATCHES_MAX = 8
RANDOM_BYTES = 16


class Lost(Exception):
    """The card went away or is none of ours; `reason` is a code of protocol/errors.py."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


async def identify(exchange, uid: bytes, ask, key_number: int = 1) -> tuple:
    """(message, values) with which the gateway ends it: tapped, staff_tapped, refused or no_answer. Raises Lost.

    exchange(apdu) -> answer or None; ask(message, values) -> (message, values).
    """
    answer = await _first_step(exchange, key_number)
    message, values = await ask("card_seen", {"uid": _hex(uid).upper(), "answer": _hex(answer)})
    played = 0
    for _ in range(BATCHES_MAX):
        if message != "card_script":
            return message, values
        if values["script"] <= played:
            break
        played = values["script"]
        answers = await play(exchange, values["apdus"])
        message, values = await ask("card_answers", {"script": played, "answers": answers})
    raise Lost("card_unreadable")


async def _first_step(exchange, key_number: int) -> bytes:
    if await _say(exchange, SELECT) != DONE:
        raise Lost("card_not_genuine")
    answer = await _say(exchange, AUTHENTICATE[:5] + bytes((key_number, 0, 0)))
    if len(answer) != RANDOM_BYTES + 2 or answer[-2:] != MORE:
        return bytes(RANDOM_BYTES)  # the gateway knows another step, for older cards
    return answer[:RANDOM_BYTES]


async def play(exchange, apdus: list) -> list:
    """The answers in hex, up to and with the first that is neither done nor 'more'. Raises Lost."""
    answers = []
    for apdu in apdus:
        answer = await _say(exchange, unhexlify(apdu))
        answers.append(_hex(answer))
        if answer[-2:] not in (DONE, MORE):
            break
    return answers


async def _say(exchange, apdu: bytes) -> bytes:
    answer = await exchange(apdu)
    if answer is None or len(answer) < 2:
        raise Lost("card_unreadable")
    return answer


def _hex(raw: bytes) -> str:
    return hexlify(raw).decode()
